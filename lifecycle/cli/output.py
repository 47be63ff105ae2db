"""How answers are shown: a coloured table on a terminal, plain columns when piped, or JSON."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLES = {
    "supported": "green",
    "ending": "yellow",
    "best_effort": "cyan",
    "unsupported": "red",
    "prerelease": "magenta",
    "withdrawn": "red",
    "planned": "blue",
    "unknown": "dim",
}
CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


def can_draw(stream: TextIO) -> bool:
    """Return whether a stream is a terminal and rich is there, which the client does without."""
    return stream.isatty() and find_spec("rich") is not None


def show_json(document: Any) -> None:
    """Print a document for programs."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns' names; words for a status have their colour."""
    cleaned = [[cell.translate(CONTROLS) for cell in row] for row in rows]
    if can_draw(sys.stdout):
        _show_coloured(columns, cleaned)
    else:
        _show_plain(columns, cleaned)


def _show_coloured(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 -- rich is for terminals only
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(table)


def _show_plain(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [[column.upper() for column in columns], *rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
