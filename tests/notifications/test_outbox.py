from sqlalchemy import select

from notifications import outbox, pauses, replays, subscriptions
from notifications.models import Subscription


async def states(deliveries, **said):
    return [delivery.state for delivery in await deliveries(**said)]


async def test_a_notice_goes_to_each_address_that_wants_its_topic(subscribe, announce, deliveries):
    await subscribe(topics=("product:widget",))
    await subscribe(address="https://acme.example/all")
    await subscribe(address="https://acme.example/other", topics=("product:other",))
    await subscribe("globex")

    counts = await announce("acme")

    assert (counts.waiting, counts.held) == (2, 0)
    assert {delivery.owner for delivery in await deliveries()} == {"acme"}


async def test_topics_never_filter_an_accounts_last_address(subscribe, announce, deliveries):
    await subscribe(topics=("product:other",))
    await subscribe(address="https://acme.example/more", topics=("product:third",))

    counts = await announce("acme", "nobody")

    assert counts.waiting == 2
    assert await states(deliveries) == ["waiting", "waiting"]


async def test_an_address_that_is_not_confirmed_is_told_nothing(subscribe, announce):
    await subscribe(channel="email", address="ops@acme.example")

    assert (await announce()).waiting == 0


async def test_announcing_twice_queues_once(subscribe, announce, deliveries):
    await subscribe()
    await announce()

    counts = await announce()

    assert (counts.waiting, counts.held) == (0, 0)
    assert len(await deliveries()) == 1


async def test_a_notice_that_one_has_already_is_queued_to_those_it_is_new_to(
    subscribe, announce, deliveries
):
    await subscribe()
    await subscribe("globex")
    await announce("acme")

    counts = await announce("acme", "globex", new=True)

    assert (counts.waiting, counts.held) == (1, 0)
    assert sorted(delivery.owner for delivery in await deliveries()) == ["acme", "globex"]


async def test_a_disabled_address_has_its_notice_held(subscribe, disable, announce, deliveries):
    added = await subscribe()
    await disable(added)

    counts = await announce()

    assert (counts.waiting, counts.held) == (0, 1)
    (delivery,) = await deliveries()
    assert (delivery.state, delivery.due_at) == ("held", None)


async def test_a_later_notice_supersedes_what_was_not_delivered(
    store, subscribe, announce, deliveries, hands
):
    await subscribe()
    await announce(notice_id=1)
    await hands.deliver()
    await announce(notice_id=2)
    await announce(notice_id=3, thread=7)
    await announce(notice_id=4)

    async with store.writing() as session:
        count = await outbox.supersede(session, 1, 4)

    assert count == 1
    assert await states(deliveries) == ["delivered", "cancelled", "waiting", "waiting"]


async def test_an_earlier_notice_supersedes_no_later_one(store, subscribe, announce, deliveries):
    await subscribe()
    await announce(notice_id=5)
    await announce(notice_id=4)
    await announce(notice_id=3)

    async with store.writing() as session:
        assert await outbox.supersede(session, 1, 4) == 1

    found = {delivery.notice_id: delivery.state for delivery in await deliveries()}
    assert found == {5: "waiting", 4: "waiting", 3: "cancelled"}


async def test_what_arrived_and_was_to_be_sent_again_stays_delivered_when_superseded(
    store, clock, record, subscribe, announce, deliveries, hands
):
    await subscribe()
    await announce(notice_id=1)
    await hands.deliver()
    await announce(notice_id=2)
    async with store.writing() as session:
        (first, _) = await deliveries()
        await replays.replay(session, first.id, now=clock(), record=record)

    async with store.writing() as session:
        assert await outbox.supersede(session, 1, 2) == 1

    (first, _) = await deliveries()
    assert (first.state, first.reason, first.due_at, first.tries) == ("delivered", None, None, 1)


async def test_resuming_sends_one_catch_up_for_each_thread(
    store, clock, record, subscribe, disable, announce, deliveries
):
    added = await subscribe()
    await announce(notice_id=1)
    await announce(notice_id=2)
    await announce(notice_id=3, thread=7)
    await disable(added)
    await announce(notice_id=4)

    await change(store, added, pauses.enable, now=clock(), record=record)

    found = {delivery.notice_id: delivery.state for delivery in await deliveries()}
    assert found == {1: "cancelled", 2: "cancelled", 3: "waiting", 4: "waiting"}


async def test_what_arrived_later_leaves_nothing_to_catch_up_on(
    store, clock, record, subscribe, disable, announce, deliveries, hands
):
    added = await subscribe()
    await announce(notice_id=1)
    await disable(added)
    await announce(notice_id=2)
    async with store.writing() as session:
        (_, later) = await deliveries()
        await replays.replay(session, later.id, now=clock(), record=record)
    assert await hands.deliver() == 1

    await change(store, added, pauses.enable, now=clock(), record=record)

    assert await states(deliveries) == ["cancelled", "delivered"]


async def test_what_waited_for_a_lost_address_goes_to_the_others(
    store, clock, record, subscribe, announce, deliveries
):
    added = await subscribe()
    other = await subscribe(address="https://acme.example/muted", topics=("product:other",))
    await announce()

    await change(store, added, subscriptions.remove, now=clock(), record=record)

    lost, passed = await deliveries()
    assert (lost.state, lost.reason) == ("cancelled", "the address was removed")
    assert (passed.subscription_id, passed.state) == (other.subscription.id, "waiting")


async def change(store, added, action, *said, **named):
    async with store.writing() as session:
        statement = select(Subscription).filter_by(uid=added.subscription.uid)
        subscription = (await session.scalars(statement)).one()
        await action(session, subscription, *said, **named)
