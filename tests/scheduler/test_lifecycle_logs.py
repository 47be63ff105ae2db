"""When lifecycles are published: after each change, each night, whatever is wrong with others."""

from datetime import timedelta

import pytest

from lifecycle.catalogue import policies, products
from lifecycle.catalogue.catalogue_inputs import ProductIn, ReleaseIn
from lifecycle.catalogue.published_events import load_events
from lifecycle.catalogue.queries import get_product
from lifecycle.policy.presets import preset
from lifecycle.scheduler import lifecycle_logs
from lifecycle.scheduler.lifecycle_logs import LifecycleLogs
from testkit.registered_releases import register_releases
from testkit.vendor_worlds import MONDAY, at

pytestmark = pytest.mark.one_database("the log is stored by plain statements")


@pytest.fixture
def events(world):
    async def events():
        async with world.store.reading() as session:
            return await load_events(session, (await world.product(session)).id)

    return events


async def test_a_change_is_published_once_and_what_is_known_not_again(world, events):
    logs = LifecycleLogs(world.store)
    first = await logs.tick(world.clock())
    await world.release({"version": "1.4.1", "released_on": MONDAY})
    second = await logs.tick(world.clock())

    assert first == len(await events()) - 2  # number 0, and the one that came second
    assert second == 1
    assert (await events())[-1].body == {"version": "1.4.1"}
    assert await logs.tick(world.clock()) == 0
    assert await LifecycleLogs(world.store).tick(world.clock()) == 0


async def test_a_plan_that_is_not_kept_takes_its_end_back_on_the_day_after(world, events):
    logs = LifecycleLogs(world.store)
    await world.plan("1.5.0", MONDAY + timedelta(days=2))
    await logs.tick(world.clock())
    planned = (await events())[-1]
    kept = await logs.tick(at(MONDAY + timedelta(days=1)))
    missed = await logs.tick(at(MONDAY + timedelta(days=3)))

    assert (planned.type, planned.subject) == ("endOfSupport", "1.2/enterprise")
    assert (kept, missed) == (0, 1)
    assert (await events())[-1].withdraws == planned.number


async def test_what_fails_for_a_product_is_tried_again_later(world, events, monkeypatch):
    logs = LifecycleLogs(world.store)
    with monkeypatch.context() as broken:
        broken.setattr(lifecycle_logs, "unpublished", lambda *_: 1 / 0)
        assert await logs.tick(world.clock()) == 0
    soon = await logs.tick(world.clock() + timedelta(minutes=1))
    later = await logs.tick(world.clock() + timedelta(minutes=6))

    assert soon == 0
    assert later == len(await events()) - 1


async def test_a_new_product_waits_an_hour_for_its_first_policy(world):
    async with world.store.writing() as session:
        for slug in ("early", "alone"):
            await products.put(session, ProductIn(slug=slug), by=world.by)
            released = ReleaseIn(version="1.0.0", released_on=MONDAY)
            product = await get_product(session, slug)
            await register_releases(session, product, [released], by=world.by, today=MONDAY)
    logs = LifecycleLogs(world.store)
    await logs.tick(world.clock())

    async def types(slug):
        async with world.store.reading() as session:
            stored = await load_events(session, (await get_product(session, slug)).id)
        return [event.type for event in stored]

    assert (await types("early"), await types("alone")) == ([], [])
    async with world.store.writing() as session:
        product = await get_product(session, "early")
        await policies.put(session, product, preset("clairdash"), by=world.by, format="yaml")
    await logs.tick(world.clock())
    assert (await types("early"), await types("alone")) == (["identified", "released"], [])
    await logs.tick(world.clock() + timedelta(minutes=61))
    assert await types("alone") == ["identified", "released"]
