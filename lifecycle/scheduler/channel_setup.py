"""The channels that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.errors import BadRequest
from lifecycle.setting_values import LONGEST_SHOWN
from lifecycle.settings import PREFIX
from notifications.channels import CHANNELS, open_channels

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from lifecycle.settings import Settings
    from notifications.channels.descriptor import Setting
    from notifications.leased_messages import Transport


def channels(settings: Settings) -> AbstractAsyncContextManager[dict[str, Transport]]:
    """Open the channels; webhooks are signed by the real clock, which their receivers have too."""
    values = msgspec.structs.asdict(settings)
    return open_channels(
        allow_private_addresses=settings.allow_private_addresses,
        **{setting.name: values[setting.name] for setting in _own_settings()},
    )


def check_channels(settings: Settings) -> None:
    """Refuse settings with which nothing could ever be sent, each by its name."""
    values = msgspec.structs.asdict(settings)
    for setting in _own_settings():
        if text := values[setting.name]:
            _check(setting, text)


def sends_no_mail(settings: Settings) -> bool:
    """Return whether it is certain that no e-mail goes out: this process delivers, and cannot.

    Where other processes deliver, only their settings say.
    """
    return settings.worker and not (settings.smtp_url and settings.mail_from)


def _own_settings() -> list[Setting]:
    return [setting for channel in CHANNELS.values() for setting in channel.settings]


def _check(setting: Setting, text: str) -> None:
    try:
        setting.check(text)
    except ValueError as error:
        shown = "." if setting.is_secret else f": {text[:LONGEST_SHOWN]!r}."
        name = PREFIX + setting.name.upper()
        raise BadRequest(f"Invalid setting {name}{shown} {error}") from error
