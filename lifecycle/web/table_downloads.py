"""The matrix and the list of changes as tables to download, a row for each tier."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Router
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers import change_texts
from lifecycle.answers.line_ends import LineEnd
from lifecycle.answers.matrix import matrix
from lifecycle.answers.public_changes import ChangeFilter, PublicChange, public_changes
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.public_histories import PublicRevision
from lifecycle.interchange.spreadsheets import MEDIA_TYPE, write_table
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.server.request_parameters import At, Slug, TierName
from lifecycle.web.feeds import OfEvent, OfKind, filter_of
from lifecycle.web.page_routes import document
from lifecycle.web.product_selections import (
    OfTier,
    Products,
    Selection,
    select_products,
    work_on,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from lifecycle.answers.response_structs import MatrixOut
    from lifecycle.settings import Settings

SUPPORT = (
    *("product", "at", "line", "codename", "released_on", "latest", "tier", "status"),
    *("supported_from", "supported_until", "end"),
    *("projected_earliest", "projected_median", "projected_latest", "at_least_until", "reason"),
)
"""The columns of the matrix, by the names that the API has for them."""
CHANGES = (
    *("id", "at", "day", "event", "kind", "product", "product_name", "tier"),
    *("effective_on", "line", "deprecation", "title", "link"),
)
"""The columns of changes: ``day`` is the one that their page shows."""


@document("/products/{product:str}/support.csv", MEDIA_TYPE)
async def show_support_table(
    product: Slug, moment: NamedDependency[Moment], tier: TierName = None, at: At = None
) -> Response[bytes]:
    """Show what every tier gets for every line on a day, as a table to download."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    answered = await asyncio.to_thread(matrix, snapshot, tier=tier, at=at or today, today=today)
    return _download(f"{snapshot.slug}-support.csv", SUPPORT, [*_support_rows(answered)])


@document("/changes.csv", MEDIA_TYPE)
async def show_change_table(
    moment: NamedDependency[Moment],
    products: Products = None,
    tier: OfTier = None,
    kind: OfKind = None,
    event: OfEvent = None,
) -> Response[bytes]:
    """Show what happened to products, all of it, as a table to download."""
    selection = await select_products(moment, products, tier)
    only = filter_of(selection, kind, event)
    work = partial(_change_rows, selection, only, moment.now, moment.app_state.settings)
    rows = await work_on(selection, moment, work)
    return _download("changes.csv", CHANGES, rows)


def _download(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(write_table(columns, rows), media_type=MEDIA_TYPE, headers=headers)


def _support_rows(answered: MatrixOut) -> Iterator[Sequence[Any]]:
    for line in answered.lines:
        for tier, answer in line.tiers.items():
            estimate = answer.projected_until
            yield (
                *(answered.product, answered.at, line.line, line.codename),
                *(line.released_on, line.latest, tier, answer.status),
                *(answer.supported_from, answer.supported_until, answer.end),
                *(
                    (estimate.earliest, estimate.median, estimate.latest)
                    if estimate
                    else (None, None, None)
                ),
                *(answer.at_least_until or None, answer.reason),
            )


def _change_rows(
    selection: Selection, only: ChangeFilter, now: datetime, settings: Settings
) -> list[Sequence[Any]]:
    base = base_url(settings)
    return [
        (
            *(change.id, change.at, change.day, change.event, change.kind),
            *(change.snapshot.slug, change_texts.name_of(change.snapshot), tier),
            *(_effective_on(change, tier), _line(change), change.deprecation),
            *(change_texts.title(change), write_path(base, *change_texts.address(change))),
        )
        for change in public_changes(selection.snapshots, now, only)
        for tier in change.tiers
    ]


def _effective_on(change: PublicChange, tier: str) -> date:
    """Return the first day on which the change is in force for a tier."""
    subject = change.subject
    if isinstance(subject, PublicRevision):
        return subject.days[tier]
    return subject.first_day_without if isinstance(subject, LineEnd) else change.day


def _line(change: PublicChange) -> str | None:
    return None if isinstance(change.subject, PublicRevision) else change.subject.line


router = Router("/", route_handlers=[show_support_table, show_change_table])
