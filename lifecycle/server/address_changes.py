"""Changes of where an account is notified, as the API and the customer's pages ask for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lifecycle.accounts import queries
from lifecycle.accounts.account_subscriptions import PRODUCT
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import vocabulary
from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest, Conflict, Forbidden, Problem
from lifecycle.server import requested_messages
from lifecycle.server.resent_messages import check_channel
from notifications import subscriptions
from notifications.channels import find_channel
from notifications.models import DeliveryKind, SubscriptionState
from notifications.outbox import TOLD

if TYPE_CHECKING:
    from collections.abc import Collection

    from lifecycle.accounts.account_subscriptions import SubscriptionIn, Topics
    from lifecycle.accounts.models import Account
    from lifecycle.server.dependencies import Change
    from notifications.models import Delivery, Subscription
    from notifications.subscriptions import Added


class VouchingRefused(Forbidden):
    """Only the vendor may vouch for an address; others confirm it by the link they are sent."""


class WasUnsubscribed(Conflict):
    """The address was unsubscribed by its reader, who alone can subscribe it again."""


async def check_address_slowly(facts: SubscriptionIn) -> None:
    """Refuse an address by the check that takes a while; call it before the store is locked."""
    check = find_channel(facts.channel).check_slowly
    if check is not None:
        await asyncio.to_thread(check, facts.address)


async def add_address(change: Change, account: str, facts: SubscriptionIn) -> Added:
    """Have an account notified at an address, which is asked first where that is due."""
    owner = await queries.get_account(change.session, account, lock=True)
    await _check(change, owner, facts)
    added = await subscriptions.add(
        change.session,
        owner.slug,
        channel=facts.channel,
        address=facts.address,
        topics=facts.topics,
        now=change.now,
        record=change.record,
        vault=change.app_state.vault,
        confirmed=facts.confirmed,
        operator=change.publishes,
        allow_http=change.app_state.settings.allow_private_addresses,
    )
    if added.subscription.state == SubscriptionState.UNSUBSCRIBED:
        raise WasUnsubscribed
    if facts.confirmed:
        await subscriptions.confirm(
            change.session, added.subscription, now=change.now, record=change.record, vouched=True
        )
    await requested_messages.ask_for_confirmation(change, added.subscription)
    return added


async def lock_address(change: Change, account: str, uid: str) -> Subscription:
    """Return an account's subscription as it may be changed now."""
    await queries.get_account(change.session, account, lock=True)
    row = await subscriptions.get(change.session, account, uid, lock=True)
    change.check(f"Subscription {uid!r}", row.revision)
    return row


async def change_topics(change: Change, row: Subscription, topics: Topics) -> None:
    """Notify the address of these topics from now on."""
    owner = await queries.get_account(change.session, row.owner)
    await _check_topics(change, owner, topics, before=row.topics)
    await subscriptions.change_topics(change.session, row, topics, record=change.record)


async def send_test(change: Change, row: Subscription) -> Delivery:
    """Queue a test message to an address that is locked."""
    check_channel(change, row)
    if row.state not in TOLD:
        raise Conflict(f"Nothing can be sent to a subscription that is {row.state}.")
    return await requested_messages.enqueue(change, row, DeliveryKind.TEST)


async def rotate_secret(change: Change, row: Subscription) -> str:
    """Return a webhook's new secret; the former stays valid for a day."""
    return await subscriptions.rotate_secret(
        change.session, row, vault=change.app_state.vault, now=change.now, record=change.record
    )


async def _check(change: Change, owner: Account, facts: SubscriptionIn) -> None:
    if facts.confirmed and not change.publishes:
        problem = Problem("confirmed", "can only be set by the vendor", value=True, allowed="false")
        raise VouchingRefused(problems=[problem])
    await _check_topics(change, owner, facts.topics)


async def _check_topics(
    change: Change, owner: Account, topics: Topics, before: Collection[str] = ()
) -> None:
    """Refuse the topic of a product that there is not: nothing would ever be told about it.

    For an account's own token one that is neither public nor run by it is none, unless the vendor
    has subscribed the address to it ``before``.
    """
    visibility = visible_to(owner, change.visibility)
    product_slugs = (await vocabulary(change.session, visibility)).products
    for place, topic in enumerate(topics):
        slug = topic.removeprefix(PRODUCT)
        if topic.startswith(PRODUCT) and slug not in product_slugs and topic not in before:
            field = f"topics[{place}]"
            problem = Problem(field, f"names the unknown product {shown(slug)!r}", value=topic)
            raise BadRequest(f"{field}: no product is called {slug!r}.", problems=[problem])
