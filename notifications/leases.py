"""A worker holds deliveries for a while, and notes what came of them while it still holds them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import ColumnElement, Row, func, or_, select, update

from notifications import outbox
from notifications.messages import Leased
from notifications.models import (
    Delivery,
    Subscription,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Vault

    Room: TypeAlias = Callable[[str], int]

LENGTH = timedelta(minutes=2)
COLUMNS = (
    Delivery.id,
    Delivery.kind,
    Delivery.notice_id,
    Delivery.thread,
    Delivery.owner,
    Delivery.tries,
    Delivery.created_at,
    Delivery.first_tried_at,
    Delivery.target,
    Delivery.details,
    Subscription.id.label("subscription_id"),
    Subscription.uid,
    Subscription.channel,
    Subscription.address,
    Subscription.secret,
    Subscription.former_secret,
    Subscription.former_secret_until,
    Subscription.failing_since,
)
FREE = {"lease_owner": None, "lease_until": None}


async def lease(  # noqa: PLR0913 -- keyword-only ones read well
    session: AsyncSession,
    owner: str,
    *,
    now: datetime,
    limit: int,
    vault: Vault | None,
    length: timedelta = LENGTH,
    busy: Collection[str] = (),
    room: Room | None = None,
) -> list[Leased]:
    """Take what is due, the longest due first; at most ``room(target)`` of each target.

    ``due_at`` is compared with our clock, leases with the database's where it has one. What a
    vault cannot open is left out of the lease's ``secrets``, or of its ``address``.
    """
    found = (
        select(*COLUMNS)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(Delivery.due_at <= now, _free(session, now, length))
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    if busy:
        found = found.where(Delivery.target.not_in(busy))
    rows = _within(room, (await session.execute(found)).all())
    if rows:
        held = {"lease_owner": owner, "lease_until": _until(session, now, length)}
        taken = update(Delivery).where(Delivery.id.in_([row.id for row in rows]))
        await outbox.change(session, taken.values(**held))
    return [_leased(row, vault, now) for row in rows]


async def give_back(
    session: AsyncSession,
    owner: str,
    deliveries: Collection[int] | None = None,
    *,
    due_at: datetime | None = None,
) -> int:
    """Let others have these, or all that this worker holds; not before ``due_at``, if given."""
    mine = Delivery.lease_owner == owner
    if deliveries is not None:
        mine = mine & Delivery.id.in_(deliveries)
    values: dict[str, Any] = dict(FREE)
    if due_at is not None:
        mine = mine & Delivery.due_at.is_not(None)
        values["due_at"] = due_at
    freed = update(Delivery).where(Delivery.id.in_(outbox.in_order(mine)))
    return await outbox.change(session, freed.values(**values))


def _until(session: AsyncSession, now: datetime, length: timedelta) -> Any:
    if session.get_bind().dialect.name == "sqlite":
        return now + length
    return func.now() + length


def _free(session: AsyncSession, now: datetime, length: timedelta) -> ColumnElement[bool]:
    """Select what nobody holds; a lease longer than any was taken before a clock jumped back."""
    until = Delivery.lease_until
    if session.get_bind().dialect.name == "sqlite":
        return or_(until.is_(None), until < now, until > now + length)
    return or_(until.is_(None), until < func.now())


def _within(room: Room | None, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    if room is None:
        return list(rows)
    left: dict[str, int] = {}
    taken = []
    for row in rows:
        left.setdefault(row.target, room(row.target))
        if left[row.target] > 0:
            left[row.target] -= 1
            taken.append(row)
    return taken


def _leased(row: Row[Any], vault: Vault | None, now: datetime) -> Leased:
    stored = [row.secret]
    if row.former_secret_until is not None and row.former_secret_until > now:
        stored.append(row.former_secret)
    address = _opened(vault, row.address) if row.channel == "chat" else row.address
    return Leased(
        delivery_id=row.id,
        kind=row.kind,
        notice_id=row.notice_id,
        thread=row.thread,
        owner=row.owner,
        tries=row.tries,
        created_at=row.created_at,
        first_tried_at=row.first_tried_at,
        subscription_id=row.subscription_id,
        subscription_uid=row.uid,
        channel=row.channel,
        address=address or "",
        target=row.target,
        secrets=tuple(filter(None, (_opened(vault, each) for each in stored))),
        failing_since=row.failing_since,
        details=row.details,
    )


def _opened(vault: Vault | None, token: str | None) -> str | None:
    if vault is None or token is None:
        return None
    try:
        return vault.decrypt(token)
    except ValueError:  # another key's: one row that nobody can read keeps no others waiting
        return None
