from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.models import Waiver
from lifecycle.catalogue.queries import get_product, today_for, zones_of
from lifecycle.database.pagination import Page
from lifecycle.deprecations import queries
from lifecycle.deprecations.deprecation_inputs import (
    AmendIn,
    AnnounceIn,
    DeprecationIn,
    DeprecationPatch,
    EffectiveOn,
    Link,
    WithdrawIn,
)
from lifecycle.deprecations.models import Deprecation, Revision
from lifecycle.deprecations.states import Origin, Status
from lifecycle.deprecations.workflow import amendments, announcement, drafts
from lifecycle.policy.notice_periods import Kind
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, DeprecationId, Limit, OfProduct
from lifecycle.server.routing import delete_guarded, get, patch_guarded, post, post_guarded

if TYPE_CHECKING:
    from collections.abc import Iterable

OfStatus = Annotated[Status | None, QueryParameter(description="Only those in this state.")]


class RevisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deprecation as it was announced or amended, with what each tier was owed that day.

    ``waiver`` names the recorded decision that let a day be too early.
    """

    number: int
    change: str
    on_day: date
    at: datetime
    reason: str
    effective_on: dict[str, date]
    content: DeprecationIn
    owed: dict[str, Any]
    policy: str | None
    waiver: str | None
    actor: str | UnsetType = UNSET


class DeprecationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A change announced, or to be announced.

    ``effective_on`` is one day where it is the same for all tiers; once announced, ``days`` has
    every tier's. Who did it is shown to those who may publish.
    """

    id: str
    product: str
    kind: Kind
    status: Status
    origin: Origin
    lines: tuple[str, ...] | None
    range: str | None
    feature: str | None
    whole_product: bool
    tiers: tuple[str, ...] | None
    from_version: str | None
    effective_on: EffectiveOn | None
    days: dict[str, date]
    reason: str
    migration: str | None
    replacement: str | None
    links: tuple[Link, ...]
    caused_by: str | None
    announce_on: date | None
    announced_on: date | None
    announced_at: datetime | None
    withdrawn_at: datetime | None
    revision: int
    created_at: datetime
    created_by: str | UnsetType = UNSET
    revisions: list[RevisionOut] | UnsetType = UNSET

    @classmethod
    def of(
        cls,
        row: Deprecation,
        today: date,
        *,
        inside: bool,
        revisions: list[RevisionOut] | UnsetType = UNSET,
    ) -> DeprecationOut:
        """Show a deprecation as it stands today; ``inside`` to those who may publish."""
        content, days = queries.content_of(row), queries.days_of(row.days)
        return cls(
            id=row.uid,
            product=content.product,
            kind=content.kind,
            status=queries.status_on(row, today),
            origin=Origin(row.origin),
            lines=content.lines,
            range=content.range,
            feature=content.feature,
            whole_product=content.whole_product,
            tiers=content.tiers,
            from_version=content.from_version,
            effective_on=_together(days) or content.effective_on,
            days=days,
            reason=content.reason,
            migration=content.migration,
            replacement=content.replacement,
            links=content.links,
            caused_by=row.caused_by,
            announce_on=row.announce_on,
            announced_on=row.announced_on,
            announced_at=row.announced_at,
            withdrawn_at=row.withdrawn_at,
            revision=row.revision,
            created_at=row.created_at,
            created_by=row.created_by if inside else UNSET,
            revisions=revisions,
        )


@get("/v1/deprecations", scope="public", refuses=(404,))
async def list_deprecations(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    product: OfProduct = None,
    status: OfStatus = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeprecationOut]:
    """List deprecations, the newest first; those not announced yet to those who may publish."""
    owner = await get_product(session, product) if product else None
    today = await today_for(session, owner, moment.now) if owner else moment.now.date()
    found = await queries.list_of(
        session,
        product=owner,
        status=status,
        drafts=moment.publishes,
        today=today,
        cursor=cursor,
        limit=limit,
    )
    days = await _days(session, found.items, moment.now)
    if owner is not None and not moment.publishes:
        await moment.snapshot(owner.slug)
    else:
        moment.unkept(public=not moment.publishes)
    return Page(
        [
            DeprecationOut.of(each, days[each.product_id], inside=moment.publishes)
            for each in found.items
        ],
        found.next,
    )


@post("/v1/deprecations", scope="publish", refuses=(404,))
async def draft_deprecation(
    data: JSONBody[DeprecationIn], change: NamedDependency[Change]
) -> Response[DeprecationOut]:
    """Draft a deprecation; nobody is notified."""
    product = await get_product(change.session, data.product)
    today = await change.today(product)
    made = await drafts.draft(change.session, product, data, by=change.by, today=today)
    location = {"location": f"/v1/deprecations/{made.uid}"}
    return Response(DeprecationOut.of(made, today, inside=True), status_code=201, headers=location)


@get("/v1/deprecations/{deprecation:str}", scope="public")
async def show_deprecation(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> DeprecationOut:
    """Show a deprecation with all its revisions; a draft to those who may publish."""
    found = await queries.get(session, deprecation, drafts=moment.publishes)
    product = await queries.product_of(session, found)
    await moment.snapshot(product.slug)
    today = await today_for(session, product, moment.now)
    shown = await _shown(session, found, today, inside=moment.publishes)
    return moment.showing(shown, found.revision, public=not moment.publishes)


@patch_guarded("/v1/deprecations/{deprecation:str}", scope="publish")
async def change_draft(
    deprecation: DeprecationId, data: JSONBody[DeprecationPatch], change: NamedDependency[Change]
) -> DeprecationOut:
    """Change a draft; what is announced is amended instead."""
    found, today = await _locked(change, deprecation)
    changed = await drafts.change(change.session, found, data, by=change.by, today=today)
    return await _shown(change.session, changed, today, inside=True)


@delete_guarded("/v1/deprecations/{deprecation:str}", scope="publish")
async def delete_draft(deprecation: DeprecationId, change: NamedDependency[Change]) -> None:
    """Delete a draft; what is announced is withdrawn instead."""
    found, _ = await _locked(change, deprecation)
    await drafts.delete(change.session, found, by=change.by)


@post_guarded("/v1/deprecations/{deprecation:str}/announce", scope="publish")
async def announce(
    deprecation: DeprecationId, data: JSONBody[AnnounceIn], change: NamedDependency[Change]
) -> DeprecationOut:
    """Announce a draft, now or by itself on a day: it is promised, and everybody affected told.

    Too early a day is refused with the earliest permissible one and the tiers that force it.
    """
    found, today = await _locked(change, deprecation)
    done = await announcement.announce(change.session, found, data, by=change.by)
    return await _shown(change.session, done, today, inside=True)


@post_guarded("/v1/deprecations/{deprecation:str}/amend", scope="publish")
async def amend(
    deprecation: DeprecationId, data: JSONBody[AmendIn], change: NamedDependency[Change]
) -> DeprecationOut:
    """Postpone what was announced, bring it forward, widen or narrow it; those told are told."""
    found, today = await _locked(change, deprecation)
    done = await amendments.amend(change.session, found, data, by=change.by)
    return await _shown(change.session, done, today, inside=True)


@post_guarded("/v1/deprecations/{deprecation:str}/withdraw", scope="publish")
async def withdraw(
    deprecation: DeprecationId, data: JSONBody[WithdrawIn], change: NamedDependency[Change]
) -> DeprecationOut:
    """Take back what was announced; those told are told so."""
    found, today = await _locked(change, deprecation)
    done = await amendments.withdraw(change.session, found, data, by=change.by)
    return await _shown(change.session, done, today, inside=True)


async def _locked(change: Change, uid: str) -> tuple[Deprecation, date]:
    """Give a deprecation that nobody else changes now, as it was read, and its product's day."""
    found = await queries.get(change.session, uid, lock=True)
    change.check(f"Deprecation {uid!r}", found.revision)
    product = await queries.product_of(change.session, found)
    return found, await change.today(product)


async def _shown(
    session: AsyncSession, row: Deprecation, today: date, *, inside: bool
) -> DeprecationOut:
    rows = await queries.revisions(session, row)
    shown = [await _revision(session, each, inside=inside) for each in rows]
    return DeprecationOut.of(row, today, inside=inside, revisions=shown)


async def _revision(session: AsyncSession, row: Revision, *, inside: bool) -> RevisionOut:
    waiver = await session.get_one(Waiver, row.waiver_id) if row.waiver_id else None
    return RevisionOut(
        number=row.number,
        change=row.change,
        on_day=row.on_day,
        at=row.at,
        reason=row.reason,
        effective_on=queries.days_of(row.days),
        content=queries.content_of(row),
        owed=row.owed,
        policy=row.policy,
        waiver=waiver.uid if waiver else None,
        actor=row.actor if inside else UNSET,
    )


def _together(days: dict[str, date]) -> EffectiveOn | None:
    """Give one day for all tiers where it is the same, else each tier's."""
    if not days:
        return None
    distinct = set(days.values())
    return distinct.pop() if len(distinct) == 1 else days


async def _days(
    session: AsyncSession, rows: Iterable[Deprecation], now: datetime
) -> dict[int, date]:
    """Say which day it is for each of the products that are concerned."""
    zones = await zones_of(session, {row.product_id for row in rows}, now)
    return {product_id: local_day(now, zone) for product_id, zone in zones.items()}


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
