"""Watching deliveries go out: a bar on a terminal, and in the end one sentence."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lifecycle.client import Client

EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 20.0
SETTLED = ("delivered", "retrying", "exhausted", "held", "cancelled")
ADDRESS = "/v1/deliveries/progress"


def watch(client: Client, deprecation: str | None = None) -> bool:
    """Wait until every delivery that is due was tried, and say whether all were.

    Nothing moving for a while means that nobody delivers: then it is said, and waited no longer.
    """
    with _bar() as show:
        found = client.get(ADDRESS, deprecation=deprecation)
        moved = time.monotonic()
        while not done(found):
            show(found)
            time.sleep(EVERY_SECONDS)
            newer = client.get(ADDRESS, deprecation=deprecation)
            if newer != found:
                found, moved = newer, time.monotonic()
            elif time.monotonic() - moved > PATIENCE_SECONDS:
                break
        show(found)
    click.echo(sentence(found), err=True)
    return done(found)


def on_terminal() -> bool:
    """Say whether somebody is looking."""
    return sys.stderr.isatty()


def done(found: Mapping[str, Any]) -> bool:
    """Say whether nothing is left that is due and was not tried.

    >>> done({"filling": 0, "fresh": 0, "delivered": 3})
    True
    """
    return not found["filling"] and not found["fresh"]


def sentence(found: Mapping[str, Any]) -> str:
    """Say what became of the deliveries.

    >>> sentence({"filling": 0, "fresh": 0, "delivered": 3, "retrying": 1})
    '3 delivered, 1 retrying.'
    """
    told = [f"{found[name]} {name}" for name in SETTLED if found.get(name)]
    text = ", ".join(told) or "nothing delivered"
    if done(found):
        return f"{text}."
    left = found["fresh"]
    notices = ", and notices still to be handed out" if found["filling"] else ""
    return (
        f"{text}, {left} not tried yet{notices}: "
        "is `lifecycle serve` or `lifecycle worker` running?"
    )


@contextmanager
def _bar() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    if not on_terminal():
        yield lambda _found: None
        return
    from rich.console import Console  # noqa: PLC0415 -- rich is for terminals only
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(found: Mapping[str, Any]) -> None:
            settled = sum(found.get(name, 0) for name in SETTLED)
            total = settled + found["fresh"]
            bar.update(task, completed=settled, total=total, description="handed over")

        yield show
