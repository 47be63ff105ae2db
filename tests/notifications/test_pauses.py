import asyncio
import random

import pytest
from sqlalchemy import select, text, update

from notifications import pauses, replays, subscriptions
from notifications.errors import ChangeRefusedError
from notifications.models import Delivery, Subscription

ROUNDS = 15


@pytest.fixture
def change(store, clock, record):
    """Change a subscription by an action such as pausing."""

    async def change(added, action):
        async with store.writing() as session:
            row = await subscriptions.get(session, None, added.subscription.uid, lock=True)
            await action(session, row, now=clock(), record=record)
            return row

    return change


async def found(deliveries):
    return [(row.notice_id, row.state, row.due_at is not None) for row in await deliveries()]


async def test_what_waits_for_a_paused_address_is_held(
    subscribe, change, announce, deliveries, hands, heard
):
    added = await subscribe()
    await announce(notice_id=1)

    paused = await change(added, pauses.pause)
    await announce(notice_id=2, thread=2)

    assert paused.state == "paused"
    assert await found(deliveries) == [(1, "held", False), (2, "held", False)]
    assert await hands.deliver() == 0
    assert [event.action for event in heard if "paused" in event.action] == ["subscription.paused"]


async def test_a_resumed_address_gets_one_catch_up_for_each_thread(
    subscribe, change, announce, deliveries, hands
):
    added = await subscribe()
    await change(added, pauses.pause)
    await announce(notice_id=1, thread=1)
    await announce(notice_id=2, thread=1)
    await announce(notice_id=3, thread=9)

    resumed = await change(added, pauses.resume)

    assert (resumed.state, resumed.paused_at) == ("active", None)
    assert [(row.notice_id, row.state) for row in await deliveries()] == [
        (1, "cancelled"),
        (2, "waiting"),
        (3, "waiting"),
    ]
    assert await hands.deliver() == 2


async def test_the_owners_other_addresses_get_what_a_paused_one_was_waiting_for(
    subscribe, change, announce, deliveries
):
    added = await subscribe()
    other = await subscribe(address="https://acme.example/other", topics=("product:gadget",))
    await announce(notice_id=1)

    await change(added, pauses.pause)

    rows = {row.subscription_id: row.state for row in await deliveries()}
    assert rows == {added.subscription.id: "held", other.subscription.id: "waiting"}


async def test_pausing_or_resuming_twice_changes_nothing(subscribe, change, heard):
    added = await subscribe()

    once = await change(added, pauses.pause)
    twice = await change(added, pauses.pause)
    await change(added, pauses.resume)
    await change(added, pauses.resume)

    assert once.revision == twice.revision
    assert [event.action for event in heard][1:] == ["subscription.paused", "subscription.resumed"]


async def test_a_disabled_address_is_neither_paused_nor_resumed(subscribe, change, disable):
    added = await subscribe()
    await disable(added)

    with pytest.raises(ChangeRefusedError, match="disabled cannot be paused"):
        await change(added, pauses.pause)
    with pytest.raises(ChangeRefusedError, match="enable it"):
        await change(added, pauses.resume)


async def test_a_paused_address_is_not_enabled_by_mistake(subscribe, change):
    added = await subscribe()
    await change(added, pauses.pause)

    with pytest.raises(ChangeRefusedError, match="resume it"):
        await change(added, pauses.enable)


async def test_nothing_is_sent_again_to_a_paused_address(
    store, clock, record, subscribe, change, announce, deliveries, hands
):
    added = await subscribe()
    await announce()
    await hands.deliver()
    await change(added, pauses.pause)
    (delivered,) = await deliveries()

    with pytest.raises(ChangeRefusedError, match="resume it"):
        async with store.writing() as session:
            await replays.replay(session, delivered.id, now=clock(), record=record)


async def test_an_address_that_is_added_again_is_no_longer_paused(subscribe, change):
    added = await subscribe()
    await change(added, pauses.pause)
    await change(added, subscriptions.remove)

    again = await subscribe()

    assert (again.subscription.state, again.subscription.paused_at) == ("active", None)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_what_is_queued_while_an_address_is_being_held_is_not_forgotten(
    store, subscribe, change, announce, deliveries, hands
):
    added = await subscribe()
    await announce(notice_id=1)

    async with store.writing() as slow:
        await slow.execute(select(Delivery.id).with_for_update())
        holding = asyncio.create_task(change(added, pauses.pause))
        await waiting_for_a_lock(store)
        await asyncio.wait_for(asyncio.create_task(announce(notice_id=2, thread=2)), 20)
    await holding

    assert await found(deliveries) == [(1, "held", False), (2, "waiting", True)]
    assert await hands.lease() == []
    assert await found(deliveries) == [(1, "held", False), (2, "held", False)]
    await change(added, pauses.resume)
    assert await hands.deliver() == 2


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("action", "state", "reason"),
    [
        (pauses.pause, "held", None),
        (subscriptions.unsubscribe, "cancelled", "the address was unsubscribed"),
        (subscriptions.remove, "cancelled", "the address was removed"),
    ],
)
async def test_an_address_gets_nothing_that_was_queued_while_it_began_to_rest(
    store, subscribe, change, queue, deliveries, hands, action, state, reason
):
    added = await subscribe()
    other = await subscribe(address="https://acme.example/other", topics=["product:gadget"])

    async with store.writing() as slow:
        await queue(slow, "acme", notice_id=1)
        ending = asyncio.create_task(change(added, action))
        await asyncio.wait_for(ending, 20)  # sees nothing of what is not committed yet
    leased = await hands.lease()

    assert [each.subscription_uid for each in leased] == []
    (row,) = [row for row in await deliveries() if row.subscription_id == added.subscription.id]
    assert (row.state, row.due_at, row.reason) == (state, None, reason)
    (passed_on,) = await hands.lease()
    assert passed_on.subscription_uid == other.subscription.uid


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("seed", range(3))
async def test_however_pausing_queueing_and_leasing_meet_nothing_is_sent_there_or_lost(
    store, subscribe, change, announce, hands, seed
):
    chance = random.Random(seed)  # noqa: S311 -- not for secrets

    async def soon(act):
        await asyncio.sleep(chance.random() / 200)
        return await act

    for number in range(ROUNDS):
        added = await subscribe(f"owner{number}")
        owner = added.subscription.owner
        together = [
            announce(owner, notice_id=2 * number, thread=2 * number),
            change(added, pauses.pause),
            announce(owner, notice_id=2 * number + 1, thread=2 * number + 1),
            hands.lease(),
        ]
        *_, early = await asyncio.gather(*map(soon, together))

        await hands.record(early)
        assert await hands.lease() == [], "it is paused"
        await change(added, pauses.resume)
        late = await hands.lease()
        await hands.record(late)
        told = sorted(each.notice_id for each in (*early, *late))
        assert told == [2 * number, 2 * number + 1]


async def waiting_for_a_lock(store):
    """Wait until one statement waits for what another transaction has locked."""
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with asyncio.timeout(30):
        while True:
            async with store.reading() as session:
                if await session.scalar(waits):
                    return
            await asyncio.sleep(0.01)


async def test_failures_count_anew_after_a_rest(store, subscribe, change, clock):
    added = await subscribe()
    async with store.writing() as session:
        await session.execute(update(Subscription).values(failing_since=clock()))
    await change(added, pauses.pause)
    clock.advance(days=10)

    resumed = await change(added, pauses.resume)

    assert resumed.failing_since is None
