"""Whom a revision reaches, in values, and the parameters by which statements take them.

Statements about an audience take longer to build than to run on some hundred accounts, and every
announcement of a product asks the same ones each day. So each is built once for a ``Form``, and
run with the ``values`` of a scope.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Date, String, and_, bindparam, select, true

from lifecycle.accounts.models import Account, Instance
from lifecycle.calendar.lengths import add_days
from lifecycle.catalogue.models import Feature, Product
from lifecycle.deprecations.models import Recipient
from lifecycle.deprecations.queries import content_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import BindParameter, ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.models import Deprecation, Revision

UNSEEN_DAYS: Final = 90

PRODUCT: Final = bindparam("scope_product", type_=String())
TOPIC: Final = bindparam("scope_topic", type_=String())
TODAY: Final = bindparam("scope_today", type_=Date())
UNSEEN_SINCE: Final = bindparam("scope_unseen_since", type_=Instance.last_seen.type)
DEPRECATION: Final = bindparam("scope_deprecation", type_=Recipient.deprecation_id.type)
NUMBER: Final = bindparam("scope_number", type_=Recipient.number.type)
FEATURE: Final = bindparam("scope_feature", type_=String())
VERSIONS: Final = bindparam("scope_versions", type_=String())


_ABOVE: Final = bindparam("accounts_above", type_=Account.id.type)
_UP_TO: Final = bindparam("accounts_up_to", type_=Account.id.type)
_LISTED: Final = bindparam("accounts_listed", type_=Account.id.type, expanding=True)


class Among(Enum):
    """Of which accounts a statement asks: all, those of a ``Part``, or those ``Listed``."""

    ALL = 1
    PART = 2
    LISTED = 3

    def includes(self, number: Any) -> ColumnElement[bool]:
        """Return whether an account's number is one of theirs."""
        if self is Among.PART:
            return and_(number > _ABOVE, number <= _UP_TO)
        within: ColumnElement[bool] = number.in_(_LISTED) if self is Among.LISTED else true()
        return within


class Part(NamedTuple):
    """The accounts whose numbers lie above one and not above another."""

    above: int
    up_to: int

    @property
    def among(self) -> Among:
        """How a statement asks of them."""
        return Among.PART

    @property
    def values(self) -> dict[str, Any]:
        """What such a statement is given."""
        return {_ABOVE.key: self.above, _UP_TO.key: self.up_to}


class Listed(NamedTuple):
    """Some accounts, by their numbers."""

    numbers: Collection[int]

    @property
    def among(self) -> Among:
        """How a statement asks of them."""
        return Among.LISTED

    @property
    def values(self) -> dict[str, Any]:
        """What such a statement is given."""
        return {_LISTED.key: list(self.numbers)}


Accounts: TypeAlias = Part | Listed


def tier_at(place: int) -> BindParameter[str]:
    """Return what stands for a tier of the scope, by its place among them."""
    return bindparam(f"scope_tier_{place}", type_=String())


def day_at(place: int) -> BindParameter[date]:
    """Return what stands for the effective day of the tier at a place."""
    return bindparam(f"scope_day_{place}", type_=Date())


class Concern(Enum):
    """What an instance must have for the change to concern it."""

    ANY_VERSION = 1
    FEATURE = 2
    VERSIONS = 3
    TARGETS = 4


class Discretion(Enum):
    """Whom a change is not told that only may be affected, since what it concerns is not public.

    Of a product that is not public those alone are told who run it, or subscribe to it by name; of
    such a feature, those alone who use it.
    """

    NONE = 1
    PRODUCT = 2
    FEATURE = 3


class Form(NamedTuple):
    """All of a scope that the text of a statement depends on."""

    concern: Concern
    tiers: int
    discretion: Discretion = Discretion.NONE


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a revision reaches: who runs what, under which tiers, as of a day.

    ``days`` are the effective days by tier. ``versions`` stand in for the stored targets, for what
    is not announced yet.
    """

    product: str
    days: tuple[tuple[str, date], ...]
    today: date
    deprecation_id: int = 0
    number: int = 0
    feature: str | None = None
    whole_product: bool = False
    versions: tuple[str, ...] | None = None
    discretion: Discretion = Discretion.NONE

    @property
    def form(self) -> Form:
        """What of it decides which statement is asked."""
        return Form(self._concern, len(self.days), self.discretion)

    @property
    def _concern(self) -> Concern:
        if self.whole_product:
            return Concern.ANY_VERSION
        if self.feature is not None:
            return Concern.FEATURE
        return Concern.TARGETS if self.versions is None else Concern.VERSIONS

    @property
    def values(self) -> dict[str, Any]:
        """The values of the parameters of a statement in its form.

        The tier with the earliest day has the first place.
        """
        since = datetime.combine(add_days(self.today, -UNSEEN_DAYS), time(), UTC)
        values = {
            PRODUCT.key: self.product,
            TOPIC.key: f"product:{self.product}",
            TODAY.key: self.today,
            UNSEEN_SINCE.key: since,
            DEPRECATION.key: self.deprecation_id,
            NUMBER.key: self.number,
        }
        if self.feature is not None:
            values[FEATURE.key] = self.feature
        if self.versions is not None:
            values[VERSIONS.key] = msgspec.json.encode(self.versions).decode()
        for place, (tier, day) in enumerate(sorted(self.days, key=lambda day: (day[1], day[0]))):
            values |= {tier_at(place).key: tier, day_at(place).key: day}
        return values


async def scope_of(
    session: AsyncSession,
    deprecation: Deprecation,
    revision: Revision,
    *,
    today: date,
) -> Scope:
    """Return whom a revision reaches on a day."""
    return await scope_from(
        session,
        content_of(revision),
        revision.days,
        today=today,
        deprecation_id=deprecation.id,
        number=revision.number,
    )


async def scope_from(
    session: AsyncSession,
    content: DeprecationIn,
    days: Mapping[str, str | date],
    *,
    today: date,
    deprecation_id: int = 0,
    number: int = 0,
    versions: tuple[str, ...] | None = None,
) -> Scope:
    """Return whom a deprecation would reach; a feature reaches only the tiers that have it."""
    read = msgspec.convert(dict(days), dict[str, date])
    product = select(Product.public).where(Product.slug == content.product)
    discretion = Discretion.NONE if await session.scalar(product) else Discretion.PRODUCT
    if content.feature is not None:
        statement = (
            select(Feature.tiers, Feature.public)
            .join(Product, Product.id == Feature.product_id)
            .where(Product.slug == content.product, Feature.key == content.feature)
        )
        having, is_public = (await session.execute(statement)).one_or_none() or (None, True)
        read = {tier: day for tier, day in read.items() if having is None or tier in having}
        discretion = discretion if is_public else Discretion.FEATURE
    return Scope(
        deprecation_id=deprecation_id,
        number=number,
        product=content.product,
        days=tuple(read.items()),
        today=today,
        feature=content.feature,
        whole_product=content.whole_product,
        versions=versions,
        discretion=discretion,
    )
