"""Lists that commands show: all of them, or a part that `--limit` and `--after` choose."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from lifecycle.cli.output import show_json, show_table
from lifecycle.cli.quietness import is_quiet
from lifecycle.cli.refusals import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.client import Client

Command = TypeVar("Command", bound=Callable[..., Any])


class Extent(NamedTuple):
    """Which part of a list is wanted: so many entries, after the one that a cursor names."""

    limit: int | None = None
    after: str | None = None


ALL = Extent()


class Listing(NamedTuple):
    """A part of a list, and the cursor of what follows it, if anything does."""

    items: list[Any]
    next: str | None = None


def fetch(client: Client, address: str, extent: Extent, **query: str | None) -> Listing:
    """Fetch a part of a service's list."""
    return Listing(*client.part(address, after=extent.after, most=extent.limit, **query))


def list_options(command: Command) -> Command:
    """Add ``--limit N`` and ``--after CURSOR``; the command gets both as its ``extent``."""

    @click.option(
        "--limit",
        type=click.IntRange(min=1),
        metavar="N",
        help="So many entries at most; all if left out.",
    )
    @click.option(
        "--after",
        metavar="CURSOR",
        help="Those that follow an earlier part, which named the cursor.",
    )
    @wraps(command)
    def with_extent(*, limit: int | None, after: str | None, **values: Any) -> Any:
        return command(extent=Extent(limit, after), **values)

    return with_extent  # type: ignore[return-value]  # it takes two options in place of one


def show_listing(
    listing: Listing, style: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Print a part of a list, as its items or as rows; say how to go on where more follow."""
    if style == "json":
        show_json(listing.items)
    else:
        show_table(columns, rows)
    mention_rest(listing)


def mention_rest(listing: Listing) -> None:
    """Say how to go on where more follow, on the error stream."""
    if listing.next is not None and not is_quiet():
        say(f"More follow; --after {listing.next} shows them.")
