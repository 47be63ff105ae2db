"""A deprecation's page: a permalink, with the whole history of what was announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.deprecation_summaries import summarize
from lifecycle.catalogue.visibility import PUBLIC
from lifecycle.deprecations import queries
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import DeprecationId
from lifecycle.web import deprecation_sentences
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.public_histories import PublicHistory


@page("/deprecations/{deprecation:str}")
async def show_deprecation(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[str]:
    """Show what was announced, how it was changed and whether it stands, to everybody alike."""
    row = await queries.get(session, deprecation, visibility=PUBLIC)
    product = await queries.product_of(session, row)
    snapshot = await moment.snapshot(product.slug)
    history = _history(snapshot, row.uid)
    if history is None:  # another process has announced it, and ours has not heard of it yet
        await moment.app_state.snapshots.refresh()
        snapshot = await moment.snapshot(product.slug)
        history = _history(snapshot, row.uid)
    if history is None:
        raise queries.unknown(deprecation)
    today = snapshot.today(moment.now)
    summary = await run_in_thread(summarize, history, snapshot, today)
    return show(
        request,
        "deprecation.html",
        title=deprecation_sentences.heading(summary),
        summary=summary,
        today=today,
        zone=snapshot.zone(moment.now).key,
    )


def _history(snapshot: Snapshot, uid: str) -> PublicHistory | None:
    return next((history for history in snapshot.published if history.uid == uid), None)


router = pages(show_deprecation)
