"""All that is known of a product, read at once, as the plain structs that answers rest on."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.catalogue.lines import facts_of
from lifecycle.catalogue.models import Feature, Line, Release, StoredPolicy
from lifecycle.policy.policy_documents import read_stored
from lifecycle.policy.succession import registration_zone
from lifecycle.support import facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.policy.policies import Policy

ROWS_AT_ONCE = 500
"""After so many rows, others have their turn: thousands at once would hold every answer up."""


class Loaded(msgspec.Struct, frozen=True):
    """A product: what it is, what coverage needs, and its features by their keys.

    ``former_stages`` are those taken out of a feature's history.
    """

    id: int
    slug: str
    name: str
    scheme: str
    line_by: str
    identifiers: tuple[str, ...]
    revision: int
    facts: facts.Facts
    features: dict[str, FeatureIn]
    former_stages: dict[str, tuple[StageIn, ...]]
    policies_entered: int


async def load_facts(session: AsyncSession, slug: str) -> Loaded:
    """Read a product with its releases in version order, plans included, voided ones not."""
    product = await queries.get_product(session, slug)
    policies = await _policies(session, product.id)
    loaded_facts = facts.Facts(
        product=product.slug,
        line_by=product.line_by,
        releases=await _releases(session, product.id, registration_zone(policies)),
        lines=await _lines(session, product.id),
        policies=policies,
    )
    return Loaded(
        id=product.id,
        slug=product.slug,
        name=product.name,
        scheme=product.scheme,
        line_by=product.line_by,
        identifiers=tuple(product.identifiers),
        revision=product.revision,
        facts=loaded_facts,
        features=await _features(session, product.id),
        former_stages=await _former_stages(session, product.id),
        policies_entered=await queries.policies_entered(session, product.id),
    )


async def _releases(
    session: AsyncSession, product_id: int, zone: ZoneInfo
) -> tuple[facts.Release, ...]:
    table = Release.__table__.c
    statement = (
        select(
            table.version,
            table.rank,
            table.released_on,
            table.planned_on,
            table.line,
            table.major,
            table.minor,
            table.patch,
            table.prerelease,
            table.withdrawn_on,
            table.restored_on,
            table.registered_at,
        )
        .where(table.product_id == product_id, table.voided_at.is_(None))
        .order_by(table.rank, table.id)
    )
    local_day = lru_cache(maxsize=1024)(lambda moment: moment.astimezone(zone).date())
    rows = await session.execute(statement)
    releases: list[facts.Release] = []
    for batch in rows.partitions(ROWS_AT_ONCE):
        releases += [_release(row, local_day) for row in batch]
        await asyncio.sleep(0)
    return tuple(releases)


def _release(row: Row[*tuple[Any, ...]], local_day: Callable[[datetime], date]) -> facts.Release:
    version, rank, released_on, planned_on, line, major, minor, patch, prerelease, *more = row
    withdrawn_on, restored_on, registered_at = more
    return facts.Release(
        version,
        rank,
        released_on or planned_on,
        line,
        (major, minor, patch) if major is not None else None,
        released_on is None,
        prerelease,
        withdrawn_on,
        restored_on,
        local_day(registered_at),
    )


async def _lines(session: AsyncSession, product_id: int) -> tuple[facts.Line, ...]:
    statement = select(Line).where(Line.product_id == product_id).order_by(Line.position, Line.id)
    return tuple(_line(row) for row in await session.scalars(statement))


def _line(row: Line) -> facts.Line:
    line_facts = facts_of(row)
    return facts.Line(
        name=row.name,
        declared=line_facts.declared,
        lts=line_facts.lts,
        codename=line_facts.codename,
        released_on=line_facts.released_on,
        position=row.position,
    )


async def _features(session: AsyncSession, product_id: int) -> dict[str, FeatureIn]:
    table = Feature.__table__.c
    statement = (
        select(*(table[name] for name in ("key", *FeatureIn.__struct_fields__)))
        .where(table.product_id == product_id)
        .order_by(table.key)
    )
    return {
        row["key"]: msgspec.convert(
            {name: row[name] for name in FeatureIn.__struct_fields__}, FeatureIn
        )
        for row in (await session.execute(statement)).mappings()
    }


async def _former_stages(session: AsyncSession, product_id: int) -> dict[str, tuple[StageIn, ...]]:
    statement = select(Feature.key, Feature.former_stages).where(Feature.product_id == product_id)
    return {
        row.key: msgspec.convert(row.former_stages, tuple[StageIn, ...])
        for row in await session.execute(statement)
        if row.former_stages
    }


async def _policies(session: AsyncSession, product_id: int) -> tuple[Policy, ...]:
    statement = (
        select(StoredPolicy.document)
        .where(StoredPolicy.product_id == product_id, queries.STANDING)
        .order_by(StoredPolicy.in_force_from)
    )
    return tuple(map(read_stored, await session.scalars(statement)))
