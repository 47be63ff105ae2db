"""How answers are shown: a table, coloured on a terminal, a line for each field, or JSON."""

from __future__ import annotations

import json
import os
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STYLES = {
    "supported": "green",
    "ending": "yellow",
    "best_effort": "cyan",
    "unsupported": "red",
    "prerelease": "magenta",
    "withdrawn": "red",
    "planned": "blue",
    "unknown": "bright_black",
}
CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


def can_draw(stream: TextIO) -> bool:
    """Return whether a stream is a terminal and rich is there, which the client does without."""
    return stream.isatty() and find_spec("rich") is not None


def show_json(document: Any) -> None:
    """Print a document for programs."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def show_record(document: Mapping[str, Any]) -> None:
    """Print a resource for people: a line for each of its fields."""
    from lifecycle.cli.terminal_tables import wrapped_rows  # noqa: PLC0415 -- JSON needs no table

    rows = [
        [name.replace("_", " "), in_words(value).translate(CONTROLS)]
        for name, value in document.items()
    ]
    for lines in wrapped_rows(rows, width=terminal_width()):
        click.echo("\n".join(lines))


def in_words(value: Any) -> str:
    """Write a field's value for people.

    >>> in_words(["a", "b"]), in_words(True), in_words(None), in_words({"pro": "2027-01-14"})
    ('a, b', 'yes', '-', 'pro 2027-01-14')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(in_words, value)) or "-"
    if isinstance(value, dict):
        stated = {name.replace("_", " "): part for name, part in value.items() if part is not None}
        return ", ".join(f"{name} {in_words(part)}" for name, part in stated.items()) or "-"
    return "-" if value is None else str(value)


def terminal_width() -> int:
    """Return how many columns there are: those of the terminal, or 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def show_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    style_of: Callable[[str], str | None] = STYLES.get,
) -> None:
    """Print rows under their columns' names, as wide as the terminal; a status has its colour.

    ``style_of`` says which colour a cell has, if any.
    """
    from lifecycle.cli.terminal_tables import table_rows  # noqa: PLC0415 -- JSON needs no table

    cleaned = [[cell.translate(CONTROLS) for cell in row] for row in rows]

    def paint(cell: str, piece: str) -> str:
        style = style_of(cell)
        return click.style(piece, fg=style) if style else piece

    head, *body = table_rows(columns, cleaned, width=terminal_width(), paint=paint)
    for line in head:
        click.secho(line, bold=True, color=_coloured())
    for line in (line for lines in body for line in lines):
        click.echo(line, color=_coloured())


def _coloured() -> bool | None:
    """Return False where nobody wants colours; else the stream decides."""
    return False if os.environ.get("NO_COLOR") else None
