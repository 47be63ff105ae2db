import asyncio

import pytest
from sqlalchemy import select

from notifications import pauses, subscriptions
from notifications.errors import (
    ChangeRefusedError,
    UnknownSubscriptionError,
    UnusableAddressError,
)
from notifications.identity import digest, subscription_uid
from notifications.models import Subscription


@pytest.fixture
def changed(store, clock):
    """Change a subscription by an action, and give what it gives."""

    async def changed(added, action, *said, **named):
        async with store.writing() as session:
            found = await subscriptions.get(session, None, added.subscription.uid, lock=True)
            return await action(session, found, *said, **named)

    return changed


@pytest.fixture
def add(subscribe):
    async def add(owner="acme", *, channel="email", address="ops@acme.example", **said):
        return await subscribe(owner, address, channel=channel, **said)

    return add


@pytest.fixture
def vouched(clock, record):
    """Vouch for the usual address in a transaction that goes on."""

    async def vouched(session):
        said = {"channel": "email", "address": "ops@acme.example", "topics": ["*"]}
        return await subscriptions.add(
            session, "acme", **said, now=clock(), record=record, confirmed=True
        )

    return vouched


async def listed(store, owner="acme"):
    async with store.reading() as session:
        found = await subscriptions.list_of(session, owner)
    return [(each.channel, each.address, each.topics) for each in found]


async def test_an_owner_has_its_own_addresses(store, add):
    await add()
    await add("globex", channel="webhook", address="https://globex.example/hook")

    assert await listed(store) == [("email", "ops@acme.example", ["*"])]
    assert await listed(store, "globex") == [("webhook", "https://globex.example/hook", ["*"])]


async def test_the_same_address_twice_is_one_subscription_with_all_its_topics(store, add, heard):
    await add(topics=("product:a",))
    added = await add(address="ops@ACME.example", topics=("product:a", "product:b"))
    await add(topics=("product:b",))

    assert not added.new
    assert await listed(store) == [("email", "ops@acme.example", ["product:a", "product:b"])]
    assert [event.action for event in heard] == ["subscription.added", "subscription.changed"]


async def test_who_wants_everything_needs_no_more_topics(store, add, heard):
    await add()
    await add(topics=("product:a",))

    assert await listed(store) == [("email", "ops@acme.example", ["*"])]
    assert len(heard) == 1


async def test_what_is_recorded_names_no_address_and_no_secret(add, heard):
    await add()
    added = await add(channel="webhook", address="https://acme.example/hook")

    assert "ops@acme.example" not in str(heard)
    assert "acme.example/hook" not in str(heard)
    assert added.secret not in str(heard)


async def test_an_id_derives_from_owner_channel_and_address(add):
    added = await add()

    expected = subscription_uid("acme", "email", digest("ops@acme.example"))
    assert added.subscription.uid == expected


async def test_an_email_address_waits_for_its_confirmation(
    add, changed, clock, record, subscription
):
    added = await add()
    assert added.subscription.state == "pending"

    assert await changed(added, subscriptions.confirm, now=clock(), record=record)
    assert not await changed(added, subscriptions.confirm, now=clock(), record=record)

    found = await subscription(added.subscription.uid)
    assert (found.state, found.confirmed_at) == ("active", clock())


async def test_a_caller_may_vouch_for_an_address(add):
    assert (await add(confirmed=True)).subscription.state == "active"


async def test_a_webhooks_secret_is_shown_once_and_kept_encrypted(add, subscription, vault):
    added = await add(channel="webhook", address="https://acme.example/hook")
    again = await add(channel="webhook", address="https://acme.example/hook")

    assert added.secret.startswith("whsec_")
    assert again.secret is None
    stored = (await subscription(added.subscription.uid)).secret
    assert stored != added.secret
    assert vault.decrypt(stored) == added.secret


async def test_a_chat_address_is_an_operators_and_kept_encrypted(add, vault):
    address = "slack://token-a/#channel"
    with pytest.raises(UnusableAddressError):
        await add(channel="chat", address=address)
    with pytest.raises(UnusableAddressError):
        await add(channel="chat", address=address, operator=True, vault=None)

    added = await add(channel="chat", address=address, operator=True)

    assert vault.decrypt(added.subscription.address) == address
    assert added.subscription.target == "chat:slack"


async def test_a_former_secret_signs_for_a_day_more(
    add, changed, announce, hands, clock, record, vault
):
    added = await add(channel="webhook", address="https://acme.example/hook")
    await announce(notice_id=1)
    await announce(notice_id=2)

    fresh = await changed(
        added, subscriptions.rotate_secret, vault=vault, now=clock(), record=record
    )

    (first,) = await hands.lease(limit=1)
    assert first.secrets == (fresh, added.secret)
    clock.advance(hours=24)
    (second,) = await hands.lease(limit=1)
    assert second.secrets == (fresh,)


async def test_only_a_webhook_has_a_secret(add, changed, clock, record, vault):
    added = await add()

    with pytest.raises(ChangeRefusedError):
        await changed(added, subscriptions.rotate_secret, vault=vault, now=clock(), record=record)


async def test_topics_can_be_changed(store, add, changed, record, heard):
    added = await add(topics=("product:a", "product:b"))
    wanted = ["product:b", "product:c"]

    await changed(added, subscriptions.change_topics, wanted, record=record)
    await changed(added, subscriptions.change_topics, wanted, record=record)

    assert (await listed(store))[0][2] == wanted
    assert heard[-1].details["topics"] == wanted
    assert len(heard) == 2


async def test_who_unsubscribed_is_not_subscribed_by_somebody_vouching(
    add, changed, clock, record, subscription
):
    added = await add(confirmed=True)
    await changed(added, subscriptions.unsubscribe, now=clock(), record=record)

    assert not (await add(confirmed=True)).new
    assert (await subscription(added.subscription.uid)).state == "unsubscribed"
    with pytest.raises(ChangeRefusedError):
        await changed(added, subscriptions.confirm, now=clock(), record=record)

    assert (await add()).new
    assert (await subscription(added.subscription.uid)).state == "pending"


async def test_who_unsubscribed_stays_so_when_the_address_is_removed(
    store, add, changed, clock, record, subscription
):
    added = await add(confirmed=True)
    await changed(added, subscriptions.unsubscribe, now=clock(), record=record)
    await changed(added, subscriptions.remove, now=clock(), record=record)

    assert await listed(store) == []
    assert not (await add(confirmed=True)).new
    assert (await subscription(added.subscription.uid)).state == "unsubscribed"

    assert (await add(topics=("product:a",))).new
    assert (await subscription(added.subscription.uid)).state == "pending"
    assert await listed(store) == [("email", "ops@acme.example", ["product:a"])]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_who_vouches_and_who_unsubscribes_come_one_after_the_other(store, add, vouched):
    added = await add()

    async def free():
        async with store.writing() as session:
            statement = select(Subscription.uid).with_for_update(key_share=True, skip_locked=True)
            return list(await session.scalars(statement))

    async with store.writing() as session:
        await vouched(session)
        assert await asyncio.create_task(free()) == []

    assert await free() == [added.subscription.uid]


async def test_a_removed_address_is_not_listed_and_comes_back_under_the_same_id(
    store, add, changed, clock, record
):
    added = await add(channel="webhook", address="https://acme.example/hook")
    await changed(added, subscriptions.remove, now=clock(), record=record)

    assert await listed(store) == []
    async with store.reading() as session:
        with pytest.raises(UnknownSubscriptionError):
            await subscriptions.get(session, "acme", added.subscription.uid)
    back = await add(channel="webhook", address="https://acme.example/hook")
    assert back.new
    assert back.subscription.uid == added.subscription.uid
    assert back.secret not in {None, added.secret}


async def test_a_subscription_is_its_owners_alone(store, add):
    added = await add()

    async with store.reading() as session:
        with pytest.raises(UnknownSubscriptionError):
            await subscriptions.get(session, "globex", added.subscription.uid)


async def test_what_is_not_disabled_cannot_be_enabled(add, changed, clock, record):
    added = await add()

    with pytest.raises(ChangeRefusedError):
        await changed(added, pauses.enable, now=clock(), record=record)


async def test_enabling_forgets_why_it_was_disabled(
    add, changed, disable, clock, record, subscription
):
    added = await add(confirmed=True)
    await disable(added)
    found = await subscription(added.subscription.uid)
    assert (found.state, found.disabled_at, found.disabled_reason) == (
        "disabled",
        clock(),
        "asked",
    )

    await changed(added, pauses.enable, now=clock(), record=record)

    found = await subscription(added.subscription.uid)
    assert (found.state, found.disabled_at, found.failing_since) == ("active", None, None)


async def test_no_detour_lets_somebody_vouch_for_who_unsubscribed(add, changed, record, clock):
    told = {"now": clock(), "record": record}
    first = await add(confirmed=True)
    await changed(first, subscriptions.unsubscribe, **told)

    asked = await add()
    again = await add(confirmed=True)
    with pytest.raises(ChangeRefusedError, match="only the link"):
        await changed(asked, subscriptions.confirm, vouched=True, **told)
    await changed(asked, subscriptions.remove, **told)
    revived = await add(confirmed=True)

    assert not again.new
    assert not revived.new
    assert revived.subscription.state != "active"
    await changed(await add(), subscriptions.confirm, **told)
    assert (await add(confirmed=True)).subscription.state == "active"
