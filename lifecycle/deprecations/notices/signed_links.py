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
CONFIRM_WITHIN = timedelta(days=7)


class Acknowledgement(msgspec.Struct, frozen=True):
    """Which notice an account acknowledges, and by whose link."""

    account: str
    notice: str
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
    return Acknowledgement(*links.unsign(ACKNOWLEDGE, token).split("/"))
