"""What is sent, made when it is sent: from the notice's revision and the account's facts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lifecycle.deprecations.notices import addressees, messages
from lifecycle.deprecations.notices import signed_links as addresses
from lifecycle.deprecations.notices.content import Common
from lifecycle.deprecations.notices.webhook_bodies import TYPES
from notifications.identity import webhook_id
from notifications.leased_messages import Message, Skip
from notifications.models import DeliveryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from lifecycle.database.store import Store
    from lifecycle.deprecations.notices.addressees import NoticeBatch
    from lifecycle.deprecations.notices.messages import Mail
    from lifecycle.deprecations.notices.notice_facts import Addressee
    from lifecycle.settings import Settings
    from notifications.leased_messages import Leased, Render
    from notifications.secrets import Links

OTHERS_EVERY = 20
"""After so many messages others on the event loop have their turn: an e-mail takes a while."""


def make_render(store: Store, settings: Settings, links: Links) -> Render:
    """Return the renderer of a batch: it writes each message, or states why it is not sent."""
    base = addresses.base_url(settings)
    common = Common(base)

    async def render(batch: Sequence[Leased], now: datetime) -> Mapping[int, Message | Skip]:
        notices_leased = [leased for leased in batch if leased.kind == DeliveryKind.NOTICE]
        facts = None
        if notices_leased:
            notices, owners = (
                {leased.notice_id for leased in notices_leased},
                {leased.owner for leased in notices_leased},
            )
            async with store.reading() as session:
                facts = await addressees.load(session, notices, owners, now, common)
        messages_by_delivery: dict[int, Message | Skip] = {}
        for place, leased in enumerate(batch):
            if place % OTHERS_EVERY == 0:
                await asyncio.sleep(0)
            desk = Desk(base, links, now)
            if leased.kind == DeliveryKind.NOTICE and facts is not None:
                messages_by_delivery[leased.delivery_id] = desk.notice(leased, facts)
            else:
                messages_by_delivery[leased.delivery_id] = desk.other(leased)
        return messages_by_delivery

    return render


class Rendering(NamedTuple):
    """How messages are written for one channel: as a body, or as subject and text.

    ``test`` is given the address at which one unsubscribes, which is empty, as a notice's links
    are, unless the channel ``has_links`` of each subscription's own.
    """

    notice: Callable[[Addressee], Mail | bytes]
    test: Callable[[Leased, str], Mail | bytes]
    has_links: bool = True


def _test_body(leased: Leased, _leave: str) -> bytes:
    return messages.test_body(
        account=leased.owner, subscription=leased.subscription_uid, at=leased.created_at
    )


def _test_mail(leased: Leased, leave: str) -> Mail:
    return messages.test_mail(account=leased.owner, unsubscribe_url=leave)


RENDERINGS = {
    "webhook": Rendering(messages.webhook_body, _test_body, has_links=False),
    "email": Rendering(messages.mail, _test_mail),
    "chat": Rendering(messages.chat, _test_mail),
}
"""One for each channel that ``notifications.channels`` registers."""


class Desk:
    """Writes messages at a moment."""

    def __init__(self, base: str, links: Links, now: datetime) -> None:
        self._base = base
        self._links = links
        self._now = now

    def notice(self, leased: Leased, facts: NoticeBatch) -> Message | Skip:
        """Write a notice for one subscription, or say why it is not sent any more."""
        number = leased.notice_id or 0
        if reason := facts.standings.why_not_sent(number, leased.owner):
            return Skip(reason)
        recipient = facts.addressee_of(number, leased.owner)
        assert recipient is not None  # noqa: S101 -- why_not has said so; this is for the types
        about = recipient.addressee.about
        uid = webhook_id(about.notice, leased.subscription_uid)
        kind = TYPES[about.milestone]
        rendering = RENDERINGS[leased.channel]
        if not rendering.has_links:
            return self._message(uid, kind, rendering.notice(recipient.addressee), "")
        linked = self._linked(recipient.addressee, leased)
        return self._message(uid, kind, rendering.notice(linked), linked.unsubscribe_url)

    def other(self, leased: Leased) -> Message | Skip:
        """Write what tells of no deprecation: a test, whether an address is right, how to sign in.

        Their webhook-ids derive from the delivery: each is a message of its own.
        """
        uid = webhook_id(f"{leased.kind}/{leased.delivery_id}", leased.subscription_uid)
        if leased.kind == DeliveryKind.CONFIRMATION:
            link = addresses.confirm_url(self._base, self._links, leased.subscription_uid)
            days = addresses.CONFIRM_WITHIN.days
            confirmation = messages.confirmation(
                link=link, account=leased.owner, address=leased.address, days=days
            )
            return self._message(uid, leased.kind, confirmation, "")
        if leased.kind == DeliveryKind.SIGN_IN:
            return self._sign_in(uid, leased)
        rendering = RENDERINGS[leased.channel]
        leave = ""
        if rendering.has_links:
            leave = addresses.unsubscribe_url(self._base, self._links, leased.subscription_uid)
        return self._message(uid, leased.kind, rendering.test(leased, leave), leave)

    def _sign_in(self, uid: str, leased: Leased) -> Message | Skip:
        """Write a link to sign in; one that is no longer valid is not sent any more."""
        good_for = addresses.SIGN_IN_WITHIN
        if self._now - leased.created_at > good_for:
            return Skip("it could not be sent in time; ask for another link")
        ticket = addresses.SignInTicket(str(leased.delivery_id), leased.subscription_uid)
        link = addresses.sign_in_url(self._base, self._links, ticket)
        minutes = int(good_for.total_seconds() // 60)
        letter = messages.sign_in(link=link, account=leased.owner, minutes=minutes)
        return self._message(uid, leased.kind, letter, "")

    def _linked(self, addressee: Addressee, leased: Leased) -> Addressee:
        link = addresses.Acknowledgement(
            addressee.account, addressee.about.notice, leased.subscription_uid
        )
        return msgspec.structs.replace(
            addressee,
            acknowledge_url=addresses.acknowledge_url(self._base, self._links, link),
            unsubscribe_url=addresses.unsubscribe_url(
                self._base, self._links, leased.subscription_uid
            ),
        )

    def _message(self, uid: str, kind: str, content: Mail | bytes, leave: str) -> Message:
        """Fill in a message; only an https address may be one for a single click (RFC 8058)."""
        if isinstance(content, bytes):
            return Message(uid=uid, type=kind, timestamp=self._now, body=content)
        return Message(
            uid=uid,
            type=kind,
            timestamp=self._now,
            subject=content.subject,
            text=content.text,
            html=content.html,
            one_click=leave if leave.startswith("https://") else None,
        )
