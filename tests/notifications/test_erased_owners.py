from sqlalchemy import select

from notifications.erased_owners import erase_owner
from notifications.leased_messages import Outcome
from notifications.models import Attempt, Delivery, Subscription

LATE = Outcome(succeeded=True, answer="250 acme has it", status=250)


async def test_what_a_worker_holds_while_its_owner_is_erased_leaves_no_trace(
    store, subscribe, announce, hands
):
    await subscribe("acme")
    await subscribe("globex")
    await announce("acme", "globex")
    held = await hands.lease()

    async with store.writing() as session:
        erased = await erase_owner(session, "acme", "erased-1")
    await hands.record(held, LATE)

    async with store.reading() as session:
        deliveries = {row.owner: row for row in await session.scalars(select(Delivery))}
        attempts = list(await session.scalars(select(Attempt)))
        subscription = await session.scalar(
            select(Subscription).where(Subscription.owner == "erased-1")
        )
    assert erased.stopped == 1
    assert erased.addresses == ("https://acme.example/hook",)
    assert deliveries["erased-1"].state == "cancelled"
    assert deliveries["globex"].state == "delivered"
    assert [attempt.delivery_id for attempt in attempts] == [deliveries["globex"].id]
    assert (subscription.state, subscription.address) == ("removed", "erased")
    assert (subscription.secret, subscription.target) == (None, "erased")
