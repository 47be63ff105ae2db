"""Which accounts a deprecation affects, surely or possibly (rule 3.4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import (
    Date,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.catalogue.models import Feature, Product
from lifecycle.database.json_arrays import holds
from lifecycle.deprecations.models import Target
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import Affected
from notifications.models import Subscription, SubscriptionState, SubscriptionTopic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.models import Deprecation, Revision

UNSEEN_DAYS: Final = 90
_SURELY: Final = literal(Affected.YES, String())
_POSSIBLY: Final = literal(Affected.POSSIBLY, String())
GONE: Final = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.REMOVED)


class Part(NamedTuple):
    """The accounts whose numbers lie above one and not above another, or what stands for these."""

    above: int | BindParameter[int]
    up_to: int | BindParameter[int]


_NUMBER: Final = Account.id.type
ANY_PART: Final = Part(bindparam("above", type_=_NUMBER), bindparam("up_to", type_=_NUMBER))
"""A part that a statement is told when it runs, so that it need not be built for each."""


Accounts: TypeAlias = "Part | frozenset[int]"
"""Some accounts: a range of their numbers, or the numbers themselves."""


def among(number: Any, accounts: Accounts) -> ColumnElement[bool]:
    """Return whether an account's number is one of some accounts'."""
    if isinstance(accounts, Part):
        return and_(number > accounts.above, number <= accounts.up_to)
    within: ColumnElement[bool] = number.in_(accounts)
    return within


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

    @property
    def tiers(self) -> list[str]:
        """The tiers, the one with the earliest day first."""
        return [tier for tier, _ in sorted(self.days, key=lambda day: (day[1], day[0]))]


async def scope_of(
    session: AsyncSession,
    deprecation: Deprecation,
    revision: Revision,
    *,
    today: date,
) -> Scope:
    """Say whom a revision reaches on a day."""
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
    """Say whom a deprecation would reach; a feature reaches only the tiers that have it."""
    read = msgspec.convert(dict(days), dict[str, date])
    if content.feature is not None:
        having = await session.scalar(
            select(Feature.tiers)
            .join(Product, Product.id == Feature.product_id)
            .where(Product.slug == content.product, Feature.key == content.feature)
        )
        read = {tier: day for tier, day in read.items() if having is None or tier in having}
    return Scope(
        deprecation_id=deprecation_id,
        number=number,
        product=content.product,
        days=tuple(read.items()),
        today=today,
        feature=content.feature,
        whole_product=content.whole_product,
        versions=versions,
    )


def audience_of(scope: Scope, part: Accounts | None = None) -> Select[Any]:
    """Select the accounts a revision affects: surely, by what they run, or possibly, and why.

    The columns are ``account_id``, ``owner``, ``tier``, ``affected``, ``why_possibly`` and
    ``effective_on``; the earliest of an account's several days. Without a part all accounts count.
    """
    reasoned = _reasoned(scope, _placed(scope, _with_tiers(scope.today, part)))
    place = func.coalesce(reasoned.c.surely, reasoned.c.unsure, reasoned.c.own)
    days = dict(enumerate(sorted(day for _, day in scope.days)))
    return select(
        reasoned.c.id.label("account_id"),
        reasoned.c.slug.label("owner"),
        _mapped(place, dict(enumerate(scope.tiers)), String()).label("tier"),
        case((reasoned.c.surely.is_not(None), _SURELY), else_=_POSSIBLY).label("affected"),
        reasoned.c.why_possibly,
        _mapped(place, days, Date()).label("effective_on"),
    ).where(or_(reasoned.c.surely.is_not(None), reasoned.c.why_possibly.is_not(None)))


def running(scope: Scope) -> Select[int, str]:
    """Select the accounts that run something affected, once for each tier under which they do."""
    tier = instance_tier(tier_of(Instance.account_id, scope.today))
    statement = select(Instance.account_id, tier.label("tier")).where(
        Instance.product == scope.product, _runs_affected(scope), tier.in_(scope.tiers)
    )
    return statement.distinct()


def instance_tier(of_account: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the tier under which an instance runs: its own goes before its account's."""
    return func.coalesce(Instance.tier, of_account)


def tier_of(account_id: Any, today: date) -> ColumnElement[str]:
    """Return the tier an account has on a day; before its first known one, that one."""
    history = select(AccountTier.tier).where(AccountTier.account_id == account_id).limit(1)
    current = history.where(AccountTier.from_day <= today).order_by(AccountTier.from_day.desc())
    first = history.order_by(AccountTier.from_day)
    return func.coalesce(current.scalar_subquery(), first.scalar_subquery())


# The costly steps are materialised, or the stores would work their expressions out again wherever
# the next step names them.
def _with_tiers(today: date, part: Accounts | None) -> Any:
    statement = select(Account.id, Account.slug, tier_of(Account.id, today).label("tier"))
    if part is not None:
        statement = statement.where(among(Account.id, part))
    return statement.cte("accounts_on_the_day").prefix_with("MATERIALIZED")


def _placed(scope: Scope, accounts: Any) -> Any:
    """Find the place of each account's tier among the deprecation's, the earliest day first."""
    # Wrapped, or SQLite would look through all instances of the product for every account, instead
    # of through the account's own.
    product = func.coalesce(Instance.product, "")

    def first(matching: ColumnElement[bool]) -> ScalarSelect[int]:
        return (
            select(func.min(_place(scope, instance_tier(accounts.c.tier))))
            .where(Instance.account_id == accounts.c.id, product == scope.product)
            .where(matching)
            .scalar_subquery()
        )

    unsure: ColumnElement[Any] = cast(null(), Instance.id.type)
    if scope.feature is not None:
        unsure = first(Instance.features.is_(None))
    return (
        select(
            accounts.c.id,
            accounts.c.slug,
            _place(scope, accounts.c.tier).label("own"),
            first(_runs_affected(scope)).label("surely"),
            unsure.label("unsure"),
        )
        .cte("accounts_placed")
        .prefix_with("MATERIALIZED")
    )


def _reasoned(scope: Scope, placed: Any) -> Any:
    """Say of those that run nothing affected why they may be affected all the same."""
    since = datetime.combine(scope.today, time(), UTC) - timedelta(days=UNSEEN_DAYS)
    seen_recently = or_(Instance.last_seen.is_(None), Instance.last_seen >= since)
    # No EXISTS: PostgreSQL would rather read all instances, and do so again for every chunk.
    any_seen = select(func.max(case((seen_recently, 1), else_=0))).where(
        Instance.account_id == placed.c.id
    )
    seen_at_all = func.coalesce(any_seen.scalar_subquery(), -1)
    subscribed = (
        exists()
        .where(Subscription.owner == placed.c.slug, Subscription.state.not_in(GONE))
        .where(SubscriptionTopic.subscription_id == Subscription.id)
        .where(SubscriptionTopic.topic == f"product:{scope.product}")
    )
    why = case(
        (placed.c.surely.is_not(None), null()),
        (placed.c.unsure.is_not(None), "no_features"),
        (placed.c.own.is_(None), null()),
        (subscribed, "subscribed"),
        else_=case({-1: "no_instances", 0: "not_seen"}, value=seen_at_all),
    )
    return select(placed, cast(why, String()).label("why_possibly")).subquery()


def _runs_affected(scope: Scope) -> ColumnElement[bool]:
    if scope.whole_product:
        return Instance.version.is_not(None)
    if scope.feature is not None:
        return holds(Instance.features, literal(scope.feature, String()))
    if scope.versions is not None:
        array = msgspec.json.encode(scope.versions).decode()
        return holds(literal(array, String()), Instance.version)
    targets = select(Target.version).where(
        Target.deprecation_id == scope.deprecation_id, Target.number == scope.number
    )
    return Instance.version.in_(targets)


def _place(scope: Scope, tier: ColumnElement[Any]) -> ColumnElement[Any]:
    places = {tier: place for place, tier in enumerate(scope.tiers)}
    return _mapped(tier, places, Instance.id.type)


def _mapped(value: ColumnElement[Any], table: Mapping[Any, Any], kind: Any) -> ColumnElement[Any]:
    if not table:
        return cast(null(), kind)
    return case({key: literal(mapped, kind) for key, mapped in table.items()}, value=value)
