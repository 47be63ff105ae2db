"""How often a command looks for garbage: most end before any is worth it."""

from __future__ import annotations

import atexit
import gc

SELDOM = 50_000
"""So many more objects than were freed, a few megabytes; Python's 700 are passed by any import."""
USUALLY = gc.get_threshold()


def collect_seldom() -> None:
    """Look for garbage seldom, and not at all at the end, when all memory goes back anyway.

    That is a quarter of the time that a short command takes.
    """
    gc.set_threshold(SELDOM, *USUALLY[1:])
    atexit.register(gc.freeze)


def collect_as_usual() -> None:
    """Look for garbage as often as Python does by itself, in a process that goes on for days."""
    gc.set_threshold(*USUALLY)
