from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import msgspec
from litestar import Request, Router
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_inputs import ReleaseIn, ReleasePatch
from lifecycle.catalogue.catalogue_outputs import ReleaseOut
from lifecycle.catalogue.models import Product
from lifecycle.database.pagination import Page
from lifecycle.errors import BadRequest, Problem
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch, Consequences, Registration
from lifecycle.gate.verdicts import GatedOut
from lifecycle.server.dependencies import Change, Moment, provide_keyed_change
from lifecycle.server.keyed_answers import IdempotencyKey
from lifecycle.server.request_parameters import Cursor, Limit, Name, Slug
from lifecycle.server.routing import get, patch, post
from lifecycle.support.release_ends import CausedEnd

ENFORCE = "enforce"
Gate = Annotated[
    str | None,
    QueryParameter(
        name="gate",
        description="`enforce` refuses what the gate would not let out.",
        schema_extra={"enum": [ENFORCE]},
    ),
]
Newest = Annotated[
    bool,
    QueryParameter(name="newest_first", description="List the highest version first."),
]


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


@get(
    "/v1/products/{product:str}/releases",
    scope="public",
    summary="List a product's releases",
)
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
    page = await queries.list_releases(
        session, owner, cursor=cursor, limit=limit, descending=newest_first
    )
    return Page([ReleaseOut.of(release) for release in page.items], page.next)


async def provide_predicted(request: Request[Any, Any, Any]) -> Consequences | None:
    """Work out what the releases of a body will cause; what reads the body refuses a bad one."""
    app_state = request.app.state.app_state
    with suppress(msgspec.MsgspecError, UnicodeError):
        data = msgspec.json.decode(await request.body(), type=ReleaseIn | list[ReleaseIn])
        batch = _batch(data, request.query_params.get("gate"))
        slug = request.path_params["product"]
        return await registration.predict(
            app_state.store, app_state.snapshots, slug, batch, now=app_state.clock()
        )
    return None


async def provide_change(
    request: Request[Any, Any, Any],
    predicted: NamedDependency[Consequences | None],  # noqa: ARG001 -- it comes before the lock
    idempotency_key: IdempotencyKey = None,
) -> AsyncGenerator[Change, None]:
    """Yield the change whose consequences are predicted."""
    async with asynccontextmanager(provide_keyed_change)(request, idempotency_key) as change:
        yield change


@post(
    "/v1/products/{product:str}/releases",
    scope="release",
    provide=provide_change,
    dependencies={"predicted": Provide(provide_predicted)},
    summary="Register releases",
)
async def add_releases(
    product: Slug,
    data: JSONBody[ReleaseIn | list[ReleaseIn]],
    predicted: NamedDependency[Consequences | None],
    change: NamedDependency[Change],
    gate: Gate = None,
) -> Response[RegisteredOut | AllRegisteredOut]:
    """Register one release, or all of a list or none; publishing a planned one confirms it.

    The answer says which ends of support follow, for how many accounts, at how many days' notice.
    """
    batch = _batch(data, gate)
    owner = await queries.get_product(change.session, product)
    registered = await registration.register(
        change.session,
        owner,
        batch,
        predicted,
        by=change.by,
        today=await change.today(owner),
        tally=change.app_state.verdicts,
    )
    return await _registered(change, owner, data, registered)


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
    row = await queries.get_release(session, owner, version)
    return moment.showing(ReleaseOut.of(row), row.revision)


@patch(
    "/v1/products/{product:str}/releases/{version:str}",
    scope="release",
    summary="Change a release",
)
async def change_release(
    product: Slug,
    version: Name,
    data: JSONBody[ReleasePatch],
    change: NamedDependency[Change],
) -> ReleaseOut:
    """Withdraw, restore or void a release, publish a plan, or correct what is known of it."""
    owner = await queries.get_product(change.session, product)
    changed = await registration.change(
        change.session,
        owner,
        version,
        data,
        by=change.by,
        today=await change.today(owner),
        expected=change.expected,
    )
    return ReleaseOut.of(changed)


def _batch(data: ReleaseIn | list[ReleaseIn], gate: str | None) -> Batch:
    if gate not in (None, ENFORCE):
        problem = Problem("gate", "is not a valid value", value=gate[:100], allowed=ENFORCE)
        raise BadRequest(f"gate may only be {ENFORCE}, not {gate[:100]!r}.", problems=[problem])
    listed = isinstance(data, list)
    return Batch(data if isinstance(data, list) else [data], listed=listed, gated=gate is not None)


async def _registered(
    change: Change,
    owner: Product,
    data: ReleaseIn | list[ReleaseIn],
    registered: Registration,
) -> Response[RegisteredOut | AllRegisteredOut]:
    ends, verdicts = registered.ends, registered.verdicts
    gated = UNSET if verdicts is None else [GatedOut.of(verdict) for verdict in verdicts]
    if isinstance(data, list):
        listed = AllRegisteredOut(
            added=registered.added, confirmed=registered.confirmed, implied_ends=ends, gate=gated
        )
        return Response(listed, status_code=201)
    stored = await queries.get_release(change.session, owner, data.version)
    segments = ("v1", "products", owner.slug, "releases", data.version)
    shown = RegisteredOut.of(stored, implied_ends=ends or [], gate=gated[0] if gated else UNSET)
    return Response(shown, status_code=201, headers={"location": change.app_state.path(*segments)})


router = Router(
    "/",
    route_handlers=[list_releases, add_releases, show_release, change_release],
    tags=["releases"],
)
