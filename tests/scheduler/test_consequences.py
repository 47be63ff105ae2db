from datetime import timedelta

import pytest

from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.queries import get_product
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from testkit.vendor_worlds import MONDAY

PLANNED = MONDAY + timedelta(days=50)


def ends(registered):
    return [
        (end.line, end.tier, end.effective_on, end.days_of_notice, end.accounts)
        for end in registered.ends
    ]


async def test_a_release_of_today_ends_a_line_without_notice(world):
    registered = await world.release({"version": "1.5.0", "released_on": MONDAY})

    assert ends(registered) == [("1.2", "enterprise", MONDAY, 0, 1)]


async def test_a_plan_says_how_many_days_are_left(world):
    await world.account("beta", runs="1.2.0")
    await world.account("gamma", runs="1.4.0")

    registered = await world.plan("1.5.0", PLANNED)

    assert ends(registered) == [("1.2", "enterprise", PLANNED, 50, 2)]


async def test_what_was_announced_counts_from_then_and_holds(world):
    await world.plan("1.5.0", PLANNED)
    await world.settle()
    world.clock.now += timedelta(days=40)

    registered = await world.release({"version": "1.5.0", "released_on": world.today})

    assert ends(registered) == [("1.2", "enterprise", PLANNED, 50, 1)]


@pytest.mark.parametrize("version", ["1.4.1", "1.5.0-rc.1"])
async def test_patches_and_prereleases_end_nothing(world, version):
    registered = await world.release({"version": version, "released_on": MONDAY})

    assert ends(registered) == []


async def test_history_causes_nothing(world):
    long_ago = MONDAY - timedelta(days=400)
    listed = [
        {"version": f"0.{place}.0", "released_on": long_ago + timedelta(days=place)}
        for place in range(9)
    ]

    registered = await world.release(*listed)

    assert ends(registered) == []


async def test_a_product_without_a_policy_has_no_consequences(store, make_product, world):
    await make_product(slug="other")
    first = Batch([ReleaseIn(version="1.0.0", released_on=MONDAY)])

    async with store.writing() as session:
        owner = await get_product(session, "other")
        registered = await registration.register(
            session, owner, first, None, by=world.by, today=MONDAY
        )

    assert ends(registered) == []
