"""Watching deliveries go out: a bar on a terminal, and in the end one sentence."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.output import can_draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 20.0
SETTLED = ("delivered", "retrying", "exhausted", "held", "cancelled")


def watch(ask: Callable[[], Mapping[str, Any]]) -> bool:
    """Wait as ``await_tries`` does, say what became of them, and return whether all were tried."""
    progress = await_tries(ask)
    click.echo(sentence(progress), err=True)
    return done(progress)


def await_tries(ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Wait until every delivery that is due was tried, and return how far they are then.

    ``ask`` returns that, as ``GET /v1/deliveries/progress`` does.
    Nothing moving for a while means that nobody delivers: it is waited no longer.
    """
    with _bar() as show:
        progress = ask()
        moved = time.monotonic()
        while not done(progress):
            show(progress)
            time.sleep(EVERY_SECONDS)
            newer = ask()
            if newer != progress:
                progress, moved = newer, time.monotonic()
            elif time.monotonic() - moved > PATIENCE_SECONDS:
                break
        show(progress)
    return progress


def on_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return sys.stderr.isatty()


def done(progress: Mapping[str, Any]) -> bool:
    """Return whether every due delivery was tried.

    >>> done({"filling": 0, "fresh": 0, "delivered": 3})
    True
    """
    return not progress["filling"] and not progress["fresh"]


def sentence(progress: Mapping[str, Any]) -> str:
    """Say what became of the deliveries.

    >>> sentence({"filling": 0, "fresh": 0, "delivered": 3, "retrying": 1})
    '3 delivered, 1 retrying.'
    """
    parts = [f"{progress[name]} {name}" for name in SETTLED if progress.get(name)]
    text = ", ".join(parts) or "nothing delivered"
    if done(progress):
        return f"{text}."
    fresh = progress["fresh"]
    notices = ", and notices still to be handed out" if progress["filling"] else ""
    return (
        f"{text}, {fresh} not tried yet{notices}: "
        "is `lifecycle serve` or `lifecycle worker` running?"
    )


@contextmanager
def _bar() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    if not can_draw(sys.stderr):
        yield lambda _progress: None
        return
    from rich.console import Console  # noqa: PLC0415 -- rich is for terminals only
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(progress: Mapping[str, Any]) -> None:
            settled = sum(progress.get(name, 0) for name in SETTLED)
            total = settled + progress["fresh"]
            bar.update(task, completed=settled, total=total, description="handed over")

        yield show
