from datetime import timedelta

import pytest
from sqlalchemy import select, update

from notifications import leases, outbox, outcome_records, replays, subscriptions
from notifications.errors import ChangeRefusedError, UnknownDeliveryError
from notifications.leased_messages import Outcome, Skip
from notifications.models import Attempt, Delivery, DeliveryKind
from notifications.outcomes import Tried
from notifications.secrets import Vault

OK = Outcome(succeeded=True, answer="200 OK", status=200)
BAD = Outcome(succeeded=False, answer="500 Oops", status=500)
GONE = Outcome(succeeded=False, answer="410 Gone", status=410, disable=True)
OURS = Outcome(succeeded=False, answer="no mail server is set up here", ours=True)
NEVER = Outcome(succeeded=False, answer="550 no such user", permanent=True)


async def attempts(store):
    async with store.reading() as session:
        return list(await session.scalars(select(Attempt).order_by(Attempt.id)))


async def test_a_leased_delivery_has_all_that_sending_it_needs(subscribe, announce, hands):
    added = await subscribe()
    await announce()

    (leased,) = await hands.lease()

    assert (leased.channel, leased.address) == ("webhook", "https://acme.example/hook")
    assert leased.secrets == (added.secret,)
    assert leased.subscription_uid == added.subscription.uid
    assert leased.target == "webhook:acme.example"


async def test_what_one_worker_holds_no_other_gets(subscribe, announce, hands):
    for owner in ("acme", "globex"):
        await subscribe(owner)
    await announce("acme", "globex")

    first = await hands.lease("first", limit=1)
    second = await hands.lease("second")

    assert {each.owner for each in first + second} == {"acme", "globex"}
    assert await hands.lease("third") == []


async def test_a_lease_that_ran_out_goes_to_another_and_its_first_holder_is_fenced_off(
    store, subscribe, announce, hands, clock, deliveries
):
    await subscribe()
    await announce()
    first = await hands.lease("first", length=timedelta(0))
    clock.advance(seconds=1)

    second = await hands.lease("second")
    late = await hands.record(first, OK, "first")

    assert [each.delivery_id for each in second] == [each.delivery_id for each in first]
    assert not late
    (delivery,) = await deliveries()
    assert (delivery.state, delivery.lease_owner, delivery.tries) == ("waiting", "second", 0)
    assert await attempts(store) == []


async def test_a_success_is_recorded_with_its_attempt(
    store, subscribe, announce, hands, deliveries, heard, clock
):
    await subscribe()
    await announce()

    counts = await hands.record(await hands.lease(), OK)

    assert counts == {"delivered": 1}
    (delivery,) = await deliveries()
    assert (delivery.state, delivery.due_at, delivery.lease_owner) == ("delivered", None, None)
    assert (delivery.delivered_at, delivery.tries) == (clock(), 1)
    (attempt,) = await attempts(store)
    assert (attempt.succeeded, attempt.status, attempt.at) == (True, 200, clock())
    assert heard[-1].action == "deliveries.recorded"
    assert heard[-1].details["counts"] == {"delivered": 1}


async def test_a_failure_is_tried_again_after_a_while(
    store, subscribe, announce, hands, deliveries, clock
):
    await subscribe()
    await announce()

    await hands.deliver(BAD)

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.tries, delivery.reason) == ("waiting", 1, "500 Oops")
    assert await hands.lease() == []
    clock.advance(seconds=6)
    assert await hands.deliver(OK) == 1
    assert len(await attempts(store)) == 2


async def test_a_host_that_is_busy_is_left_out(subscribe, announce, hands):
    for owner in ("acme", "globex"):
        await subscribe(owner)
    await announce("acme", "globex")

    leased = await hands.lease(busy={"webhook:acme.example"})

    assert [each.owner for each in leased] == ["globex"]


async def test_no_more_of_a_host_is_taken_than_it_has_room_for(subscribe, announce, hands):
    owners = ["acme", "globex", "hooli"]
    for owner in owners:
        await subscribe(owner, f"https://shared.example/{owner}")
    await announce(*owners)

    assert len(await hands.lease(room=lambda target: 2)) == 2
    assert len(await hands.lease(room=lambda target: 2)) == 1


async def test_what_is_given_back_others_get_at_once(store, subscribe, announce, hands):
    await subscribe()
    await announce()
    await hands.lease("first")

    async with store.writing() as session:
        assert await leases.give_back(session, "second") == 0
        assert await leases.give_back(session, "first") == 1

    assert len(await hands.lease("second")) == 1


async def test_an_address_that_is_gone_is_disabled_and_its_notice_goes_elsewhere(
    subscribe, announce, hands, deliveries, subscription, heard
):
    added = await subscribe()
    await subscribe(address="https://acme.example/muted", topics=("product:other",))
    await announce()

    await hands.deliver(GONE)

    gone = await subscription(added.subscription.uid)
    assert (gone.state, gone.disabled_reason) == ("disabled", "its server answered 410 Gone")
    held, passed = await deliveries()
    assert (held.state, held.due_at) == ("held", None)
    assert passed.state == "waiting"
    assert "subscription.disabled" in [event.action for event in heard]


async def test_ten_failures_exhaust_a_delivery_and_the_other_addresses_get_it_at_once(
    subscribe, announce, hands, deliveries, clock
):
    await subscribe()
    await subscribe(address="https://muted.example/", topics=("product:other",))
    await announce()

    for _ in range(10):
        assert await hands.deliver(BAD) == 1
        clock.advance(hours=27)

    first, passed = await deliveries()
    assert (first.state, first.tries) == ("held", 10) or first.state == "exhausted"
    assert passed.state == "waiting"


async def fail_until_given_up(hands, clock, deliveries, outcome=BAD):
    """Try at each due instant; give the tries, and the states in between."""
    seen = []
    while True:
        due = [delivery.due_at for delivery in await deliveries() if delivery.due_at]
        if not due:
            return seen
        clock.now = max(clock.now, min(due))
        await hands.deliver(outcome)
        seen.append((await deliveries())[0].state)


async def test_five_days_of_nothing_but_failure_disable_an_address(
    subscribe, announce, hands, deliveries, clock, subscription
):
    added = await subscribe()
    await announce()
    start = clock()

    seen = await fail_until_given_up(hands, clock, deliveries)

    assert seen[:9] == ["waiting"] * 9
    assert seen[9:-1] == ["exhausted"] * (len(seen) - 10)
    assert clock() - start == timedelta(days=5)
    found = await subscription(added.subscription.uid)
    assert (found.state, found.disabled_reason) == (
        "disabled",
        "every delivery has failed for five days",
    )


async def test_one_success_in_between_keeps_an_address(
    subscribe, announce, hands, clock, subscription
):
    added = await subscribe()
    await announce()
    await hands.deliver(BAD)
    assert (await subscription(added.subscription.uid)).failing_since == clock()

    clock.advance(seconds=6)
    await hands.deliver(OK)

    assert (await subscription(added.subscription.uid)).failing_since is None


async def test_a_fault_of_ours_exhausts_a_delivery_and_tells_nothing_about_its_address(
    subscribe, announce, hands, deliveries, clock, subscription
):
    added = await subscribe()
    await announce()

    seen = await fail_until_given_up(hands, clock, deliveries, OURS)

    assert seen[:9] == ["waiting"] * 9
    assert set(seen[9:]) == {"exhausted"}
    found = await subscription(added.subscription.uid)
    assert (found.state, found.failing_since) == ("active", None)


async def test_a_fault_of_ours_neither_begins_nor_ends_a_row_of_failures(
    subscribe, announce, hands, clock, subscription
):
    added = await subscribe()
    await announce()
    await hands.deliver(BAD)
    since = clock()

    for notice in range(2, 5):
        clock.advance(days=2)
        await announce(notice_id=notice, thread=notice)
        await hands.deliver(OURS)

    found = await subscription(added.subscription.uid)
    assert (found.state, found.failing_since) == ("active", since)


async def test_a_try_that_cannot_help_is_not_repeated(subscribe, announce, hands, deliveries):
    await subscribe()
    await announce()

    await hands.deliver(NEVER)

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.due_at) == ("exhausted", None)


async def test_what_need_not_be_sent_any_more_is_cancelled_with_its_reason(
    store, subscribe, announce, hands, deliveries
):
    await subscribe()
    await announce()

    await hands.deliver(Skip("withdrawn"))

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.reason, delivery.tries) == ("cancelled", "withdrawn", 0)
    assert await attempts(store) == []


@pytest.mark.parametrize(
    ("outcome", "state", "reason"), [(OK, "delivered", None), (BAD, "cancelled", "withdrawn")]
)
async def test_what_is_cancelled_on_its_way_keeps_its_evidence(
    store, subscribe, announce, hands, deliveries, outcome, state, reason
):
    await subscribe()
    await announce()
    leased = await hands.lease()
    async with store.writing() as session:
        await outbox.cancel_where(session, outbox.unfinished(1), "withdrawn")

    await hands.record(leased, outcome)

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.reason, delivery.due_at) == (state, reason, None)
    assert len(await attempts(store)) == 1


async def test_a_delivery_can_be_sent_again(
    store, subscribe, announce, hands, deliveries, clock, record, heard
):
    await subscribe()
    await announce()
    await hands.deliver(OK)
    first = clock()
    clock.advance(days=1)

    async with store.writing() as session:
        (delivery,) = await deliveries()
        await replays.replay(session, delivery.id, now=clock(), record=record)
    assert heard[-1].action == "delivery.replayed"

    assert await hands.deliver(OK) == 1
    (delivery,) = await deliveries()
    assert delivery.delivered_at == first
    assert len(await attempts(store)) == 2


async def test_what_arrived_and_need_not_be_sent_again_stays_delivered(
    store, subscribe, announce, hands, deliveries, clock, record
):
    await subscribe()
    await announce()
    await hands.deliver(BAD)
    clock.advance(days=1)
    await hands.deliver(OK)
    (before,) = await deliveries()
    async with store.writing() as session:
        await replays.replay(session, before.id, now=clock(), record=record)

    await hands.deliver(Skip("superseded"))

    (after,) = await deliveries()
    assert (after.state, after.reason, after.due_at) == ("delivered", None, None)
    assert (after.tries, after.delivered_at) == (2, before.delivered_at)
    assert await hands.lease() == []


async def test_what_arrived_is_not_tried_again_once_its_repeat_was_called_off(
    store, subscribe, announce, hands, deliveries, clock, record
):
    await subscribe()
    await announce()
    await hands.deliver(OK)
    (before,) = await deliveries()
    async with store.writing() as session:
        await replays.replay(session, before.id, now=clock(), record=record)
    leased = await hands.lease()
    async with store.writing() as session:
        await outbox.cancel_where(session, outbox.unfinished(1), "withdrawn")

    await hands.record(leased, BAD)

    (after,) = await deliveries()
    assert (after.state, after.reason, after.due_at) == ("delivered", None, None)


async def test_nothing_is_sent_again_to_who_wants_no_more(
    store, subscribe, announce, hands, deliveries, clock, record
):
    added = await subscribe()
    await announce()
    await hands.deliver(OK)
    async with store.writing() as session:
        found = await subscriptions.get(session, "acme", added.subscription.uid)
        await subscriptions.unsubscribe(session, found, now=clock(), record=record)

    (delivery,) = await deliveries()
    async with store.writing() as session:
        with pytest.raises(ChangeRefusedError):
            await replays.replay(session, delivery.id, now=clock(), record=record)
        with pytest.raises(UnknownDeliveryError):
            await replays.replay(session, 999, now=clock(), record=record)


async def test_a_test_message_is_tried_once_and_counts_against_nobody(
    store, subscribe, hands, deliveries, clock, subscription
):
    added = await subscribe()
    async with store.writing() as session:
        await outbox.enqueue_one(
            session, added.subscription, DeliveryKind.TEST, details={"by": "me"}, now=clock()
        )

    leased = await hands.lease()
    assert (leased[0].kind, leased[0].details) == ("test", {"by": "me"})
    await hands.record(leased, BAD)

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.due_at) == ("exhausted", None)
    assert (await subscription(added.subscription.uid)).failing_since is None


async def test_a_batch_with_every_outcome_is_recorded_at_once(
    store, subscribe, announce, hands, deliveries
):
    outcomes = {"a": OK, "b": BAD, "c": GONE, "d": Skip("over"), "e": NEVER, "f": OK}
    for owner in outcomes:
        await subscribe(owner)
    await announce(*outcomes)

    leased = await hands.lease()
    async with store.writing() as session:
        tried = [Tried(each, hands.clock(), outcomes[each.owner]) for each in leased]
        counts = await outcome_records.record(
            session, "first", tried, now=hands.clock(), record=hands.heard
        )

    assert counts == {"delivered": 2, "failed": 2, "skipped": 1, "exhausted": 1}
    found = {delivery.owner: delivery.state for delivery in await deliveries()}
    assert found == {
        "a": "delivered",
        "b": "waiting",
        "c": "held",
        "d": "cancelled",
        "e": "exhausted",
        "f": "delivered",
    }


async def test_a_clock_that_jumped_back_keeps_no_delivery_for_long(
    store, subscribe, announce, hands, clock
):
    await subscribe()
    await announce()
    await hands.lease("killed")
    clock.advance(hours=-2)
    async with store.writing() as session:
        await session.execute(update(Delivery).values(due_at=clock()))

    taken = await hands.lease("next")

    assert len(taken) == (1 if store.dialect == "sqlite" else 0)


async def test_a_secret_that_no_key_opens_keeps_no_other_waiting(subscribe, announce, hands):
    for owner in ("acme", "globex"):
        await subscribe(owner)
    await announce("acme", "globex")
    hands.vault = Vault("a key that nobody used here")

    assert [each.secrets for each in await hands.lease()] == [(), ()]
