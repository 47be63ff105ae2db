"""Many owners' addresses added at once: what is new goes in with a statement a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import insert, select

from notifications import subscription_rows, subscriptions
from notifications.addresses import check_topics
from notifications.channels import find_channel, hides_address
from notifications.events import Event
from notifications.identity import digest
from notifications.models import Subscription, SubscriptionState, SubscriptionTopic
from notifications.secrets import new_webhook_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record, Vault

ROWS: Any = Subscription.__table__
TOPICS: Any = SubscriptionTopic.__table__


class Wish(msgspec.Struct, frozen=True):
    """That an owner be told at an address that was checked; somebody vouches for it."""

    owner: str
    channel: str
    address: str
    topics: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What two wishes for the same address have in common."""
        return self.owner, self.channel, digest(self.address)


class Planned(msgspec.Struct, frozen=True):
    """What becomes of a wish: ``before`` and ``after`` are topics, none where it is not told."""

    wish: Wish
    known: bool
    before: list[str]
    after: list[str]

    @property
    def new(self) -> bool:
        """Whether the owner was not told there before."""
        return not self.before


async def plan(session: AsyncSession, wishes: Iterable[Wish]) -> list[Planned]:
    """Work out what granting the wishes would change, and leave out those that are granted.

    Topics add up. Who unsubscribed is not subscribed again by somebody vouching.
    """
    wish_by_address: dict[tuple[str, str, str], Wish] = {}
    for wish in wishes:
        merged = msgspec.structs.replace(
            wish, address=find_channel(wish.channel).normalize(wish.address)
        )
        before = wish_by_address.setdefault(merged.key, merged)
        topics = tuple(check_topics([*before.topics, *merged.topics]))
        wish_by_address[merged.key] = msgspec.structs.replace(before, topics=topics)
    stored = await _load(session, sorted({wish.owner for wish in wish_by_address.values()}))
    planned = [_plan(wish, stored.get(key)) for key, wish in wish_by_address.items()]
    return [planned_wish for planned_wish in planned if planned_wish is not None]


async def grant(
    session: AsyncSession,
    planned: Sequence[Planned],
    *,
    now: datetime,
    record: Record,
    vault: Vault | None,
    operator: bool = False,
    allow_http: bool = False,
) -> None:
    """Carry out a plan; what is not new is left to ``subscriptions.add``."""
    new = [planned_wish.wish for planned_wish in planned if not planned_wish.known]
    rows = [_row(wish, vault, now=now) for wish in new]
    if rows:
        statement = insert(ROWS).returning(ROWS.c.uid, ROWS.c.id)
        numbers: dict[str, int] = dict((await session.execute(statement, rows)).all())
        topics = [
            {"subscription_id": numbers[row["uid"]], "topic": topic}
            for wish, row in zip(new, rows, strict=True)
            for topic in wish.topics
        ]
        await session.execute(insert(TOPICS), topics)
    for wish, row in zip(new, rows, strict=True):
        details = subscription_rows.details_of(row["uid"], wish.channel, row["address_digest"])
        details |= {"topics": list(wish.topics), "state": row["state"]}
        await record(session, Event(wish.owner, "subscription.added", details))
    for planned_wish in planned:
        if planned_wish.known:
            values = msgspec.structs.asdict(planned_wish.wish)
            await subscriptions.add(
                session,
                **values,
                now=now,
                record=record,
                vault=vault,
                confirmed=True,
                operator=operator,
                allow_http=allow_http,
            )


async def _load(
    session: AsyncSession, owners: Sequence[str]
) -> dict[tuple[str, str, str], tuple[bool, list[str]]]:
    """Return for each address of the owners whether it is told or may be, and its topics."""
    columns = ROWS.c
    statement = select(
        columns.owner,
        columns.channel,
        columns.address_digest,
        columns.state,
        columns.unsubscribed_at,
        TOPICS.c.topic,
    )
    statement = statement.outerjoin(TOPICS).where(columns.owner.in_(owners))
    stored: dict[tuple[str, str, str], tuple[bool, list[str]]] = {}
    for owner, channel, uid, state, left_at, topic in await session.execute(statement):
        is_gone = state in subscription_rows.GONE
        refused = is_gone and left_at is not None
        _, topics = stored.setdefault((owner, channel, uid), (refused, []))
        if topic is not None and not is_gone:
            topics.append(topic)
    return stored


def _plan(wish: Wish, stored: tuple[bool, list[str]] | None) -> Planned | None:
    refused, before = stored or (False, [])
    after = check_topics([*before, *wish.topics])
    # What seals a stored address may be lost: it is sealed anew even where nothing changes.
    if refused or (after == sorted(before) and not hides_address(wish.channel)):
        return None
    return Planned(wish, stored is not None, sorted(before), after)


def _row(wish: Wish, vault: Vault | None, *, now: datetime) -> dict[str, Any]:
    signs = find_channel(wish.channel).signs
    secret = vault.encrypt(new_webhook_secret()) if vault and signs else None
    values = subscription_rows.new_values(wish.owner, wish.channel, wish.address, vault, now=now)
    state = {"state": SubscriptionState.ACTIVE, "confirmed_at": now, "revision": 1}
    return values | state | {"secret": secret}
