"""Which accounts a deprecation affects, surely or possibly (rule 3.4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Date,
    String,
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
from lifecycle.database.json_arrays import elements, holds
from lifecycle.deprecations.audience.revision_scopes import (
    DEPRECATION,
    FEATURE,
    NUMBER,
    PRODUCT,
    TODAY,
    TOPIC,
    UNSEEN_SINCE,
    VERSIONS,
    Among,
    Concern,
    Discretion,
    day_at,
    tier_at,
)
from lifecycle.deprecations.models import Target
from lifecycle.deprecations.states import Affected
from notifications.models import Subscription, SubscriptionState, SubscriptionTopic

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select

    from lifecycle.deprecations.audience.revision_scopes import Form

_SURELY: Final = literal(Affected.YES, String())
_POSSIBLY: Final = literal(Affected.POSSIBLY, String())
# Wrapped, or SQLite would look through all instances of the product for every account, instead of
# through the account's own.
_OF_PRODUCT: Final = func.coalesce(Instance.product, "") == PRODUCT
UNSURE: Final = ("no_features", "unknown_features")
"""Why an account may use any feature: what an instance reports leaves that open."""
GONE: Final = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.REMOVED)


@lru_cache(maxsize=64)
def audience_of(form: Form, among: Among = Among.ALL) -> Select[Any]:
    """Select the accounts a revision affects: surely, by what they run, or possibly, and why.

    The columns are ``account_id``, ``owner``, ``tier``, ``affected``, ``why_possibly`` and
    ``effective_on``; the earliest of an account's several days. The values are a scope's.
    """
    reasoned = _reasoned(form.discretion, _placed(form, _with_tiers(among)))
    place = func.coalesce(reasoned.c.surely, reasoned.c.unsure, reasoned.c.own)
    places = range(form.tiers)
    return select(
        reasoned.c.id.label("account_id"),
        reasoned.c.slug.label("owner"),
        _mapped(place, {number: tier_at(number) for number in places}, String()).label("tier"),
        case((reasoned.c.surely.is_not(None), _SURELY), else_=_POSSIBLY).label("affected"),
        reasoned.c.why_possibly,
        _mapped(place, {number: day_at(number) for number in places}, Date()).label("effective_on"),
    ).where(or_(reasoned.c.surely.is_not(None), reasoned.c.why_possibly.is_not(None)))


@lru_cache(maxsize=64)
def running(form: Form) -> Select[int, str]:
    """Select the accounts that run something affected, once for each tier under which they do."""
    tier = instance_tier(tier_of(Instance.account_id, TODAY))
    tiers = [tier_at(place) for place in range(form.tiers)]
    statement = select(Instance.account_id, tier.label("tier")).where(
        Instance.product == PRODUCT, _runs_affected(form.concern), tier.in_(tiers)
    )
    return statement.distinct()


def instance_tier(of_account: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the tier under which an instance runs: its own goes before its account's."""
    return func.coalesce(Instance.tier, of_account)


def tier_of(account_id: Any, today: date | BindParameter[date]) -> ColumnElement[str]:
    """Return the tier an account has on a day; before its first known one, that one."""
    history = select(AccountTier.tier).where(AccountTier.account_id == account_id).limit(1)
    current = history.where(AccountTier.from_day <= today).order_by(AccountTier.from_day.desc())
    first = history.order_by(AccountTier.from_day)
    return func.coalesce(current.scalar_subquery(), first.scalar_subquery())


# The costly steps are materialised, or the stores would work their expressions out again wherever
# the next step names them.
def _with_tiers(among: Among) -> Any:
    statement = select(Account.id, Account.slug, tier_of(Account.id, TODAY).label("tier"))
    if among is not Among.ALL:
        statement = statement.where(among.includes(Account.id))
    return statement.cte("accounts_on_the_day").prefix_with("MATERIALIZED")


def _placed(form: Form, accounts: Any) -> Any:
    """Find the place of each account's tier among the deprecation's, the earliest day first."""

    def first(matching: ColumnElement[bool]) -> ScalarSelect[int]:
        return (
            select(func.min(_place(form, instance_tier(accounts.c.tier))))
            .where(Instance.account_id == accounts.c.id, _OF_PRODUCT)
            .where(matching)
            .scalar_subquery()
        )

    unsure: ColumnElement[Any] = cast(null(), Instance.id.type)
    silent = unsure
    if form.concern is Concern.FEATURE:
        silent = first(Instance.features.is_(None))
        unsure = first(or_(Instance.features.is_(None), _reports_unknown_feature()))
    return (
        select(
            accounts.c.id,
            accounts.c.slug,
            _place(form, accounts.c.tier).label("own"),
            first(_runs_affected(form.concern)).label("surely"),
            unsure.label("unsure"),
            silent.label("silent"),
        )
        .cte("accounts_placed")
        .prefix_with("MATERIALIZED")
    )


def _reasoned(discretion: Discretion, placed: Any) -> Any:
    """Say of those that run nothing affected why they may be affected all the same.

    What is not public is kept from those who are not known to run it.
    """
    if discretion is Discretion.FEATURE:
        return select(placed, cast(null(), String()).label("why_possibly")).subquery()
    seen_recently = or_(Instance.last_seen.is_(None), Instance.last_seen >= UNSEEN_SINCE)
    # No EXISTS: PostgreSQL would rather read all instances, and do so again for every chunk.
    any_seen = select(func.max(case((seen_recently, 1), else_=0))).where(
        Instance.account_id == placed.c.id
    )
    seen_at_all = func.coalesce(any_seen.scalar_subquery(), -1)
    subscribed = (
        exists()
        .where(Subscription.owner == placed.c.slug, Subscription.state.not_in(GONE))
        .where(SubscriptionTopic.subscription_id == Subscription.id)
        .where(SubscriptionTopic.topic == TOPIC)
    )
    unreported = case({-1: "no_instances", 0: "not_seen"}, value=seen_at_all)
    if discretion is Discretion.PRODUCT:
        running = select(func.max(Instance.id)).where(
            Instance.account_id == placed.c.id, _OF_PRODUCT
        )
        unreported = case((running.scalar_subquery().is_not(None), unreported))
    why = case(
        (placed.c.surely.is_not(None), null()),
        (placed.c.silent.is_not(None), "no_features"),
        (placed.c.unsure.is_not(None), "unknown_features"),
        (placed.c.own.is_(None), null()),
        (subscribed, "subscribed"),
        else_=unreported,
    )
    return select(placed, cast(why, String()).label("why_possibly")).subquery()


def _reports_unknown_feature() -> ColumnElement[bool]:
    """Whether an instance reports a feature that the product lacks: it may mean any of them."""
    reported = elements(Instance.features).table_valued("value", name="reported")
    keys = select(Feature.key).join(Product, Product.id == Feature.product_id)
    return (
        select(reported.c.value)
        .where(reported.c.value.not_in(keys.where(Product.slug == PRODUCT)))
        .exists()
    )


def _runs_affected(concern: Concern) -> ColumnElement[bool]:
    if concern is Concern.ANY_VERSION:
        return Instance.version.is_not(None)
    if concern is Concern.FEATURE:
        return holds(Instance.features, FEATURE)
    if concern is Concern.VERSIONS:
        return holds(VERSIONS, Instance.version)
    targets = select(Target.version).where(
        Target.deprecation_id == DEPRECATION, Target.number == NUMBER
    )
    return Instance.version.in_(targets)


def _place(form: Form, tier: ColumnElement[Any]) -> ColumnElement[Any]:
    kind = Instance.id.type
    return _mapped(tier, {tier_at(n): literal(n, kind) for n in range(form.tiers)}, kind)


def _mapped(value: ColumnElement[Any], table: dict[Any, Any], kind: Any) -> ColumnElement[Any]:
    return case(table, value=value) if table else cast(null(), kind)
