"""A channel is its descriptor: whatever asks for what is particular to one, asks that."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from lifecycle import settings
from lifecycle.deprecations.notices.renderings import RENDERINGS, Rendering, make_render
from notifications import outbox, subscriptions
from notifications.channels import CHANNELS, open_channels
from notifications.channels.descriptor import Channel, Setting
from notifications.errors import UnusableAddressError
from notifications.leased_messages import Outcome
from notifications.models import DeliveryKind
from notifications.secrets import Links
from notifications.worker import Worker, WorkerSettings

KEY = "a key for nothing but tests"


class Pigeon:
    """Carries messages to a list."""

    def __init__(self, setup, carried):
        self.loft, self.carried = setup.settings["pigeon_loft"], carried

    async def send(self, leased, message):
        self.carried.put_nowait((self.loft, leased.address, message.subject, message.text))
        return Outcome(succeeded=True, answer="it flew")

    async def close(self):
        """Have nothing to let go of."""


def check_roof(address, _terms):
    if not address.startswith("roof:"):
        raise UnusableAddressError("A pigeon needs a roof:")


@pytest.fixture
def carried(monkeypatch):
    """Register a channel that nothing else knows of; give what it carries."""
    carried = asyncio.Queue()
    pigeon = Channel(
        name="pigeon",
        open=lambda setup: Pigeon(setup, carried),
        check_address=check_roof,
        normalize=str.lower,
        target_of=lambda address: f"pigeon:{address}",
        hides_address=True,
        settings=(Setting(name="pigeon_loft", check=str),),
    )
    monkeypatch.setitem(CHANNELS, "pigeon", pigeon)
    rendering = Rendering(lambda told: told, RENDERINGS["email"].test)
    monkeypatch.setitem(RENDERINGS, "pigeon", rendering)
    return carried


async def test_a_registered_descriptor_is_all_that_delivering_through_a_channel_takes(
    carried, store, clock, subscribe, vault, record, deliveries
):
    added = await subscribe("acme", "roof:ACME", channel="pigeon")
    async with store.writing() as session:
        await outbox.enqueue_one(
            session, added.subscription, DeliveryKind.TEST, details=None, now=clock()
        )

    loft, address, subject, text = await first_of(carried, store, clock, vault, record)

    assert (loft, address) == ("the north tower", "roof:acme")
    assert "test" in subject.lower()
    assert "/unsubscribe/" in text
    [delivery] = await deliveries()
    assert (delivery.state, delivery.target) == ("delivered", "pigeon:roof:acme")
    assert vault.decrypt(added.subscription.address) == "roof:acme"


async def test_a_descriptor_checks_its_own_addresses(carried, subscribe):
    with pytest.raises(UnusableAddressError, match="A pigeon needs a roof:"):
        await subscribe("acme", "tree:acme", channel="pigeon")


async def test_only_a_channel_that_signs_has_a_secret(
    carried, store, clock, subscribe, vault, record
):
    added = await subscribe("acme", "roof:acme", channel="pigeon")

    assert added.secret is None
    async with store.writing() as session:
        with pytest.raises(subscriptions.ChangeRefusedError, match="Only a webhook has a secret"):
            await subscriptions.rotate_secret(
                session, added.subscription, vault=vault, now=clock(), record=record
            )


def test_every_channel_has_a_rendering_of_notices():
    assert set(RENDERINGS) == set(CHANNELS)


async def first_of(carried, store, clock, vault, record):
    """Have a worker deliver; give what is carried first."""
    links = Links(KEY, clock)
    configured = settings.load({}, database_url="unused", base_url="https://lifecycle.example")
    async with open_channels(pigeon_loft="the north tower") as channels:
        worker = Worker(
            store.writing,
            channels,
            render=make_render(store, configured, links),
            record=record,
            clock=clock,
            vault=vault,
            settings=WorkerSettings(poll=0.02, lease=timedelta(minutes=2)),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        first = await asyncio.wait_for(carried.get(), 30)
        stop.set()
        await running
    return first
