"""The channels that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.errors import BadRequest
from notifications.channels import open_channels
from notifications.channels.email import parse_sender
from notifications.channels.mail_server import parse_server

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from lifecycle.settings import Settings
    from notifications.messages import Channel


def channels(settings: Settings) -> AbstractAsyncContextManager[dict[str, Channel]]:
    """Open the channels; webhooks are signed by the real clock, which their receivers have too."""
    return open_channels(
        allow_private_addresses=settings.allow_private_addresses,
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
    )


def check_channels(settings: Settings) -> None:
    """Refuse settings with which nothing could ever be sent."""
    try:
        if settings.smtp_url:
            parse_server(settings.smtp_url)
        if settings.mail_from:
            parse_sender(settings.mail_from)
    except ValueError as error:
        raise BadRequest(f"The settings for e-mail cannot be meant: {error}") from error
