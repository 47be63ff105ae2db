"""Public answers: the matrix, one version's answer, entitlements, simulations."""

from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response

from lifecycle.answers import entitlements, matrix, simulations, versions
from lifecycle.answers.response_structs import (
    EntitlementsOut,
    MatrixOut,
    SimulationOut,
    TierOut,
    VersionOut,
    VersionTierOut,
)
from lifecycle.answers.simulations import SimulateIn
from lifecycle.calendar.instants import parse_instant
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.server import sunset_headers
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import At, Instant, Name, Slug, TierName
from lifecycle.server.routing import ask, get

OneTier = Annotated[str, QueryParameter(description="The tier of support.", pattern=PRINTABLE)]


@get(
    "/v1/products/{product:str}/support",
    scope="public",
    summary="Show the support matrix",
)
async def show_matrix(
    product: Slug, moment: NamedDependency[Moment], tier: TierName = None, at: At = None
) -> MatrixOut:
    """Show what every tier gets for every line on a day."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    return await run_in_thread(matrix.matrix, snapshot, tier=tier, at=at or today, today=today)


@get(
    "/v1/products/{product:str}/versions/{version:str}",
    scope="public",
    summary="Answer for a version",
)
async def show_version(
    product: Slug,
    version: Name,
    moment: NamedDependency[Moment],
    tier: TierName = None,
    at: At = None,
) -> Response[VersionTierOut | VersionOut]:
    """Say whether a version is supported, until when, and why: for one tier, or for each.

    Where a deprecation applies, ``Deprecation``, ``Sunset`` and ``Link`` describe the nearest.
    """
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    answer: VersionTierOut | VersionOut
    if tier is None:
        answer = versions.answer(snapshot, version, at=at or today, today=today)
        tiers: list[TierOut | VersionTierOut] = list(answer.tiers.values())
    else:
        answer = versions.answer_for_tier(snapshot, version, tier=tier, at=at or today, today=today)
        tiers = [answer]
    announced = [deprecation for tier_answer in tiers for deprecation in tier_answer.deprecations]
    successor = next(
        (tier_answer.upgrade_to.newest for tier_answer in tiers if tier_answer.upgrade_to.newest),
        None,
    )
    headers = sunset_headers.headers(
        snapshot,
        announced,
        successor=successor,
        now=moment.now,
        prefix=moment.app_state.prefix,
    )
    return Response(answer, headers=headers)


@get(
    "/v1/products/{product:str}/entitlements",
    scope="public",
    summary="Show what comes with a tier",
)
async def show_entitlements(
    product: Slug, moment: NamedDependency[Moment], tier: OneTier, opened_at: Instant = None
) -> EntitlementsOut:
    """Show what comes with a tier, and by when a request opened then is due a response."""
    snapshot = await moment.snapshot(product)
    opened = parse_instant("opened_at", opened_at)
    return entitlements.entitled(snapshot, tier=tier, opened_at=opened, now=moment.now)


@ask(
    "/v1/products/{product:str}/simulate",
    scope="release",
    summary="Simulate a change",
)
async def simulate(
    product: Slug, data: JSONBody[SimulateIn], moment: NamedDependency[Moment]
) -> SimulationOut:
    """Say what a release, a policy or a line's days would change; nothing is stored."""
    snapshot = await moment.app_state.snapshots.get(product)
    today = snapshot.today(moment.now)
    return await run_in_thread(simulations.simulated, snapshot, data, today=today)


router = Router(
    "/", route_handlers=[show_matrix, show_version, show_entitlements, simulate], tags=["support"]
)
