"""All channels open from settings, and close."""

from __future__ import annotations

import pytest
from aiohttp import web

from notifications.channels import open_channels
from notifications.channels.email import UnusableSenderError
from notifications.channels.mail_server import UnusableServerError


async def test_without_a_mail_server_each_try_says_so(make_leased, make_message):
    async with open_channels() as channels:
        outcome = await channels["email"].send(make_leased(channel="email"), make_message())

    assert set(channels) == {"webhook", "email", "chat"}
    assert outcome.ours
    assert outcome.answer == "no mail server is set up here, so no e-mail can be sent"


async def test_without_a_sender_each_try_says_so(make_leased, make_message):
    async with open_channels(smtp_url="smtp://127.0.0.1:1") as channels:
        outcome = await channels["email"].send(make_leased(channel="email"), make_message())

    assert outcome.ours
    assert "no sender" in outcome.answer


async def test_settings_that_cannot_be_meant_are_refused_at_the_start():
    with pytest.raises(UnusableServerError):
        async with open_channels(smtp_url="mail.example", mail_from="a@vendor.example"):
            pass
    with pytest.raises(UnusableSenderError):
        async with open_channels(smtp_url="smtp://mail.example", mail_from="Acme"):
            pass


async def test_private_addresses_bring_unencrypted_ones_along_unless_said_otherwise(
    make_receiver, make_leased, make_message
):
    async def answer(_request):
        return web.Response()

    delivery = make_leased(address=await make_receiver(answer))

    async with open_channels(allow_private_addresses=True) as channels:
        allowed = await channels["webhook"].send(delivery, make_message())
    async with open_channels(allow_private_addresses=True, allow_http=False) as channels:
        refused = await channels["webhook"].send(delivery, make_message())
    async with open_channels() as channels:
        unreached = await channels["webhook"].send(delivery, make_message())

    assert allowed.succeeded
    assert not refused.succeeded
    assert not unreached.succeeded
