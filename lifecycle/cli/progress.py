"""A progress bar on a terminal; nothing where the error stream is no terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.cli.output import can_draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.imports.import_sources import Begin


@contextmanager
def progress(total: int) -> Iterator[Begin]:
    """Yield a function to call with the name of each thing as it is begun, or of what goes on.

    It may be told how many are done; otherwise it counts its calls.
    """
    if not can_draw(sys.stderr):
        yield lambda _name, _count=None, _total=None: None
        return
    from rich.console import Console  # noqa: PLC0415 -- rich is for terminals only
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        begun = -1

        def begin(name: str, count: int | None = None, total: int | None = None) -> None:
            nonlocal begun
            begun = begun + 1 if count is None else count
            bar.update(task, description=name, completed=begun, total=total)

        yield begin
