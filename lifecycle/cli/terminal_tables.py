"""Tables in a terminal's width: no letter is lost, long cells go on in the next line."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Paint = Callable[[str, str], str]

GAP = "  "
NARROWEST = 4
"""A column is not made narrower, however little room there is."""
DAY_WIDTH = 10
"""A column of days or short ids stays whole as long as longer words can be broken."""
SHORT_WIDTH = 8
BREAKS = re.compile(r"\s+|(?<=[^\d\W]{2}-)(?=[^\d\W])")
"""Where cells may be broken: between words, and behind the hyphens of compounds."""


def _unpainted(cell: str, piece: str) -> str:
    del cell
    return piece


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> list[str]:
    r"""Lay a table out in lines of at most ``width`` letters, its head first.

    >>> print("\n".join(table_lines(["id", "why"], [["7", "It is far too old"]], width=14)))
    ID  WHY
    7   It is far
        too old
    """
    return [line for row in table_rows(columns, rows, width=width) for line in row]


def table_rows(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    paint: Paint = _unpainted,
) -> list[list[str]]:
    """Lay a table out as ``table_lines`` does, with the lines of each row by themselves.

    ``paint`` is given a cell and a piece of it, and returns the piece in the cell's colour.
    """
    head = [column.upper() for column in columns]
    return wrapped_rows([head, *rows], width=width, paint=paint)


def wrapped_rows(
    rows: Sequence[Sequence[str]], *, width: int, paint: Paint = _unpainted
) -> list[list[str]]:
    """Lay rows out under each other, with the lines of each by themselves."""
    widths = fit(rows, width)
    return [_lines(row, widths, paint) for row in rows]


def fit(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns' widths: as they are if there is room, else the widest made narrower.

    A column of words breaks between them, and keeps its longest word as long as others can give.

    >>> fit([["id", "a word or two"]], 40), fit([["id", "a word or two"]], 10)
    ([2, 13], [2, 6])
    """
    widths = [max(map(display_width, cells)) for cells in zip(*rows, strict=True)]
    words = [
        max((display_width(word) for cell in cells for word in BREAKS.split(cell)), default=0)
        for cells in zip(*rows, strict=True)
    ]
    room = width - len(GAP) * (len(widths) - 1)
    for longest in (width, DAY_WIDTH, SHORT_WIDTH, NARROWEST):
        least = [max(min(word, longest), NARROWEST) for word in words]
        while (excess := sum(widths) - room) > 0:
            wider = [place for place, size in enumerate(widths) if size > least[place]]
            if not wider:
                break
            _narrow(widths, wider, least, excess)
    return widths


def _narrow(widths: list[int], wider: Sequence[int], least: Sequence[int], excess: int) -> None:
    """Make the widest of some columns narrower: to the next one's width, or by what is too much."""
    widest = max(widths[place] for place in wider)
    level = [place for place in wider if widths[place] == widest]
    below = max((widths[place] for place in wider if widths[place] < widest), default=0)
    for place in level:
        by = min(widest - max(below, least[place]), -(-excess // len(level)))
        widths[place] -= max(by, 1)


def _lines(row: Sequence[str], widths: Sequence[int], paint: Paint) -> list[str]:
    cells = [
        textwrap.wrap(cell, size) if display_width(cell) > size else [cell]
        for cell, size in zip(row, widths, strict=True)
    ]
    lines = []
    for pieces in zip_longest(*cells, fillvalue=""):
        parts = [
            paint(cell, piece) + " " * (size - display_width(piece)) if piece else " " * size
            for cell, piece, size in zip(row, pieces, widths, strict=True)
        ]
        lines.append(GAP.join(parts).rstrip())
    return lines


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> display_width("Ärzte"), display_width("東京")
    (5, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )
