from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue.queries import get_product
from lifecycle.database.pagination import Page
from lifecycle.deprecations import deprecation_outputs, queries
from lifecycle.deprecations.deprecation_inputs import (
    AmendIn,
    AnnounceIn,
    DeprecationIn,
    DeprecationPatch,
    WithdrawIn,
)
from lifecycle.deprecations.deprecation_outputs import DeprecationOut
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.queries import Filter
from lifecycle.deprecations.states import Status
from lifecycle.deprecations.workflow import amendments, announcement, drafts
from lifecycle.documents.patterns import END
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, DeprecationId, Limit, OfProduct
from lifecycle.server.routing import delete_guarded, get, patch_guarded, post, post_guarded

Begins = Annotated[
    str | None,
    QueryParameter(
        name="id",
        description="Only those whose id begins with this.",
        min_length=1,
        max_length=36,
        pattern="^[0-9a-f-]+" + END,
    ),
]
OfStatus = Annotated[Status | None, QueryParameter(description="Only those in this state.")]


@get(
    "/v1/deprecations",
    scope="public",
    refuses=(404,),
    summary="List the deprecations",
)
async def list_deprecations(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    product: OfProduct = None,
    status: OfStatus = None,
    begins: Begins = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeprecationOut]:
    """List deprecations, the newest first; those not announced yet to those who may publish."""
    owner = None
    if product:
        owner = await get_product(session, product, visibility=moment.visibility)
    shown = await deprecation_outputs.page_of_deprecations(
        session,
        Filter(product=owner, status=status, begins=begins),
        now=moment.now,
        visibility=moment.visibility,
        cursor=cursor,
        limit=limit,
    )
    if owner is not None and not moment.publishes:
        await moment.snapshot(owner.slug)
    else:
        moment.unkept(public=not moment.publishes)
    return shown


@post("/v1/deprecations", scope="publish", by_product=True, refuses=(404,))
async def draft_deprecation(
    data: JSONBody[DeprecationIn], change: NamedDependency[Change]
) -> Response[DeprecationOut]:
    """Draft a deprecation; nobody is notified."""
    product = await change.product(change.session, data.product)
    today = await change.today(product)
    row = await drafts.draft(change.session, product, data, by=change.by, today=today)
    location = {"location": change.app_state.path("v1", "deprecations", row.uid)}
    return Response(DeprecationOut.of(row, today, inside=True), status_code=201, headers=location)


@get(
    "/v1/deprecations/{deprecation:str}",
    scope="public",
    summary="Show a deprecation",
)
async def show_deprecation(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> DeprecationOut:
    """Show a deprecation with all its revisions; a draft to those who may publish."""
    row = await queries.get(session, deprecation, visibility=moment.visibility)
    product = await queries.product_of(session, row)
    await moment.snapshot(product.slug)
    inside = moment.visibility.shows_whole(product.slug)
    shown = await deprecation_outputs.show(session, row, now=moment.now, inside=inside)
    return moment.showing(shown, row.revision, public=not moment.publishes)


@patch_guarded("/v1/deprecations/{deprecation:str}", scope="publish", by_product=True)
async def change_draft(
    deprecation: DeprecationId, data: JSONBody[DeprecationPatch], change: NamedDependency[Change]
) -> DeprecationOut:
    """Change a draft; what is announced is amended instead."""
    row = await _locked(change, deprecation)
    today = await change.today(await queries.product_of(change.session, row))
    changed = await drafts.change(change.session, row, data, by=change.by, today=today)
    return await deprecation_outputs.show(change.session, changed, now=change.now, inside=True)


@delete_guarded("/v1/deprecations/{deprecation:str}", scope="publish", by_product=True)
async def delete_draft(deprecation: DeprecationId, change: NamedDependency[Change]) -> None:
    """Delete a draft; what is announced is withdrawn instead."""
    row = await _locked(change, deprecation)
    await drafts.delete(change.session, row, by=change.by)


@post_guarded(
    "/v1/deprecations/{deprecation:str}/announce",
    scope="publish",
    by_product=True,
    summary="Announce a draft",
)
async def announce(
    deprecation: DeprecationId, data: JSONBody[AnnounceIn], change: NamedDependency[Change]
) -> DeprecationOut:
    """Announce a draft, now or by itself on a day: it is promised, and everybody affected told.

    Too early a day is refused with the earliest permissible one and the tiers that force it.
    """
    row = await _locked(change, deprecation)
    outcome = await announcement.announce(change.session, row, data, by=change.by)
    return await deprecation_outputs.show(change.session, outcome, now=change.now, inside=True)


@post_guarded(
    "/v1/deprecations/{deprecation:str}/amend",
    scope="publish",
    by_product=True,
    summary="Amend an announced deprecation",
)
async def amend(
    deprecation: DeprecationId, data: JSONBody[AmendIn], change: NamedDependency[Change]
) -> DeprecationOut:
    """Postpone what was announced, bring it forward, widen or narrow it; those told are told."""
    row = await _locked(change, deprecation)
    outcome = await amendments.amend(change.session, row, data, by=change.by)
    return await deprecation_outputs.show(change.session, outcome, now=change.now, inside=True)


@post_guarded(
    "/v1/deprecations/{deprecation:str}/withdraw",
    scope="publish",
    by_product=True,
    summary="Withdraw an announced deprecation",
)
async def withdraw(
    deprecation: DeprecationId, data: JSONBody[WithdrawIn], change: NamedDependency[Change]
) -> DeprecationOut:
    """Take back what was announced; those told are told so."""
    row = await _locked(change, deprecation)
    outcome = await amendments.withdraw(change.session, row, data, by=change.by)
    return await deprecation_outputs.show(change.session, outcome, now=change.now, inside=True)


async def _locked(change: Change, uid: str) -> Deprecation:
    """Return a deprecation that nobody else changes now, as it was read."""
    row = await queries.get(change.session, uid, lock=True, visibility=change.visibility)
    change.check_limit((await queries.product_of(change.session, row)).slug)
    change.check(f"Deprecation {uid!r}", row.revision)
    return row


router = Router(
    "/",
    route_handlers=[
        list_deprecations,
        draft_deprecation,
        show_deprecation,
        change_draft,
        delete_draft,
        announce,
        amend,
        withdraw,
    ],
    tags=["deprecations"],
)
