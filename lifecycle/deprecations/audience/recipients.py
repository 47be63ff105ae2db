"""What becomes of a deprecation's recipients day by day: who joins, who moves, who has read it."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Integer, bindparam, exists, func, or_, select

from lifecycle.accounts.models import Account
from lifecycle.audit.actions import append
from lifecycle.catalogue.models import Product
from lifecycle.deprecations.audience import moves
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.delivery_queue import deliver
from lifecycle.deprecations.audience.fan_out import CHUNK, FINDING
from lifecycle.deprecations.audience.new_recipients import add_recipients
from lifecycle.deprecations.audience.revision_scopes import (
    DEPRECATION,
    TODAY,
    Listed,
    Part,
    scope_of,
)
from lifecycle.deprecations.audience.targets import write_targets
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.deprecations.queries import acknowledgement, content_of, latest
from lifecycle.deprecations.states import Affected, NoticeState, State
from lifecycle.errors import NotFound
from notifications.models import Delivery, Subscription, SubscriptionState
from notifications.outbox import is_meant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.audience.revision_scopes import Accounts, Among, Form, Scope

FOLLOWED_FOR: Final = timedelta(days=365)
"""So long after its last effective day it is still noted who joins a deprecation or moves away."""
SHOWN: Final = 100
_STANDING: Final = Notice.milestone.in_(FINDING) & (Notice.state == NoticeState.FILLED)
_MOST: Final = bindparam("most", type_=Integer())
_NOTICE: Final = bindparam("standing_notice", type_=Notice.id.type)


class UnknownNotice(NotFound):
    """No notice with this id was sent to the account."""


class Untold(msgspec.Struct, frozen=True):
    """An affected account that has neither a delivery nor a recorded reason."""

    deprecation: str
    account: str
    fault: str


async def standing_notice(session: AsyncSession, deprecation: Deprecation) -> Notice | None:
    """Return the latest standing notice of a deprecation that has reached its audience."""
    statement = (
        select(Notice)
        .where(Notice.deprecation_id == deprecation.id, Notice.number == deprecation.number)
        .where(_STANDING)
    )
    return await session.scalar(statement)


async def follow(
    session: AsyncSession,
    deprecation: Deprecation,
    loaded: Loaded,
    *,
    by: By,
    today: date,
    after: int = 0,
    chunk: int = CHUNK,
) -> int | None:
    """Follow what has become of the next accounts after a number; give the last one's number.

    Those who joined (by version, tier or subscription) get the standing notice, those who moved
    away are noted. Each call wants a transaction of its own; None says that no account is left.
    """
    notice = await standing_notice(session, deprecation)
    if notice is None or deprecation.state != State.ANNOUNCED:
        return None
    numbers = select(Account.id).where(Account.id > after).order_by(Account.id).limit(chunk)
    up_to = await session.scalar(select(func.max(numbers.subquery().c.id)))
    if up_to is None:
        return None
    revision = await latest(session, deprecation)
    if after == 0:
        await write_targets(session, deprecation, revision.number, content_of(revision), loaded)
    scope = await scope_of(session, deprecation, revision, today=today)
    await _follow(session, deprecation, notice, scope, Part(after, up_to), by=by)
    return int(up_to)


async def follow_few(
    session: AsyncSession,
    deprecation: Deprecation,
    loaded: Loaded,
    accounts: Collection[int],
    *,
    by: By,
    today: date,
) -> None:
    """Follow as ``follow`` does what has become of a few accounts, by their numbers."""
    notice = await standing_notice(session, deprecation)
    if notice is None or deprecation.state != State.ANNOUNCED:
        return
    revision = await latest(session, deprecation)
    await write_targets(session, deprecation, revision.number, content_of(revision), loaded)
    scope = await scope_of(session, deprecation, revision, today=today)
    await _follow(session, deprecation, notice, scope, Listed(accounts), by=by)


async def _follow(
    session: AsyncSession,
    deprecation: Deprecation,
    notice: Notice,
    scope: Scope,
    accounts: Accounts,
    *,
    by: By,
) -> None:
    """Note who moved, returned or is affected now; notify who came, or subscribed, later."""
    await moves.note_moves(session, scope, accounts, by=by, uid=deprecation.uid)
    await add_recipients(session, scope, accounts, joining=True)
    await moves.note_addresses(session, scope, accounts)
    await deliver(
        session,
        deprecation,
        notice,
        _untold_addresses(scope.product, accounts.among),
        values=scope.values | accounts.values | {_NOTICE.key: notice.id},
        product=scope.product,
        by=by,
    )


async def acknowledge(
    session: AsyncSession, account: Account, notice_uid: str, *, by: By, now: datetime
) -> Recipient:
    """Record that a person has read a notice, for which the first time counts.

    A recipient keeps when it last read one that was new to it; each is in the log.
    """
    statement = (
        select(Recipient, Deprecation, Product.slug, Notice)
        .join(Notice, Notice.deprecation_id == Recipient.deprecation_id)
        .join(Deprecation, Deprecation.id == Recipient.deprecation_id)
        .join(Product, Product.id == Deprecation.product_id)
        .where(Notice.uid == notice_uid, Recipient.account_id == account.id)
        .where(exists().where(Delivery.notice_id == Notice.id, Delivery.owner == account.slug))
        .with_for_update(of=Recipient)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise UnknownNotice(f"{account.slug} was sent no notice {notice_uid[:100]!r}.")
    recipient, deprecation, product, notice = row
    read_at = recipient.acknowledged_at
    if not acknowledgement(read_at, created_at=notice.created_at, due_at=notice.due_at):
        recipient.acknowledged_at = now
        recipient.acknowledged_by = by.actor
        details = {"account": account.slug, "notice": notice_uid}
        append(
            session, by, "notice.acknowledged", deprecation.uid, product=product, details=details
        )
    target: Recipient = recipient
    return target


async def nightly_check(
    session: AsyncSession, product: Product, *, today: date, since: date | None = None
) -> list[Untold]:
    """List affected accounts with neither a delivery nor a recorded reason, at most 100.

    A deprecation whose standing notice is still being filled is left to the next night, one whose
    last effective day lies before ``since`` alone.
    """
    is_filled = exists().where(
        Notice.deprecation_id == Deprecation.id, Notice.number == Deprecation.number, _STANDING
    )
    newest = (Revision.deprecation_id == Deprecation.id) & (Revision.number == Deprecation.number)
    announced = (
        select(Deprecation, Revision)
        .join(Revision, newest)
        .where(Deprecation.product_id == product.id, Deprecation.state == State.ANNOUNCED)
        .where(is_filled, select(Account.id).exists())
        .order_by(Deprecation.id)
    )
    if since is not None:
        announced = announced.where(Deprecation.last_effective_on >= since)
    failures: list[Untold] = []
    for deprecation, revision in (await session.execute(announced)).all():
        scope = await scope_of(session, deprecation, revision, today=today)
        values = scope.values | {_MOST.key: SHOWN - len(failures)}
        rows = await session.execute(_untold(scope.form), values)
        failures += [
            Untold(
                deprecation.uid,
                row.owner,
                "is not a recipient"
                if row.account_id is None
                else "has neither a delivery nor a recorded reason",
            )
            for row in rows
        ]
        if len(failures) >= SHOWN:
            break
    return failures


@lru_cache(maxsize=64)
def _untold(form: Form) -> Select[Any]:
    audience = audience_of(form).cte("audience").prefix_with("MATERIALIZED")
    has_delivery = exists().where(
        Delivery.owner == audience.c.owner, Delivery.thread == DEPRECATION
    )
    # Who moved away and only may be affected since needs no telling: that it moved is the reason.
    unexcused = Recipient.why_not.is_(None) & Recipient.moved_on.is_(None)
    is_recipient = (Recipient.account_id == audience.c.account_id) & (
        Recipient.deprecation_id == DEPRECATION
    )
    untold: Select[Any] = (
        select(audience.c.owner, Recipient.account_id)
        .outerjoin(Recipient, is_recipient)
        .where(or_(audience.c.affected == Affected.YES, audience.c.effective_on > TODAY))
        .where(or_(Recipient.account_id.is_(None), unexcused & ~has_delivery))
        .order_by(audience.c.account_id)
        .limit(_MOST)
    )
    return untold


@lru_cache(maxsize=64)
def _untold_addresses(product: str, among: Among) -> Select[Any]:
    """Select the recipients among accounts with an address that would get the standing notice.

    An address that is muted for the product lacks nothing while another of the account is told.
    """
    lacking = (
        exists()
        .where(Subscription.owner == Account.slug)
        .where(Subscription.state == SubscriptionState.ACTIVE)
        .where(is_meant(f"product:{product}"))
        .where(
            ~exists().where(
                Delivery.notice_id == _NOTICE, Delivery.subscription_id == Subscription.id
            )
        )
        .correlate(Account)
    )
    statement: Select[Any] = (
        select(Account.slug.label("owner"))
        .join(Recipient, Recipient.account_id == Account.id)
        .where(Recipient.deprecation_id == DEPRECATION, Recipient.moved_on.is_(None))
        .where(among.includes(Recipient.account_id))
        .where(or_(Recipient.affected == Affected.YES, Recipient.effective_on > TODAY), lacking)
    )
    return statement
