from datetime import timedelta

import pytest

from lifecycle.deprecations.workflow.caused_ends import caused_by
from testkit.vendor_worlds import MONDAY

PLANNED = MONDAY + timedelta(days=50)


@pytest.fixture
def caused(world):
    async def ask(*versions):
        async with world.store.reading() as session:
            found = await caused_by(session, "widget", versions, today=world.today)
        return [
            (each.line, each.tier, each.effective_on, each.days_of_notice, each.accounts)
            for each in found
        ]

    return ask


async def test_a_release_of_today_ends_a_line_without_notice(world, caused):
    await world.release({"version": "1.5.0", "released_on": MONDAY})

    assert await caused("1.5.0") == [("1.2", "enterprise", MONDAY, 0, 1)]


async def test_a_plan_says_how_many_days_are_left(world, caused):
    await world.account("beta", runs="1.2.0")
    await world.account("gamma", runs="1.4.0")
    await world.plan("1.5.0", PLANNED)

    assert await caused("1.5.0") == [("1.2", "enterprise", PLANNED, 50, 2)]


async def test_what_was_announced_counts_from_then_and_holds(world, caused):
    await world.plan("1.5.0", PLANNED)
    await world.settle()
    world.clock.now += timedelta(days=40)
    await world.change("1.5.0", released_on=world.today)

    assert await caused("1.5.0") == [("1.2", "enterprise", PLANNED, 50, 1)]


@pytest.mark.parametrize("version", ["1.4.1", "1.5.0-rc.1"])
async def test_patches_and_prereleases_end_nothing(world, caused, version):
    await world.release({"version": version, "released_on": MONDAY})

    assert await caused(version) == []


async def test_history_causes_nothing(world, caused):
    long_ago = MONDAY - timedelta(days=400)
    listed = [
        {"version": f"0.{place}.0", "released_on": long_ago + timedelta(days=place)}
        for place in range(9)
    ]
    await world.release(*listed)

    assert await caused(*(each["version"] for each in listed)) == []


async def test_a_product_without_a_policy_has_no_consequences(store, make_product, caused, world):
    await make_product(slug="other")

    async with store.reading() as session:
        assert await caused_by(session, "other", ["1.0.0"], today=MONDAY) == []
