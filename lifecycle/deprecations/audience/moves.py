"""What has become of recipients: they move away or return, turn out affected, lose addresses."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, and_, case, cast, func, literal, null, or_, select, update

from lifecycle.accounts.models import Account
from lifecycle.audit.actions import append
from lifecycle.audit.models import AuditEntry
from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.queries import zone_for
from lifecycle.deprecations.audience.affected import UNSURE, audience_of
from lifecycle.deprecations.audience.revision_scopes import DEPRECATION, Discretion, Listed
from lifecycle.deprecations.models import Recipient
from lifecycle.deprecations.states import Affected
from notifications.models import Subscription, SubscriptionState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.deprecations.audience.revision_scopes import Accounts, Among, Form, Scope

_REPORTS: Final = ("instance.added", "instance.changed", "instance.removed")
_WHAT_RUNS: Final = {"product", "version", "tier", "features"}


async def note_moves(
    session: AsyncSession, scope: Scope, accounts: Accounts, *, by: By, uid: str
) -> None:
    """Note which recipients among accounts have moved, have returned, or are affected after all.

    One that runs something affected is no longer only possibly affected; the day announced to it
    stands. One possibly affected has moved once nothing speaks for it any more; nobody has whose
    report leaves open whether it uses the feature, and why it does is noted. A recipient has moved
    on the day on which it reported that, however much later this looks.
    """
    values = scope.values | accounts.values
    rows = (await session.execute(_changed(scope.form, accounts.among), values)).all()
    moved = [row for row in rows if row.moved_on is None and row.gone]
    returned = [row for row in rows if row.moved_on is not None and not row.gone]
    sure = [row for row in rows if row.surely]
    for day, leavers in (await _by_day_reported(session, scope, moved, by.at)).items():
        await _set(session, scope, leavers, moved_on=day)
    await _set(session, scope, returned, moved_on=None)
    await _set(session, scope, sure, affected=Affected.YES, why_possibly=None)
    for why in (None, *UNSURE):
        left_open = [row for row in rows if row.is_other_why and row.why == why]
        await _set(session, scope, left_open, why_possibly=why)
    for action, changed in (("recipients.moved", moved), ("recipients.returned", returned)):
        if changed:
            slugs = [row.slug for row in changed]
            details = {"accounts": len(slugs), "accounts_sha256": digest(slugs)}
            append(session, by, action, uid, product=scope.product, details=details)


async def find_unnoted(session: AsyncSession, scope: Scope, accounts: frozenset[int]) -> set[int]:
    """Return those of some recipients that have moved or returned, which is not noted yet."""
    listed = Listed(accounts)
    values = scope.values | listed.values
    rows = await session.execute(_changed(scope.form, listed.among), values)
    return {row.account_id for row in rows if row.gone == (row.moved_on is None)}


async def _by_day_reported(
    session: AsyncSession, scope: Scope, moved: Sequence[Any], now: datetime
) -> dict[date, list[Any]]:
    """Group recipients that have moved by the local day of the last report of what they run.

    Those that have reported nothing since they were found, such as one not seen for long, have
    moved today.
    """
    if not moved:
        return {}
    product = await session.scalar(select(Product.id).where(Product.slug == scope.product))
    zone = await zone_for(session, product or 0, now)
    entries = (
        select(AuditEntry.at, AuditEntry.subject, AuditEntry.action, AuditEntry.details)
        .where(AuditEntry.product == scope.product, AuditEntry.action.in_(_REPORTS))
        .where(AuditEntry.at >= datetime.combine(min(row.found_on for row in moved), time(), UTC))
        .order_by(AuditEntry.seq)
    )
    reported = {
        entry.subject.split("/")[0]: local_day(entry.at, zone)
        for entry in await session.execute(entries)
        if entry.action != "instance.changed" or _WHAT_RUNS & entry.details["after"].keys()
    }
    days: dict[date, list[Any]] = {}
    for row in moved:
        day = reported.get(row.slug, scope.today)
        days.setdefault(min(day, scope.today), []).append(row)
    return days


async def note_addresses(session: AsyncSession, scope: Scope, accounts: Accounts) -> None:
    """Record of each recipient among accounts why it cannot be told, or that it can."""
    values = {DEPRECATION.key: scope.deprecation_id, **accounts.values}
    changed = await session.execute(_with_other_addresses(accounts.among), values)
    rows = [dict(row._mapping) for row in changed]  # noqa: SLF001 - public
    if rows:
        key = {"deprecation_id": scope.deprecation_id}
        await session.execute(update(Recipient), [key | row for row in rows])


@cache
def _with_other_addresses(among: Among) -> Select[int, str]:
    """Select the recipients among accounts for whom something else is recorded than holds now."""
    reason = why_unreachable(Account.slug)
    return (
        select(Recipient.account_id, reason.label("why_not"))
        .join(Account, Account.id == Recipient.account_id)
        .where(*_recipients(among), Recipient.why_not.is_distinct_from(reason))
    )


def why_unreachable(owner: Any) -> ColumnElement[str]:
    """Return why an owner cannot be notified: it has no active address. NULL where it has one."""
    ranks = {
        SubscriptionState.ACTIVE: 0,
        SubscriptionState.DISABLED: 1,
        SubscriptionState.PAUSED: 2,
        SubscriptionState.PENDING: 3,
        SubscriptionState.UNSUBSCRIBED: 4,
    }
    own = Subscription.owner == owner
    # No EXISTS: PostgreSQL would rather read all subscriptions, and do so again for every chunk.
    nearest = select(func.min(case(ranks, value=Subscription.state))).where(own).scalar_subquery()
    disabled = and_(own, Subscription.state == SubscriptionState.DISABLED)
    cause = select(func.min(Subscription.disabled_reason)).where(disabled).scalar_subquery()
    reason = case(
        {
            0: null(),
            1: func.coalesce(literal("disabled: ") + cause, "disabled"),
            2: literal("paused"),
            3: literal("not confirmed"),
            4: literal("unsubscribed"),
        },
        value=nearest,
        else_=literal("no subscription"),
    )
    return cast(reason, String())


def digest(owners: Sequence[str]) -> str:
    """Return the digest that evidence keeps of a set of accounts."""
    return hashlib.sha256("\n".join(sorted(owners)).encode()).hexdigest()


@lru_cache(maxsize=64)
def _changed(form: Form, among: Among) -> Select[Any]:
    """Select the recipients that are no longer what they are recorded to be."""
    is_hidden = form.discretion is Discretion.FEATURE
    # Who was known to use a feature that is not public is asked about as if it were.
    public_form = form._replace(discretion=Discretion.PRODUCT) if is_hidden else form
    audience = audience_of(public_form, among).cte("audience").prefix_with("MATERIALIZED")
    is_surely = func.coalesce(audience.c.affected, "") == Affected.YES
    is_unsure = func.coalesce(audience.c.why_possibly, "").in_(UNSURE)
    has_gone = case(
        (Recipient.affected == Affected.YES, ~or_(is_surely, is_unsure)),
        else_=~is_surely if is_hidden else audience.c.account_id.is_(None),
    )
    surely = and_(Recipient.affected == Affected.POSSIBLY, is_surely)
    why = case((and_(is_unsure, ~is_surely), audience.c.why_possibly))
    is_other_why = and_(
        Recipient.affected == Affected.YES, Recipient.why_possibly.is_distinct_from(why)
    )
    changed: Any = (
        select(
            Recipient.account_id,
            Recipient.moved_on,
            Recipient.found_on,
            Account.slug,
            has_gone.label("gone"),
            surely.label("surely"),
            is_other_why.label("is_other_why"),
            why.label("why"),
        )
        .join(Account, Account.id == Recipient.account_id)
        .outerjoin(audience, audience.c.account_id == Recipient.account_id)
        .where(*_recipients(among))
        .where(or_(has_gone == Recipient.moved_on.is_(None), surely, is_other_why))
    )
    return changed  # type: ignore[no-any-return]


def _recipients(among: Among) -> Sequence[ColumnElement[bool]]:
    return Recipient.deprecation_id == DEPRECATION, among.includes(Recipient.account_id)


async def _set(session: AsyncSession, scope: Scope, rows: Sequence[Any], **values: Any) -> None:
    if rows:
        changed = (
            update(Recipient)
            .where(Recipient.deprecation_id == scope.deprecation_id)
            .where(Recipient.account_id.in_([row.account_id for row in rows]))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        await session.execute(changed)
