"""A log and deliveries as long as one likes, in which few rows are what is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import case, insert, literal, select, text

from lifecycle.audit.models import AuditEntry
from notifications.models import Delivery, Subscription

THEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESSES = 1000
COMMON, RARE = "scheduler", ("token:7 release-bot", "token:70 docs")


async def fill_log(session, count):
    """Store entries, of which each of two tokens has made three, spread over the log."""
    n, numbers = _numbers(count)
    step = count // 3
    actor = case((n % step == 1, RARE[0]), (n % step == 2, RARE[1]), else_=COMMON)
    values = {
        AuditEntry.seq: n,
        AuditEntry.at: literal(THEN, AuditEntry.at.type),
        AuditEntry.actor: actor,
        AuditEntry.action: literal("account.changed"),
        AuditEntry.subject: literal("acme"),
        AuditEntry.details: literal({}, AuditEntry.details.type),
        AuditEntry.previous: literal("0"),
        AuditEntry.hash: literal("0"),
    }
    await _insert(session, AuditEntry, values, numbers)


async def fill_deliveries(session, count):
    """Store deliveries to many addresses, of which three failed for good, spread over them."""
    addresses = [
        Subscription(
            uid=f"address-{number}",
            owner=f"account-{number}",
            channel="webhook",
            address=f"https://hooks.acme.example/{number}",
            address_digest=f"address-{number}",
            target="hooks.acme.example",
            state="active",
            created_at=THEN,
        )
        for number in range(ADDRESSES)
    ]
    session.add_all(addresses)
    await session.flush()
    first = min(address.id for address in addresses)
    n, numbers = _numbers(count)
    values = {
        Delivery.kind: literal("notice"),
        Delivery.notice_id: n,
        Delivery.subscription_id: n % ADDRESSES + first,
        Delivery.owner: literal("acme"),
        Delivery.target: literal("hooks.acme.example"),
        Delivery.state: case((n % (count // 3) == 1, "exhausted"), else_="delivered"),
        Delivery.created_at: literal(THEN, Delivery.created_at.type),
        Delivery.tries: literal(1),
    }
    await _insert(session, Delivery, values, numbers)


def _numbers(count):
    numbers = select(literal(1).label("n")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    return numbers.c.n, numbers


async def _insert(session, entity, values, numbers):
    columns = [column.key for column in values]
    rows = select(*values.values()).select_from(numbers)
    await session.execute(insert(entity).from_select(columns, rows))
    await session.execute(text("ANALYZE"))
