"""Where the demo's customers are told: at this machine, or at names that exist nowhere.

Webhooks go to what ``lifecycle demo-receiver`` listens on. Their secret is the same for all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from lifecycle.audit.actions import append
from lifecycle.demo.receiver_address import HOST, PORT, SECRET
from notifications import outbox, subscriptions
from notifications.leased_messages import Outcome
from notifications.models import DeliveryKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from notifications.events import Event, Record
    from notifications.leased_messages import Leased
    from notifications.secrets import Vault

INVENTED = "part of the demo's invented past: nothing was sent"


class Subscriber(msgspec.Struct, frozen=True):
    """An account's address beyond those of the customer list."""

    account: str
    channel: str
    address: str
    topics: tuple[str, ...] = ("*",)
    confirmed: bool = True


def webhook(account: str) -> str:
    """Return the address at which the demo's receiver takes an account's notices."""
    return f"http://{HOST}:{PORT}/{account}"


SUBSCRIBERS = (
    Subscriber("acme", "webhook", webhook("acme")),
    Subscriber("globex", "webhook", webhook("globex"), topics=("product:clairdash",)),
    Subscriber("umbrella", "webhook", webhook("umbrella")),
    Subscriber("vehement", "webhook", webhook("vehement")),
    Subscriber("hooli", "webhook", webhook("hooli")),
    Subscriber("initech", "webhook", webhook("initech")),
    Subscriber("tyrell", "webhook", webhook("tyrell")),
    Subscriber("stark", "email", "it@stark.example", confirmed=False),
)


async def subscribe(session: AsyncSession, *, by: By, vault: Vault) -> None:
    """Enter the addresses; one e-mail address is asked whether it is right, and never answers."""
    for subscriber in SUBSCRIBERS:
        added = await subscriptions.add(
            session,
            subscriber.account,
            channel=subscriber.channel,
            address=subscriber.address,
            topics=subscriber.topics,
            now=by.at,
            record=recording(by),
            vault=vault,
            confirmed=subscriber.confirmed,
            allow_http=True,
        )
        if subscriber.channel == "webhook":
            added.subscription.secret = vault.encrypt(SECRET)
        if not subscriber.confirmed:
            kind = DeliveryKind.CONFIRMATION
            await outbox.enqueue_one(session, added.subscription, kind, details=None, now=by.at)


def outcome(leased: Leased) -> Outcome:
    """Invent what came of a try: one address is gone, one was busy once, the others took it."""
    if leased.address == webhook("hooli"):
        return _said(leased, 410, "gone", succeeded=False, disable=True)
    if leased.address == webhook("globex") and leased.tries == 0:
        wait = timedelta(seconds=5)
        return _said(leased, 503, "busy", succeeded=False, retry_after=wait)
    return _said(leased, 200, "taken", succeeded=True)


def recording(by: By) -> Record:
    """Return what notes events of subscriptions and deliveries in the log."""

    async def record(session: AsyncSession, event: Event) -> None:
        append(session, by, event.action, event.owner, details=event.details)

    return record


def _said(
    leased: Leased,
    status: int,
    word: str,
    *,
    succeeded: bool,
    disable: bool = False,
    retry_after: timedelta | None = None,
) -> Outcome:
    return Outcome(
        succeeded=succeeded,
        status=status if leased.channel == "webhook" else None,
        answer=f"{word}; {INVENTED}",
        disable=disable,
        retry_after=retry_after,
        milliseconds=40 + leased.delivery_id % 25,
    )
