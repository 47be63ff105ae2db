"""What is announced for a product, as answers and coverage need it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.catalogue.loaded_products import load_all
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.affected_instances import is_affected
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Revision
from lifecycle.deprecations.queries import content_of, days_of
from lifecycle.deprecations.states import ENDS_SUPPORT, State
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.facts import AnnouncedEnd
from lifecycle.versions.ranges import Range, parse_range

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.catalogue.models import Product


class Announced(msgspec.Struct, frozen=True):
    """A standing announcement: for each tier, the first day on which the change is in force.

    ``versions`` are the known releases of a ``range``; both are None where it concerns lines, a
    feature or the whole product. ``having`` are the tiers that have the feature, None where all do.
    """

    id: int
    uid: str
    origin: str
    content: DeprecationIn
    announced_on: date
    announced_at: datetime
    days: dict[str, date]
    versions: frozenset[str] | None = None
    range: Range | None = None
    having: frozenset[str] | None = None
    waived: bool = False

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers it concerns: a feature's change does those alone that have the feature."""
        return tuple(tier for tier in self.days if self.having is None or tier in self.having)

    def affects(
        self, tier: str, *, line: str | None, version: str, features: Collection[str] = ()
    ) -> bool:
        """Return whether an instance is affected that runs a version of a line under a tier."""
        return is_affected(
            tier=tier,
            tiers=self.tiers,
            feature=self.content.feature,
            whole_product=self.content.whole_product,
            runs_version=self.concerns(line, version),
            uses=features,
        )

    @property
    def ends_support(self) -> bool:
        """Whether coverage ends with it."""
        return ends_support(self.content)

    def concerns(self, line: str | None, version: str | None) -> bool:
        """Return whether a version of a line is concerned as such, and not a feature of it alone.

        A range may hold versions that no release is known of; accounts run those too.
        """
        if self.content.feature is not None:
            return False
        if self.range is not None:
            return version is not None and self.range.contains(version)
        return self.content.lines is None or line in self.content.lines


def ends_support(content: DeprecationIn) -> bool:
    """Return whether coverage ends with such a change."""
    return content.kind in ENDS_SUPPORT and content.feature is None


def removal_is_announced(announced: Iterable[Announced], feature: str) -> bool:
    """Return whether what stands announced takes a feature away: itself, or the whole product."""
    return any(
        change.content.kind in (Kind.REMOVAL, Kind.DISCONTINUATION)
        and (change.content.feature == feature or change.content.whole_product)
        for change in announced
    )


async def load_known(session: AsyncSession, slug: str) -> tuple[Loaded, tuple[Announced, ...]]:
    """Read a product with what is announced for it, which its facts then hold as well."""
    (product,) = await load_all_known(session, [await get_product(session, slug)])
    return product


async def load_all_known(
    session: AsyncSession, products: Sequence[Product]
) -> list[tuple[Loaded, tuple[Announced, ...]]]:
    """Read several products as ``load_known`` reads one, by as many statements."""
    loaded = await load_all(session, products)
    announced = await _announced(session, {product.id: product for product in loaded})
    return [_with_ends(product, tuple(announced[product.id])) for product in loaded]


def _with_ends(
    loaded: Loaded, announced: tuple[Announced, ...]
) -> tuple[Loaded, tuple[Announced, ...]]:
    ends = tuple(_end(deprecation) for deprecation in announced if deprecation.ends_support)
    facts = msgspec.structs.replace(loaded.facts, ends=ends)
    return msgspec.structs.replace(loaded, facts=facts), announced


def versions_in(loaded: Loaded, content: DeprecationIn) -> frozenset[str] | None:
    """Return the known releases of a range; None where no range is meant."""
    within = _range(loaded, content)
    return None if within is None else _releases_in(loaded, within)


def _range(loaded: Loaded, content: DeprecationIn) -> Range | None:
    if content.range is None:
        return None
    versions = [release.version for release in loaded.facts.releases]
    return parse_range(content.range, loaded.scheme, order=versions)


def _releases_in(loaded: Loaded, within: Range) -> frozenset[str]:
    return frozenset(within.among([release.version for release in loaded.facts.releases]))


async def _announced(
    session: AsyncSession, loaded: Mapping[int, Loaded]
) -> Mapping[int, list[Announced]]:
    """Read what is announced for products, by their numbers, the oldest first."""
    statement = select(Deprecation).where(
        Deprecation.product_id.in_(loaded), Deprecation.state == State.ANNOUNCED
    )
    rows = (await session.scalars(statement.order_by(Deprecation.id))).all()
    waived = await _waived(session, [row.id for row in rows]) if rows else {}
    announced: defaultdict[int, list[Announced]] = defaultdict(list)
    for row in rows:
        struct = _struct(loaded[row.product_id], row, waived.get(row.id, []))
        announced[row.product_id].append(struct)
    return announced


async def _waived(session: AsyncSession, ids: list[int]) -> dict[int, list[dict[str, str]]]:
    statement = select(Revision.deprecation_id, Revision.days).where(
        Revision.deprecation_id.in_(ids), Revision.waiver_id.is_not(None)
    )
    waived: dict[int, list[dict[str, str]]] = {}
    for row in await session.execute(statement):
        waived.setdefault(row.deprecation_id, []).append(row.days)
    return waived


def _struct(loaded: Loaded, row: Deprecation, waived: list[dict[str, str]]) -> Announced:
    content = content_of(row)
    within = _range(loaded, content)
    if row.announced_on is None or row.announced_at is None:
        msg = f"Deprecation {row.uid} is announced, but not since when."
        raise RuntimeError(msg)
    return Announced(
        id=row.id,
        uid=row.uid,
        origin=row.origin,
        content=content,
        announced_on=row.announced_on,
        announced_at=row.announced_at,
        days=days_of(row.days),
        versions=None if within is None else _releases_in(loaded, within),
        range=within,
        having=tiers_having(loaded, content.feature),
        waived=any(is_no_sooner(row.days, days) for days in waived),
    )


def tiers_having(loaded: Loaded, feature: str | None) -> frozenset[str] | None:
    """Return the tiers that have a feature; None where all do."""
    facts = loaded.features.get(feature or "")
    return None if facts is None or facts.tiers is None else frozenset(facts.tiers)


def tiers_concerned(loaded: Loaded, feature: str | None, tiers: Iterable[str]) -> tuple[str, ...]:
    """Return which of a policy's tiers a change concerns: of a feature, those that have it.

    Tiers that the policy does not know exempt nothing: if no other has the feature, all count.
    """
    names, having = tuple(tiers), tiers_having(loaded, feature)
    return tuple(name for name in names if having is None or name in having) or names


def is_no_sooner(days: Mapping[str, str], waived: Mapping[str, str]) -> bool:
    """Return whether days are those that a waiver allowed, or later: it excuses what is postponed.

    >>> is_no_sooner({"pro": "2027-02-01"}, {"pro": "2027-01-31"})
    True
    """
    return all(tier in waived and waived[tier] <= day for tier, day in days.items())


def _end(announced: Announced) -> AnnouncedEnd:
    lines = announced.content.lines
    return AnnouncedEnd(
        uid=announced.uid,
        announced_on=announced.announced_on,
        days=announced.days,
        lines=None if lines is None else frozenset(lines),
        versions=announced.versions,
        waived=announced.waived,
    )
