"""All products on a page: search among them, what ends next in each, and one calendar over all."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.upcoming_ends import (
    CatalogueEntry,
    UpcomingEnd,
    catalogue_entries,
    months_of,
    search,
)
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.published_paths import path_prefix
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import fragments, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.answers.snapshots import Snapshot

LONGEST_QUESTION = 200


class WrittenEntry(NamedTuple):
    """A product's lines on the page, which are written anew when it changes, and not before."""

    entry: CatalogueEntry
    prefix: str
    line: str
    ends: dict[UpcomingEnd, str]


@page("/products")
async def show_catalogue(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment], q: FormText = None
) -> Response[str]:
    """Show all products, or those that a search finds, and what ends in the coming months."""
    question = filled(q) or ""
    snapshots = await moment.catalogue()
    return await run_in_thread(_shown, request, snapshots, question, moment.now)


def _shown(
    request: Request[Any, Any, Any], snapshots: Sequence[Snapshot], question: str, now: datetime
) -> Response[str]:
    is_refused = len(question) > LONGEST_QUESTION
    entries = catalogue_entries(snapshots, now)
    chosen = entries if is_refused else search(entries, question)
    return show(
        request,
        "catalogue.html",
        status=400 if is_refused else 200,
        title="Products",
        question=question[:LONGEST_QUESTION],
        longest=LONGEST_QUESTION,
        is_refused=is_refused,
        count=len(entries),
        entries=chosen,
        months=months_of(chosen),
        written=_written(request, snapshots, {entry.slug: entry for entry in chosen}),
    )


def _written(
    request: Request[Any, Any, Any],
    snapshots: Sequence[Snapshot],
    entries: Mapping[str, CatalogueEntry],
) -> dict[str, WrittenEntry]:
    """Write the lines of products, but for those that stand as they did when last written."""
    prefix = path_prefix(request.app.state.app_state.settings)
    macros = fragments(request, "catalogue_items.html")
    lines = {}
    for snapshot in snapshots:
        entry = entries.get(snapshot.slug)
        if entry is None:
            continue
        written: WrittenEntry | None = snapshot.derived.get(__name__)
        if written is None or written.entry is not entry or written.prefix != prefix:
            ends = {end: macros.dated_end(end) for end in entry.coming}
            written = WrittenEntry(entry, prefix, macros.entry_line(entry), ends)
            snapshot.derived[__name__] = written
        lines[snapshot.slug] = written
    return lines


router = pages(show_catalogue)
