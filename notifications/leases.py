"""A worker holds deliveries for a while, and notes what came of them while it still holds them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from notifications import outbox, replays
from notifications.channels import hides_address
from notifications.leased_messages import Leased
from notifications.models import Delivery, DeliveryKind, Subscription, SubscriptionState
from notifications.subscription_rows import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Vault

    Room: TypeAlias = Callable[[str], int]

LENGTH = timedelta(minutes=2)
# Of the tables, not of the classes: a row for each message goes through here, and the ORM's part in
# it would be more work than the rest.
DELIVERIES: Any = Delivery.__table__
SUBSCRIPTIONS: Any = Subscription.__table__
_D, _S = DELIVERIES.c, SUBSCRIPTIONS.c
COLUMNS: tuple[Any, ...] = (
    _D.target,
    _S.state,
    _D.id,
    _D.kind,
    _D.notice_id,
    _D.thread,
    _D.owner,
    _D.tries,
    _D.created_at,
    _D.first_tried_at,
    _D.details,
    _S.id,
    _S.uid,
    _S.channel,
    _S.address,
    _S.secret,
    _S.former_secret,
    _S.former_secret_until,
    _S.failing_since,
)
TARGET = 0
DELIVERY = 2
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

    The same statement reads the state of the address: what was queued at the moment at which that
    was paused or unsubscribed, by whoever still saw it active, is put back instead of taken.
    ``due_at`` is compared with our clock, leases with the database's where it has one. What a
    vault cannot open is left out of the lease's ``secrets``, or of its ``address``.
    """
    statement = (
        select(*COLUMNS)
        .join_from(DELIVERIES, SUBSCRIPTIONS, _S.id == _D.subscription_id)
        .where(_D.due_at <= now, _free(session, now, length))
        .order_by(_D.due_at)
        .limit(limit)
        .with_for_update(of=DELIVERIES, skip_locked=True)
    )
    if busy:
        statement = statement.where(_D.target.not_in(busy))
    connection = await session.connection()
    rows = (await connection.execute(statement)).all()
    if resting := [row for row in rows if _is_resting(row)]:
        await _put_back(session, resting, now=now)
        rows = [row for row in rows if not _is_resting(row)]
    leased = _leased(_within(room, rows), vault, now)
    if leased:
        values = {"lease_owner": owner, "lease_until": _until(session, now, length)}
        leasing = DELIVERIES.update().where(
            _D.id.in_([delivery.delivery_id for delivery in leased])
        )
        await connection.execute(leasing.values(**values))
    return leased


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
    until = _D.lease_until
    if session.get_bind().dialect.name == "sqlite":
        return or_(until.is_(None), until < now, until > now + length)
    return or_(until.is_(None), until < func.now())


def _is_resting(row: Any) -> bool:
    """Return whether nothing of its kind goes to a row's address in the state that this has."""
    if row.state in GONE:
        return bool(row.kind != DeliveryKind.SIGN_IN)
    return bool(row.state == SubscriptionState.PAUSED and row.kind == DeliveryKind.NOTICE)


async def _put_back(session: AsyncSession, rows: Sequence[Any], *, now: datetime) -> None:
    """Hold or cancel deliveries that this transaction has locked, as pausing or leaving does.

    An address that somebody is changing right now is left to the next lease: to wait for that
    could be to wait for each other.
    """
    ids = [row[DELIVERY] for row in rows]
    concerned = select(Subscription.id, Subscription.state).where(
        Subscription.id.in_(select(Delivery.subscription_id).where(Delivery.id.in_(ids)))
    )
    locked = (await session.execute(concerned.with_for_update(read=True, skip_locked=True))).all()
    for state in (SubscriptionState.PAUSED, *GONE):
        subscriptions = [row.id for row in locked if row.state == state]
        condition = and_(Delivery.id.in_(ids), Delivery.subscription_id.in_(subscriptions))
        if not subscriptions:
            continue
        await outbox.pass_on(session, condition, now=now)
        if state == SubscriptionState.PAUSED:
            await replays.put_to_rest(session, condition)
        else:
            await outbox.cancel_where(session, condition, f"the address was {state.value}")


def _within(room: Room | None, rows: Sequence[Any]) -> Sequence[Any]:
    if room is None:
        return rows
    free: dict[str, int] = {}
    leased = []
    for row in rows:
        target = row[TARGET]
        more = free[target] if target in free else room(target)
        free[target] = more - 1
        if more > 0:
            leased.append(row)
    return leased


def _leased(rows: Sequence[Any], vault: Vault | None, now: datetime) -> list[Leased]:
    return [
        Leased(
            delivery_id=delivery_id,
            kind=kind,
            notice_id=notice_id,
            thread=thread,
            owner=owner,
            tries=tries,
            created_at=created_at,
            first_tried_at=first_tried_at,
            subscription_id=subscription_id,
            subscription_uid=uid,
            channel=channel,
            address=(_opened(vault, address) or "") if hides_address(channel) else address,
            target=target,
            secrets=_secrets(vault, secret, former if until and until > now else None),
            failing_since=failing_since,
            details=details,
        )
        for (
            target,
            _state,
            delivery_id,
            kind,
            notice_id,
            thread,
            owner,
            tries,
            created_at,
            first_tried_at,
            details,
            subscription_id,
            uid,
            channel,
            address,
            secret,
            former,
            until,
            failing_since,
        ) in rows
    ]


def _secrets(vault: Vault | None, *stored: str | None) -> tuple[str, ...]:
    opened = [_opened(vault, secret) for secret in stored]
    return tuple([secret for secret in opened if secret])


def _opened(vault: Vault | None, token: str | None) -> str | None:
    if vault is None or token is None:
        return None
    try:
        return vault.decrypt(token)
    except ValueError:  # another key's: one row that nobody can read keeps no others waiting
        return None
