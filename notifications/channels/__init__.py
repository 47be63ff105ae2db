"""The ways to get a message to an address: each is one descriptor, and is registered here."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from notifications.channels import chat, email, webhook
from notifications.channels.descriptor import Channel, Setup
from notifications.errors import UnusableAddressError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from notifications.leased_messages import Transport

CHANNELS: Final[dict[str, Channel]] = {
    channel.name: channel for channel in (webhook.CHANNEL, email.CHANNEL, chat.CHANNEL)
}
"""All channels by their names."""

if TYPE_CHECKING:
    ChannelName: TypeAlias = str
else:
    ChannelName = Literal[tuple(CHANNELS)]
"""The type of a channel's name where input is read."""


def find_channel(name: str) -> Channel:
    """Return the channel of a name; refuse one that does not exist."""
    channel = CHANNELS.get(name)
    if channel is None:
        raise UnusableAddressError(
            f"Unknown channel {name[:40]!r}; use one of {', '.join(CHANNELS)}"
        )
    return channel


def hides_address(name: str) -> bool:
    """Return whether addresses of a channel are secrets; those of an unknown one may be."""
    channel = CHANNELS.get(name)
    return channel is None or channel.hides_address


def shown_address(name: str, address: str, target: str) -> str:
    """Return what may be shown of an address: of a secret one only its target.

    >>> shown_address("chat", "slack://token-a/token-b", "chat:slack")
    'slack://…'
    """
    return f"{target.partition(':')[2]}://…" if hides_address(name) else address


@asynccontextmanager
async def open_channels(
    *,
    allow_private_addresses: bool = False,
    allow_http: bool | None = None,
    **settings: str | None,
) -> AsyncIterator[dict[str, Transport]]:
    """Open all channels, by name, and close them in the end; refuse settings that cannot be meant.

    Unless said otherwise, http:// is allowed where private addresses are. Nothing connects yet.
    """
    setup = Setup(
        allow_private_addresses=allow_private_addresses,
        allow_http=allow_private_addresses if allow_http is None else allow_http,
        settings=settings,
    )
    async with AsyncExitStack() as stack:
        transports: dict[str, Transport] = {}
        for name, channel in CHANNELS.items():
            transports[name] = channel.open(setup)
            stack.push_async_callback(transports[name].close)
        yield transports
