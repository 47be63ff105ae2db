"""All products on a page: search among them, what ends next in each, and one calendar over all."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
from lifecycle.errors import BadRequest
from lifecycle.policy.policies import UnknownTier
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.published_paths import path_prefix
from lifecycle.static_export.preferences import static_copy_in
from lifecycle.web.page_parameters import (
    LONGEST_FIELD,
    FormText,
    check_fields,
    filled,
    page_number,
    shown_again,
)
from lifecycle.web.page_routes import page, pages
from lifecycle.web.product_selections import Selection, narrowed, tiers_of
from lifecycle.web.rendered_pages import fragments, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.answers.snapshots import Snapshot


ON_A_PAGE: Final = 100


class CatalogueForm(NamedTuple):
    """The form as it was filled, and which page of what it finds is asked for."""

    q: str
    tier: str | None
    page: str | None


class WrittenEntry(NamedTuple):
    """A product's lines on the page, which are written anew when it changes, and not before."""

    entry: CatalogueEntry
    prefix: str
    line: str
    ends: dict[UpcomingEnd, str]


@page("/products", has_form=True)
async def show_catalogue(
    request: Request[Any, Any, Any],
    moment: NamedDependency[Moment],
    q: FormText = None,
    tier: FormText = None,
    page: FormText = None,
) -> Response[str]:
    """Show all products, or those with a tier or that a search finds, and what ends soon."""
    form = CatalogueForm(q=filled(q) or "", tier=filled(tier), page=filled(page))
    snapshots = await moment.catalogue()
    return await run_in_thread(_shown, request, snapshots, form, moment.now)


def _shown(
    request: Request[Any, Any, Any],
    snapshots: Sequence[Snapshot],
    form: CatalogueForm,
    now: datetime,
) -> Response[str]:
    catalogue = Selection(tuple(snapshots), named=False, tier=None)
    faults, status = _faults(form, catalogue, now)
    tier = None if "tier" in faults else form.tier
    entries = catalogue_entries(snapshots, now, tier=tier)
    chosen = entries if "q" in faults else search(entries, form.q)
    is_static = static_copy_in(request.scope["headers"]) is not None
    on_a_page = max(1, len(chosen)) if is_static else ON_A_PAGE  # a file has no second page
    last_page, number = max(1, -(-len(chosen) // on_a_page)), 1
    try:
        number = page_number(form.page, last_page)
    except BadRequest as error:
        faults["page"], status = f"{error.detail} Until then the first is shown.", error.status_code
    listed = chosen[on_a_page * (number - 1) : on_a_page * number]
    # What ends in all of them stands on the first page, and not on each again.
    dated = chosen if number == 1 else listed
    return show(
        request,
        "catalogue.html",
        status=status,
        title="Products",
        today=now.date(),
        today_in="UTC",
        question=shown_again(form.q) or "",
        longest=LONGEST_FIELD,
        faults=faults,
        tier=tier,
        shown_tier=shown_again(form.tier),
        query={"q": shown_again(form.q), "tier": tier},
        tiers=tiers_of(catalogue, now),
        count=len(snapshots),
        found=len(chosen),
        entries=listed,
        number=number,
        last_page=last_page,
        months=months_of(chosen) if number == 1 else [],
        written=_written(request, snapshots, {entry.slug: entry for entry in dated}),
    )


def _faults(form: CatalogueForm, catalogue: Selection, now: datetime) -> tuple[dict[str, str], int]:
    """Return what is wrong by the form's fields, and the status."""
    faults: dict[str, str] = {}
    status = 200
    try:
        check_fields(tier=form.tier)
        narrowed(catalogue, form.tier, now)
    except (BadRequest, UnknownTier) as error:
        faults["tier"], status = (
            f"{error.detail} Until then every tier is shown.",
            error.status_code,
        )
    try:
        check_fields(q=form.q)
    except BadRequest as error:
        detail = f"The search{error.detail.removeprefix('q')} Until then all products are shown."
        faults["q"], status = detail, error.status_code
    return faults, status


def _written(
    request: Request[Any, Any, Any],
    snapshots: Sequence[Snapshot],
    entries: Mapping[str, CatalogueEntry],
) -> dict[str, WrittenEntry]:
    """Write the lines of products, but for those that stand as they did when last written."""
    prefix = path_prefix(request.app.state.app_state.settings)
    is_static = static_copy_in(request.scope["headers"]) is not None
    macros = fragments(request, "catalogue_items.html")
    lines = {}
    for snapshot in snapshots:
        entry = entries.get(snapshot.slug)
        if entry is None:
            continue
        entries_written: dict[tuple[str | None, bool], WrittenEntry]
        entries_written = snapshot.derived.setdefault(__name__, {})
        written = entries_written.get((entry.tier, is_static))
        if written is None or written.entry is not entry or written.prefix != prefix:
            ends = {end: macros.dated_end(end) for end in entry.coming}
            written = WrittenEntry(entry, prefix, macros.entry_line(entry), ends)
            entries_written[entry.tier, is_static] = written
        lines[snapshot.slug] = written
    return lines


router = pages(show_catalogue)
