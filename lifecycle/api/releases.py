from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self

import msgspec
from litestar import Router
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.api import enforcing, foreseeing
from lifecycle.api.enforcing import GateParameter
from lifecycle.api.foreseeing import MOST_LOOKED_AT, Foreseen, provide_foreseen
from lifecycle.catalogue import queries, releases
from lifecycle.catalogue.catalogue_inputs import ReleaseIn, ReleasePatch
from lifecycle.catalogue.models import Product, Release
from lifecycle.catalogue.releases import Registered
from lifecycle.database.pagination import Page
from lifecycle.deprecations.workflow import caused_ends
from lifecycle.deprecations.workflow.caused_ends import CausedEnd
from lifecycle.gate.verdicts import GatedOut, VerdictOut
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, Limit, Name, Slug
from lifecycle.server.routing import escaped, get, patch, post

Newest = Annotated[bool, QueryParameter(name="newest_first", description="Highest version first.")]


class ReleaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """A release as it is stored; ``voided_at`` where it was entered by mistake."""

    version: str
    line: str | None
    released_on: date | None
    planned_on: date | None
    stage: str | None
    prerelease: bool
    withdrawn_on: date | None
    restored_on: date | None
    notes_url: str | None
    registered_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    revision: int

    @classmethod
    def of(cls, release: Release, **more: Any) -> Self:
        """Show a release; ``more`` are the members that a subclass adds."""
        return cls(
            version=release.version,
            line=release.line,
            released_on=release.released_on,
            planned_on=release.planned_on,
            stage=release.stage,
            prerelease=release.prerelease,
            withdrawn_on=release.withdrawn_on,
            restored_on=release.restored_on,
            notes_url=release.notes_url,
            registered_at=release.registered_at,
            voided_at=release.voided_at,
            void_reason=release.void_reason,
            revision=release.revision,
            **more,
        )


class RegisteredOut(ReleaseOut, frozen=True, kw_only=True):
    """A release as it was registered, with the ends of support that it causes from today on.

    ``gate`` is the verdict under which it was let in, where that was asked for.
    """

    implied_ends: list[CausedEnd]
    gate: GatedOut | UnsetType = UNSET


class AllRegisteredOut(msgspec.Struct, frozen=True, kw_only=True):
    """The versions added, the plans confirmed, and the ends of support that they cause.

    ``implied_ends`` is null where more than 100 came at once: that is history, or a simulation's.
    """

    added: list[str]
    confirmed: list[str]
    implied_ends: list[CausedEnd] | None
    gate: list[GatedOut] | UnsetType = UNSET


@get("/v1/products/{product:str}/releases", scope="public")
async def list_releases(
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
    newest_first: Newest = False,  # noqa: FBT002 -- a query parameter
) -> Page[ReleaseOut]:
    """List a product's releases in version order, plans included."""
    await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    found = await queries.list_releases(
        session, owner, cursor=cursor, limit=limit, descending=newest_first
    )
    return Page([ReleaseOut.of(release) for release in found.items], found.next)


@post(
    "/v1/products/{product:str}/releases",
    scope="release",
    provide=foreseeing.provide_change,
    dependencies={"foreseen": Provide(provide_foreseen)},
)
async def add_releases(
    product: Slug,
    data: JSONBody[ReleaseIn | list[ReleaseIn]],
    foreseen: NamedDependency[Foreseen | None],
    change: NamedDependency[Change],
    gate: GateParameter = None,
) -> Response[RegisteredOut | AllRegisteredOut]:
    """Register one release, or all of a list or none; publishing a planned one confirms it.

    The answer says which ends of support follow, for how many accounts, at how many days' notice.
    """
    given = data if isinstance(data, list) else [data]
    judged = enforcing.is_asked(gate, given)
    owner = await queries.get_product(change.session, product)
    overtaken = foreseen is not None and not await foreseen.holds(change, owner)
    if overtaken:
        foreseen = None
    verdicts = None
    if judged:
        verdicts = await enforcing.verdicts_on(change, owner, given, foreseen, overtaken=overtaken)
    registered = await _register(change, owner, data)
    if verdicts is not None:
        await enforcing.enforce(change, owner, verdicts)
    ends = foreseen.ends if foreseen else await _caused(change, owner, registered)
    return await _registered(change, owner, data, registered, ends, verdicts)


@get("/v1/products/{product:str}/releases/{version:str}", scope="public")
async def show_release(
    product: Slug,
    version: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> ReleaseOut:
    """Show a release."""
    await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    found = await queries.get_release(session, owner, version)
    return moment.showing(ReleaseOut.of(found), found.revision)


@patch("/v1/products/{product:str}/releases/{version:str}", scope="release")
async def change_release(
    product: Slug,
    version: Name,
    data: JSONBody[ReleasePatch],
    change: NamedDependency[Change],
) -> ReleaseOut:
    """Withdraw, restore or void a release, publish a plan, or correct what is known of it."""
    owner = await queries.get_product(change.session, product)
    changed = await releases.change(
        change.session,
        owner,
        version,
        data,
        by=change.by,
        today=await change.today(owner),
        expected=change.expected,
    )
    return ReleaseOut.of(changed)


async def _register(
    change: Change, owner: Product, data: ReleaseIn | list[ReleaseIn]
) -> Registered:
    return await releases.register(
        change.session,
        owner,
        data if isinstance(data, list) else [data],
        by=change.by,
        today=await change.today(owner),
        listed=isinstance(data, list),
    )


async def _registered(
    change: Change,
    owner: Product,
    data: ReleaseIn | list[ReleaseIn],
    registered: Registered,
    ends: list[CausedEnd] | None,
    verdicts: list[VerdictOut] | None,
) -> Response[RegisteredOut | AllRegisteredOut]:
    gated = UNSET if verdicts is None else [GatedOut.of(each) for each in verdicts]
    if isinstance(data, list):
        listed = AllRegisteredOut(
            added=registered.added, confirmed=registered.confirmed, implied_ends=ends, gate=gated
        )
        return Response(listed, status_code=201)
    stored = await queries.get_release(change.session, owner, data.version)
    location = f"/v1/products/{owner.slug}/releases/{escaped(data.version)}"
    shown = RegisteredOut.of(stored, implied_ends=ends or [], gate=gated[0] if gated else UNSET)
    return Response(shown, status_code=201, headers={"location": location})


async def _caused(change: Change, owner: Product, registered: Registered) -> list[CausedEnd] | None:
    versions = [*registered.added, *registered.confirmed]
    if len(versions) > MOST_LOOKED_AT:
        return None
    today = await change.today(owner)
    return await caused_ends.caused_by(change.session, owner.slug, versions, today=today)


router = Router(
    "/",
    route_handlers=[list_releases, add_releases, show_release, change_release],
    tags=["releases"],
)
