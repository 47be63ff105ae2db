"""What one way of notifying people has to say of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from notifications.leased_messages import Leased, Message, Outcome, Transport


class AddressTerms(msgspec.Struct, frozen=True, kw_only=True):
    """On what terms an address is taken.

    ``operator``: whoever gives it runs this service. ``allow_http`` lets through what private
    networks have: unencrypted webhooks, and addresses of their own.
    """

    operator: bool = False
    allow_http: bool = False


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """How this installation sends; ``settings`` holds what the channels' own settings are set to.

    ``allow_private_addresses`` and ``allow_http`` are for networks of one's own.
    """

    allow_private_addresses: bool = False
    allow_http: bool = False
    settings: Mapping[str, str | None] = {}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A text that the operator may set; ``check`` raises a ``ValueError`` for an unusable one."""

    name: str
    check: Callable[[str], object]
    is_secret: bool = False


CheckAddress: TypeAlias = Callable[[str, AddressTerms], None]
"""Refuse an address with ``UnusableAddressError``; it is visible, and at most 2000 characters."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One way to notify people; whatever is particular to it stands here, or in its transport.

    ``open`` makes the transport that sends, and whose outcomes say what a failure means.
    ``normalize`` gives the form of a checked address under which it is the same address,
    ``target_of`` what may be slow or down where many addresses are, such as a host.
    ``check_slowly`` refuses what ``check_address`` cannot know; it may take a second, so call it
    off the event loop and before any lock.

    ``hides_address``: whoever has the address can write there, so it is encrypted at rest, and
    shown and proven without what is secret in it. ``signs``: receivers verify messages by a secret
    that a subscription is given. ``asks_reader``: the reader of a new address is asked whether it
    is right. ``only_accepts``: a success means that a service took the message, and no more.

    Lists name an address as ``name:address``, with one of the other ``prefixes``, or by itself if
    ``is_address`` knows it; ``example`` shows the form.
    """

    name: str
    open: Callable[[Setup], Transport]
    check_address: CheckAddress
    target_of: Callable[[str], str]
    normalize: Callable[[str], str] = str
    check_slowly: Callable[[str], None] | None = None
    hides_address: bool = False
    signs: bool = False
    asks_reader: bool = False
    only_accepts: bool = False
    prefixes: tuple[str, ...] = ()
    is_address: Callable[[str], bool] = lambda _text: False
    example: str = "…"
    settings: tuple[Setting, ...] = ()


class Unavailable:
    """A channel that is not set up here: each try fails, for the reason given, by our fault."""

    def __init__(self, reason: str) -> None:
        """Take the sentence that every try is answered with."""
        self._reason = reason

    async def send(self, _leased: Leased, _message: Message) -> Outcome:
        """Return a failed outcome with the reason; nothing is sent."""
        return Outcome(succeeded=False, answer=self._reason, ours=True)

    async def close(self) -> None:
        """Have nothing to let go of."""
