"""The channels that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.errors import BadRequest
from lifecycle.settings import LONGEST_SHOWN
from notifications.channels import open_channels
from notifications.channels.email import parse_sender
from notifications.channels.mail_server import parse_server

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from lifecycle.settings import Settings
    from notifications.leased_messages import Channel


def channels(settings: Settings) -> AbstractAsyncContextManager[dict[str, Channel]]:
    """Open the channels; webhooks are signed by the real clock, which their receivers have too."""
    return open_channels(
        allow_private_addresses=settings.allow_private_addresses,
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
    )


def check_channels(settings: Settings) -> None:
    """Refuse settings with which no e-mail could ever be sent, each by its name."""
    try:
        if settings.smtp_url:
            parse_server(settings.smtp_url)
    except ValueError as error:  # its address may hold a password
        raise BadRequest(f"Invalid setting LIFECYCLE_SMTP_URL. {error}") from error
    sender = settings.mail_from or ""
    try:
        if sender:
            parse_sender(sender)
    except ValueError as error:
        shown = sender[:LONGEST_SHOWN]
        raise BadRequest(f"Invalid setting LIFECYCLE_MAIL_FROM: {shown!r}. {error}") from error
