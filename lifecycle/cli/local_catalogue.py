"""The local store's catalogue: what the API's handlers call, in the form in which they answer.

No web framework is imported for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers import entitlements as tier_entitlements
from lifecycle.answers import matrix, simulations
from lifecycle.answers.features import feature_stages
from lifecycle.answers.simulations import SimulateIn
from lifecycle.calendar.days import parse_day
from lifecycle.calendar.instants import parse_instant
from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_outputs import (
    DeclaredLineOut,
    FeatureOut,
    ProductOut,
    ReleaseOut,
)
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.cli.clock import now
from lifecycle.cli.local_views import read, read_pages, snapshot_of
from lifecycle.database.pagination import Page
from lifecycle.documents.request_bodies import read_body
from lifecycle.server.computed_lists import page_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.cli.listings import Extent, Listing


def products(extent: Extent) -> Listing:
    """List the products, as ``GET /v1/products`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[ProductOut]:
        stored = await queries.list_products(session, cursor=cursor, limit=limit)
        return Page([ProductOut.of(product) for product in stored.items], stored.next)

    return read_pages(page, extent)


def product(slug: str) -> Any:
    """Show a product, as ``GET /v1/products/{product}`` does."""

    async def work(session: AsyncSession) -> ProductOut:
        return ProductOut.of(await queries.get_product(session, slug))

    return read(work)


def releases(slug: str, newest_first: bool, extent: Extent) -> Listing:  # noqa: FBT001 -- as asked
    """List releases, as ``GET …/releases`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[ReleaseOut]:
        owner = await queries.get_product(session, slug)
        stored = await queries.list_releases(
            session, owner, cursor=cursor, limit=limit, descending=newest_first
        )
        return Page([ReleaseOut.of(release) for release in stored.items], stored.next)

    return read_pages(page, extent)


def release(slug: str, version: str) -> Any:
    """Show a release, as ``GET …/releases/{version}`` does."""

    async def work(session: AsyncSession) -> ReleaseOut:
        owner = await queries.get_product(session, slug)
        return ReleaseOut.of(await queries.get_release(session, owner, version))

    return read(work)


def lines(slug: str, extent: Extent) -> Listing:
    """List the lines that declare something, as ``GET …/lines`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[DeclaredLineOut]:
        owner = await queries.get_product(session, slug)
        stored = await queries.list_lines(session, owner, cursor=cursor, limit=limit)
        return Page([DeclaredLineOut.of(line) for line in stored.items], stored.next)

    return read_pages(page, extent)


def line(slug: str, name: str) -> Any:
    """Show what a line declares, as ``GET …/lines/{line}`` does."""

    async def work(session: AsyncSession) -> DeclaredLineOut:
        owner = await queries.get_product(session, slug)
        return DeclaredLineOut.of(await queries.get_line(session, owner, name))

    return read(work)


def features(slug: str, version: str | None, at: str | None, extent: Extent) -> Listing:
    """List features with their stages, as ``GET …/features`` does."""
    snapshot, today = snapshot_of(slug)
    day = parse_day(at) if at else today
    staged = feature_stages(snapshot, version=version, at=day)

    async def page(_: AsyncSession, cursor: str | None, limit: int) -> Page[Any]:
        return page_of(staged, key=lambda feature: feature.key, cursor=cursor, limit=limit)

    return read_pages(page, extent)


def feature(slug: str, key: str) -> Any:
    """Show a feature with its stages, as ``GET …/features/{feature}`` does."""

    async def work(session: AsyncSession) -> FeatureOut:
        owner = await queries.get_product(session, slug)
        return FeatureOut.of(await queries.get_feature(session, owner, key, EVERYTHING))

    return read(work)


def support(slug: str, tier: str | None, at: str | None) -> Any:
    """Show what every tier gets for every line, as ``GET …/support`` does."""
    snapshot, today = snapshot_of(slug)
    day = parse_day(at) if at else today
    return msgspec.to_builtins(matrix.matrix(snapshot, tier=tier, at=day, today=today))


def entitlements(slug: str, tier: str, opened_at: str | None) -> Any:
    """Show what comes with a tier, as ``GET …/entitlements`` does."""
    snapshot, _ = snapshot_of(slug)
    opened = parse_instant("opened_at", opened_at)
    answer = tier_entitlements.entitled(snapshot, tier=tier, opened_at=opened, now=now())
    return msgspec.to_builtins(answer)


def simulation(slug: str, body: Mapping[str, Any]) -> Any:
    """Say what would change, as ``POST …/simulate`` does."""
    supposed = read_body(json.dumps(body, default=str).encode(), SimulateIn)
    snapshot, today = snapshot_of(slug)
    return msgspec.to_builtins(simulations.simulated(snapshot, supposed, today=today))
