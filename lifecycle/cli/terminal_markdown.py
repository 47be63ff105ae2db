"""Markdown on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console
from rich.markdown import Markdown, TableElement
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleOptions, RenderResult
    from rich.markdown import MarkdownElement

LINK_TO_PAGE = re.compile(r"\[([^\]]+)\]\((\w+)\.md(?:#[^)]*)?\)")
WIDE_ENOUGH = 30
TERMINALS_OWN_COLOURS = "ansi_dark"


class FoldedTable(TableElement):
    """A table that loses no letter: names stay whole in its first column, the others wrap."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, with every cell in full."""
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
                table.columns[0].width = _width([str(cell) for cell in table.columns[0].cells])
            yield table


def _width(names: Sequence[str]) -> int:
    longest_word = max(len(word) for name in names for word in name.split())
    return max(longest_word, min(WIDE_ENOUGH, max(map(len, names))))


class Page(Markdown):
    """A page of the manual."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": FoldedTable,
    }


def show(text: str) -> None:
    """Print Markdown on the terminal, as wide as that is."""
    Console().print(Page(name_commands(text), code_theme=TERMINALS_OWN_COLOURS))


def name_commands(text: str) -> str:
    """Replace links between pages, which a terminal cannot follow, by the commands to run.

    >>> name_commands("See [the gate](gate.md#exit-codes).")
    'See the gate (`lifecycle help gate`).'
    """
    return LINK_TO_PAGE.sub(r"\1 (`lifecycle help \2`)", text)
