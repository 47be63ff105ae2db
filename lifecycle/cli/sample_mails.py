"""A message by which an operator sees whether e-mail goes out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from lifecycle.errors import BadRequest
from lifecycle.scheduler import channel_setup
from notifications.channels import CHANNELS
from notifications.channels.descriptor import AddressTerms
from notifications.errors import UnusableAddressError
from notifications.leased_messages import Leased, Message, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.settings import Settings

EMAIL = "email"


async def send_test_mail(settings: Settings, address: str, now: datetime) -> Outcome:
    """Send a test message as notices are sent, and return what came of it."""
    try:
        CHANNELS[EMAIL].check_address(address, AddressTerms(operator=True))
    except UnusableAddressError as error:
        raise BadRequest(f"--mail: {error}.") from error
    message = Message(
        uid=str(uuid.uuid4()),
        type="test",
        timestamp=now,
        subject=f"Test message of {settings.title}",
        text="This message was sent by `lifecycle doctor --mail`. E-mail goes out.\n",
    )
    leased = Leased(
        delivery_id=0,
        kind="test",
        notice_id=None,
        thread=None,
        owner="",
        tries=0,
        created_at=now,
        first_tried_at=None,
        subscription_id=0,
        subscription_uid=message.uid,
        channel=EMAIL,
        address=address,
        target=CHANNELS[EMAIL].target_of(address),
    )
    async with channel_setup.channels(settings) as transports:
        return await transports[EMAIL].send(leased, message)
