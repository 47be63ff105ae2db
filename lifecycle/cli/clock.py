"""Who is at the keyboard, and when: the edge reads the clock, once a command."""

from __future__ import annotations

from datetime import UTC, datetime

from lifecycle.audit.chain import By


def now() -> datetime:
    """Return the current instant, in UTC."""
    return datetime.now(UTC)


def by_hand() -> By:
    """Name the user of this machine as the one who acts, for the log."""
    import getpass  # noqa: PLC0415 -- who only asks is not named

    try:
        return By(actor=f"cli:{getpass.getuser()}", at=now())
    except (KeyError, OSError):  # a container may run as a user without a name
        return By(actor="cli", at=now())
