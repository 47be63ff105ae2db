"""The ways to get a message to an address."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from notifications.channels.chat import ChatChannel
from notifications.channels.email import EmailChannel
from notifications.channels.mail_server import parse_server
from notifications.channels.webhook import USER_AGENT, WebhookChannel
from notifications.guard import Guard
from notifications.leased_messages import Channel, Leased, Message, Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime


class UnavailableChannel:
    """A channel that is not set up here: each try fails, for the reason given, by our fault."""

    def __init__(self, reason: str) -> None:
        """Take the sentence that every try is answered with."""
        self._reason = reason

    async def send(self, _leased: Leased, _message: Message) -> Outcome:
        """Send nothing."""
        return Outcome(succeeded=False, answer=self._reason, ours=True)

    async def close(self) -> None:
        """Have nothing to let go of."""


@asynccontextmanager
async def open_channels(
    *,
    allow_private_addresses: bool = False,
    allow_http: bool | None = None,
    smtp_url: str | None = None,
    mail_from: str | None = None,
    user_agent: str = USER_AGENT,
    clock: Callable[[], datetime] | None = None,
) -> AsyncIterator[dict[str, Channel]]:
    """Open all channels, by name, and close them in the end; refuse settings that cannot be meant.

    Unless said otherwise, http:// is allowed where private addresses are. Nothing connects yet.
    """
    http = allow_private_addresses if allow_http is None else allow_http
    guard = Guard(allow_private=allow_private_addresses)
    channels: dict[str, Channel] = {
        "webhook": WebhookChannel(guard, allow_http=http, user_agent=user_agent, clock=clock),
        "email": _email(smtp_url, mail_from),
        "chat": ChatChannel(),
    }
    async with AsyncExitStack() as stack:
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        yield channels


def _email(smtp_url: str | None, mail_from: str | None) -> Channel:
    if not smtp_url:
        return UnavailableChannel("no mail server is set up here, so no e-mail can be sent")
    server = parse_server(smtp_url)
    if not mail_from:
        return UnavailableChannel("no sender of e-mail is set up here, so none can be sent")
    return EmailChannel(server, mail_from)
