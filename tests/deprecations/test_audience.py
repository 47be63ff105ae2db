import hashlib
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from lifecycle.accounts.models import Account
from lifecycle.audit.models import AuditEntry
from lifecycle.deprecations.audience import fan_out
from lifecycle.deprecations.models import Deprecation, Notice, Recipient
from notifications.models import Delivery
from testkit.announcements import (
    BY,
    DAYS,
    NOW,
    TODAY,
    add,
    announce,
    change,
    deliveries,
    draft,
    fill,
    notice,
    recipients,
    revise,
    sell,
    subscribe,
)

LINE = {"lines": ("1.0",)}
LATER = {"pro": date(2027, 4, 1), "enterprise": date(2027, 6, 1)}


@pytest.fixture
async def sold(store, make_product):
    await make_product()
    await sell(store)


async def many(store, count):
    for number in range(count):
        await add(store, f"a{number:02}", runs=["1.0.0"])


async def step(store, made, *, chunk=3):
    async with store.writing() as session:
        made = await session.get_one(Notice, made.id)
        return await fan_out.fill_some(session, made, by=BY, now=NOW, today=TODAY, chunk=chunk)


async def left_to_chunks(store, **said):
    """Announce to an audience that is left to chunks."""
    async with store.writing() as session:
        row = await draft(session, **said)
        made = await notice(session, row, state="filling")
        made.fill_up_to = await session.scalar(select(func.max(Account.id)))
    return row, made


async def entries(store):
    async with store.reading() as session:
        statement = select(AuditEntry).where(AuditEntry.action == "notice.filled")
        return list(await session.scalars(statement.order_by(AuditEntry.seq)))


async def test_a_small_audience_is_told_in_the_announcements_transaction(store, sold):
    await many(store, 3)
    await add(store, "new", runs=["2.0.0"])

    row = await announce(store, **LINE)

    found = await recipients(store, row)
    assert list(found) == await deliveries(store, row) == ["a00", "a01", "a02"]
    assert {(each.affected, each.effective_on, each.why_not) for each in found.values()} == {
        ("yes", DAYS["pro"], None)
    }
    async with store.reading() as session:
        assert await session.scalar(select(Notice.state)) == "filled"


async def test_a_large_audience_is_left_to_chunks(store, sold, monkeypatch):
    await many(store, 3)
    monkeypatch.setattr(fan_out, "LARGEST_SINGLE_FILL", 2)

    row = await announce(store, **LINE)

    assert await recipients(store, row) == {}
    async with store.reading() as session:
        made = await session.scalar(select(Notice))
    assert (made.state, made.filled_to) == ("filling", 0)
    while await step(store, made):
        pass
    assert await deliveries(store, row) == ["a00", "a01", "a02"]


async def test_chunks_go_on_where_the_last_one_ended(store, sold):
    await many(store, 7)
    row, made = await left_to_chunks(store, **LINE)

    more = [await step(store, made) for _ in range(4)]

    assert more == [True, True, False, False]
    assert len(await deliveries(store, row)) == 7
    assert [entry.details["accounts"] for entry in await entries(store)] == [3, 3, 1]


async def test_the_log_holds_a_digest_of_each_chunks_accounts(store, sold):
    await many(store, 2)

    await announce(store, **LINE)

    (entry,) = await entries(store)
    assert entry.details["accounts_sha256"] == hashlib.sha256(b"a00\na01").hexdigest()
    assert (entry.details["waiting"], entry.details["held"]) == (2, 0)


async def test_accounts_added_while_chunks_are_filled_are_left_to_the_next_day(store, sold):
    await many(store, 4)
    row, made = await left_to_chunks(store, **LINE)
    await step(store, made)
    await add(store, "late", runs=["1.0.0"])

    while await step(store, made):
        pass

    assert await deliveries(store, row) == ["a00", "a01", "a02", "a03"]


async def test_a_withdrawal_stops_the_chunks_still_to_come(store, sold):
    await many(store, 5)
    row, made = await left_to_chunks(store, **LINE)
    await step(store, made)
    async with store.writing() as session:
        (await session.get_one(Deprecation, row.id)).state = "withdrawn"
        tried = update(Delivery).where(Delivery.owner != "a02").values(first_tried_at=NOW)
        await session.execute(tried)

    assert await step(store, made) is False

    assert len(await deliveries(store, row)) == 3
    async with store.reading() as session:
        assert (await session.get_one(Notice, made.id)).state == "cancelled"
    await fill(store, row, "withdrawal")
    assert await deliveries(store, row, "withdrawal") == ["a00", "a01"]  # a02 heard of nothing


async def test_a_cancelled_notice_is_not_filled(store, sold):
    await many(store, 1)
    row, made = await left_to_chunks(store, **LINE)
    async with store.writing() as session:
        (await session.get_one(Notice, made.id)).state = "cancelled"

    assert await step(store, made) is False
    assert await deliveries(store, row) == []


async def test_a_chunk_that_is_repeated_adds_nothing(store, sold):
    await many(store, 3)
    row = await announce(store, **LINE)
    async with store.writing() as session:
        await session.execute(update(Notice).values(state="filling", filled_to=0))
        made = await session.scalar(select(Notice))

    await step(store, made)

    assert await deliveries(store, row) == ["a00", "a01", "a02"]


async def test_chunks_use_the_revision_that_the_notice_belongs_to(store, sold):
    await many(store, 2)
    await add(store, "other", runs=["1.1.0"])
    row, made = await left_to_chunks(store, **LINE)
    async with store.writing() as session:
        row = await session.get_one(Deprecation, row.id)
        await revise(session, row, lines=("1.1",))

    await step(store, made)

    assert await deliveries(store, row) == ["a00", "a01"]


async def test_why_an_account_cannot_be_told_is_recorded(store, sold):
    runs = {"runs": ["1.0.0"]}
    await add(store, "none", address=False, **runs)
    await add(store, "broken", state="disabled", disabled_reason="410 Gone", **runs)
    await add(store, "resting", state="paused", **runs)
    await add(store, "unsure", state="pending", **runs)
    await add(store, "left", state="unsubscribed", **runs)
    await add(store, "fine", state="disabled", **runs)
    async with store.writing() as session:
        await subscribe(session, "fine")

    row = await announce(store, **LINE)

    found = await recipients(store, row)
    assert {slug: each.why_not for slug, each in found.items()} == {
        "none": "no subscription",
        "broken": "disabled: 410 Gone",
        "resting": "paused",
        "unsure": "not confirmed",
        "left": "unsubscribed",
        "fine": None,
    }
    assert await deliveries(store, row) == ["broken", "fine", "fine", "resting"]


async def test_reminders_go_to_those_of_their_day_who_have_not_moved(store, sold):
    await add(store, "small", runs=["1.0.0"])
    await add(store, "large", tier="enterprise", runs=["1.0.0"])
    await add(store, "moved", runs=["1.0.0"])
    row = await announce(store, **LINE)
    async with store.writing() as session:
        moved = select(Account.id).where(Account.slug == "moved").scalar_subquery()
        changed = update(Recipient).where(Recipient.account_id == moved)
        await session.execute(changed.values(moved_on=TODAY))

    await fill(store, row, "reminder", effective_on=DAYS["pro"])
    await fill(store, row, "effective", effective_on=DAYS["enterprise"])

    assert await deliveries(store, row, "reminder") == ["small"]
    assert await deliveries(store, row, "effective") == ["large"]


async def test_one_possibly_affected_gets_one_reminder_and_no_effective_day(store, sold):
    await add(store, "silent")
    await add(store, "runs", runs=["1.0.0"])
    row = await announce(store, **LINE)

    for _ in range(3):
        await fill(store, row, "reminder", effective_on=DAYS["pro"])
    await fill(store, row, "effective", effective_on=DAYS["pro"])

    async with store.reading() as session:
        statement = select(Delivery.owner, Notice.milestone).join(
            Notice, Notice.id == Delivery.notice_id
        )
        told = sorted(await session.execute(statement))
    assert [milestone for owner, milestone in told if owner == "silent"] == [
        "announcement",
        "reminder",
    ]
    assert [milestone for owner, milestone in told if owner == "runs"].count("reminder") == 3


async def test_a_later_notice_takes_back_what_was_not_delivered_yet(store, sold):
    await add(store, "slow", runs=["1.0.0"])
    row = await announce(store, **LINE)

    await fill(store, row, "reminder", effective_on=DAYS["pro"])

    assert await deliveries(store, row) == ["slow"]
    assert await deliveries(store, row, "reminder") == ["slow"]


async def test_an_amendment_reaches_those_told_before_and_those_newly_affected(store, sold):
    await add(store, "before", runs=["1.0.0"])
    await add(store, "widened", runs=["1.1.0"])
    await add(store, "never", runs=["2.0.0"])
    row = await announce(store, **LINE)
    async with store.writing() as session:
        row = await session.get_one(Deprecation, row.id)
        await revise(session, row, lines=("1.1",), days=LATER)

    await fill(store, row, "amendment")

    assert await deliveries(store, row, "amendment") == ["before", "widened"]
    found = await recipients(store, row)
    assert {slug: (each.effective_on, each.number) for slug, each in found.items()} == {
        "before": (LATER["pro"], 1),
        "widened": (LATER["pro"], 2),
    }
    assert found["before"].moved_on == TODAY


async def test_the_day_announced_stands_whatever_tier_an_account_moves_to(store, sold):
    await add(store, "riser", tier="enterprise", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await change(store, "riser", tier="pro", on=TODAY + timedelta(days=1))

    await fill(
        store, row, "reminder", effective_on=DAYS["enterprise"], today=TODAY + timedelta(days=30)
    )

    assert await deliveries(store, row, "reminder") == ["riser"]
