"""The links in mails: what they do is signed into them, each for one purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lifecycle.settings import Settings
    from notifications.secrets import Links

CONFIRM = "confirm"
UNSUBSCRIBE = "unsubscribe"
ACKNOWLEDGE = "acknowledge"
SIGN_IN = "sign-in"
CONFIRM_WITHIN = timedelta(days=7)
ACKNOWLEDGE_WITHIN = timedelta(days=90)
SIGN_IN_WITHIN = timedelta(minutes=15)


class Acknowledgement(msgspec.Struct, frozen=True):
    """Which notice an account acknowledges, and by whose link."""

    account: str
    notice: str
    subscription: str


class SignInTicket(msgspec.Struct, frozen=True):
    """Which delivery brought a link to sign in, and to which subscription."""

    delivery: str
    subscription: str


def base_url(settings: Settings) -> str:
    """Return the address under which people and receivers reach this service, without a slash."""
    return settings.base_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def confirm_url(base: str, links: Links, subscription: str) -> str:
    """Return the address at which an address is confirmed."""
    return f"{base}/{CONFIRM}/{links.sign(CONFIRM, subscription)}"


def unsubscribe_url(base: str, links: Links, subscription: str) -> str:
    """Return the address at which a subscription is ended, by one POST."""
    return f"{base}/{UNSUBSCRIBE}/{links.sign(UNSUBSCRIBE, subscription)}"


def acknowledge_url(base: str, links: Links, acknowledgement: Acknowledgement) -> str:
    """Return the address at which a notice is acknowledged."""
    value = "/".join(msgspec.structs.astuple(acknowledgement))
    return f"{base}/{ACKNOWLEDGE}/{links.sign(ACKNOWLEDGE, value)}"


def acknowledgement(links: Links, token: str) -> Acknowledgement:
    """Read back what an acknowledging link is for; refuse any other."""
    return Acknowledgement(*links.unsign(ACKNOWLEDGE, token, ACKNOWLEDGE_WITHIN).split("/"))


def sign_in_url(base: str, links: Links, ticket: SignInTicket) -> str:
    """Return the address at which an account's people sign in, once."""
    value = "/".join(msgspec.structs.astuple(ticket))
    return f"{base}/sign-in/link/{links.sign(SIGN_IN, value)}"


def sign_in_ticket(links: Links, token: str) -> SignInTicket:
    """Read back what a link to sign in is for; refuse any other, and one that is too old."""
    return SignInTicket(*links.unsign(SIGN_IN, token, SIGN_IN_WITHIN).split("/"))
