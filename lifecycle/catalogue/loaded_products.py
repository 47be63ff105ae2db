"""All that is known of a product, read at once, as the plain structs that answers rest on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.catalogue.line_facts import facts_of
from lifecycle.catalogue.loaded_policies import load_policies
from lifecycle.catalogue.models import Feature, Line, Release
from lifecycle.catalogue.presentations import EndoflifeTiers, LinePresentation, Presentation
from lifecycle.policy.succession import registration_zone
from lifecycle.support import facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_policies import LateEntries
    from lifecycle.catalogue.models import Product

ROWS_AT_ONCE = 500
"""After so many rows, others have their turn: thousands at once would hold every answer up."""


class Loaded(msgspec.Struct, frozen=True):
    """A product: what it is, what coverage needs, and its features by their keys.

    ``former_stages`` are those taken out of a feature's history. ``notes`` are the addresses of
    release notes, and ``registered_at`` the instants of registration, by version.
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
    public: bool = True
    created_at: datetime = datetime.min.replace(tzinfo=UTC)
    aliases: tuple[str, ...] = ()
    endoflife: EndoflifeTiers = EndoflifeTiers()
    presentation: Presentation = Presentation()
    line_presentations: dict[str, LinePresentation] = {}
    notes: dict[str, str] = {}
    registered_at: dict[str, datetime] = {}


def hidden_features(loaded: Loaded) -> frozenset[str]:
    """Return the keys of a product's features that are not public."""
    return frozenset(key for key, feature in loaded.features.items() if feature.public is False)


def without_features(loaded: Loaded, hidden: frozenset[str]) -> Loaded:
    """Return a product without some of its features, which no other one needs any more."""
    features = {
        key: msgspec.structs.replace(
            feature, depends_on=tuple(name for name in feature.depends_on if name not in hidden)
        )
        for key, feature in loaded.features.items()
        if key not in hidden
    }
    former = {key: stages for key, stages in loaded.former_stages.items() if key not in hidden}
    return msgspec.structs.replace(loaded, features=features, former_stages=former)


async def load_facts(session: AsyncSession, slug: str) -> Loaded:
    """Read a product with its releases in version order, plans included, voided ones not."""
    (loaded,) = await load_all(session, [await queries.get_product(session, slug)])
    return loaded


async def load_all(session: AsyncSession, products: Sequence[Product]) -> list[Loaded]:
    """Read several products as ``load_facts`` reads one, by as many statements."""
    ids = [product.id for product in products]
    policies, entered, late = await load_policies(session, ids)
    zones = {number: registration_zone(policies[number]) for number in ids}
    releases, registered_at = await _releases(session, zones, late)
    lines = await _lines(session, ids, late)
    shown, notes = await _line_presentations(session, ids), await _notes(session, ids)
    features = await _features(session, ids)
    return [
        Loaded(
            id=product.id,
            slug=product.slug,
            name=product.name,
            scheme=product.scheme,
            line_by=product.line_by,
            identifiers=tuple(product.identifiers),
            revision=product.revision,
            facts=facts.Facts(
                product=product.slug,
                line_by=product.line_by,
                releases=tuple(releases[product.id]),
                lines=tuple(lines[product.id]),
                policies=tuple(policies[product.id]),
            ),
            features={key: feature for key, feature, _ in features[product.id]},
            former_stages={key: former for key, _, former in features[product.id] if former},
            policies_entered=entered[product.id],
            created_at=product.created_at,
            public=product.public,
            aliases=tuple(product.aliases),
            endoflife=msgspec.convert(product.endoflife or {}, EndoflifeTiers),
            presentation=msgspec.convert(product.presentation or {}, Presentation),
            line_presentations=shown[product.id],
            notes=notes[product.id],
            registered_at=registered_at[product.id],
        )
        for product in products
    ]


async def _releases(
    session: AsyncSession, zones: Mapping[int, ZoneInfo], late: Mapping[int, LateEntries]
) -> tuple[Mapping[int, list[facts.Release]], Mapping[int, dict[str, datetime]]]:
    """Read the releases, and when each was registered, by its version."""
    table = Release.__table__.c
    statement = (
        select(
            table.product_id,
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
        .where(table.product_id.in_(zones), table.voided_at.is_(None))
        .order_by(table.product_id, table.rank, table.id)
    )
    day_of = lru_cache(maxsize=1024)(local_day)
    rows = await session.execute(statement)
    releases: defaultdict[int, list[facts.Release]] = defaultdict(list)
    instants: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
    for batch in rows.partitions(ROWS_AT_ONCE):
        for product_id, *row, registered_at in batch:
            registered_on = day_of(registered_at, zones[product_id])
            release = _release(row, registered_on)
            entered_at = late[product_id].get(release.day)
            if entered_at is not None and registered_at < entered_at and not release.planned:
                release = msgspec.structs.replace(release, precedes_policy=True)
            releases[product_id].append(release)
            instants[product_id][release.version] = registered_at
        await asyncio.sleep(0)
    return releases, instants


def _release(row: Sequence[Any], registered_on: date) -> facts.Release:
    version, rank, released_on, planned_on, line, major, minor, patch, prerelease, *more = row
    withdrawn_on, restored_on = more
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
        registered_on,
    )


async def _lines(
    session: AsyncSession, ids: Sequence[int], late: Mapping[int, LateEntries]
) -> Mapping[int, list[facts.Line]]:
    statement = select(Line).where(Line.product_id.in_(ids)).order_by(Line.position, Line.id)
    lines: defaultdict[int, list[facts.Line]] = defaultdict(list)
    for row in await session.scalars(statement):
        lines[row.product_id].append(_line(row, late[row.product_id]))
    return lines


def _line(row: Line, late: LateEntries) -> facts.Line:
    line_facts = facts_of(row)
    return facts.Line(
        name=row.name,
        declared=line_facts.declared,
        lts=line_facts.lts,
        codename=line_facts.codename,
        released_on=line_facts.released_on,
        position=row.position,
        precedes_policy=line_facts.released_on in late,
    )


async def _line_presentations(
    session: AsyncSession, ids: Sequence[int]
) -> Mapping[int, dict[str, LinePresentation]]:
    """Read how lines are shown, by their names, where something is said of that."""
    statement = select(Line.product_id, Line.name, Line.presentation).where(
        Line.product_id.in_(ids), Line.presentation.is_not(None)
    )
    shown: defaultdict[int, dict[str, LinePresentation]] = defaultdict(dict)
    for product_id, name, presentation in await session.execute(statement):
        shown[product_id][name] = msgspec.convert(presentation, LinePresentation)
    return shown


async def _notes(session: AsyncSession, ids: Sequence[int]) -> Mapping[int, dict[str, str]]:
    """Read the addresses of release notes, by version."""
    statement = select(Release.product_id, Release.version, Release.notes_url).where(
        Release.product_id.in_(ids), Release.voided_at.is_(None), Release.notes_url.is_not(None)
    )
    notes: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for product_id, version, address in await session.execute(statement):
        if address is not None:
            notes[product_id][version] = address
    return notes


async def _features(
    session: AsyncSession, ids: Sequence[int]
) -> Mapping[int, list[tuple[str, FeatureIn, tuple[StageIn, ...]]]]:
    """Read features by their keys, each with the stages taken out of its history."""
    table, fields = Feature.__table__.c, FeatureIn.__struct_fields__
    columns = (table.product_id, table.key, table.former_stages, *(table[name] for name in fields))
    statement = select(*columns).where(table.product_id.in_(ids)).order_by(table.key)
    features: defaultdict[int, list[tuple[str, FeatureIn, tuple[StageIn, ...]]]]
    features = defaultdict(list)
    for row in (await session.execute(statement)).mappings():
        feature = msgspec.convert({name: row[name] for name in fields}, FeatureIn)
        former = msgspec.convert(row["former_stages"], tuple[StageIn, ...])
        features[row["product_id"]].append((row["key"], feature, former))
    return features
