from datetime import timedelta

import pytest
from worlds import MONDAY

from lifecycle.deprecations import queries
from lifecycle.deprecations.facts import DeprecationPatch
from lifecycle.deprecations.workflow import drafts

PLANNED = MONDAY + timedelta(days=50)


async def state(world):
    return [
        (each.state, each.content["lines"], each.caused_by) for each in await world.deprecations()
    ]


async def test_a_plan_that_ends_a_line_in_use_announces_itself(world):
    await world.plan("1.5.0", PLANNED)

    done = await world.settle()

    (end,) = await world.deprecations()
    assert (done.drafted, done.announced, end.origin) == (1, 1, "policy")
    assert await state(world) == [("announced", ["1.2"], "1.5.0")]
    assert end.days == {"enterprise": PLANNED.isoformat()}
    assert await world.told() == {("announcement", "acme"): 1}


async def test_under_drafts_a_person_reviews_it(world):
    await world.put_policy(announce="drafts", version="2", in_force_from=MONDAY.isoformat())
    await world.plan("1.5.0", PLANNED)

    done = await world.settle()

    assert (done.drafted, done.announced) == (1, 0)
    assert await state(world) == [("draft", ["1.2"], "1.5.0")]
    assert await world.told() == {}


async def test_nobody_who_runs_it_nothing_to_announce(world):
    await world.run("acme", "1.4.0")
    await world.plan("1.5.0", PLANNED)

    assert (await world.settle()).drafted == 0

    await world.account("late", runs="1.2.0")
    assert (await world.settle()).announced == 1


async def test_an_account_on_another_tier_is_none_that_it_affects(world):
    await world.account("free", tier="community", runs="1.2.0")
    await world.run("acme", "1.4.0")
    await world.plan("1.5.0", PLANNED)

    assert (await world.settle()).drafted == 0


async def test_what_lies_beyond_the_longest_reminder_waits(world):
    await world.plan("1.5.0", MONDAY + timedelta(days=120))

    assert (await world.settle()).drafted == 0
    assert (await world.settle(MONDAY + timedelta(days=28))).drafted == 0
    assert (await world.settle(MONDAY + timedelta(days=29))).announced == 1


async def test_a_longer_notice_period_prolongs_the_line(world):
    await world.put_policy(
        version="2", in_force_from=MONDAY.isoformat(), notice={"end_of_support": "90 days"}
    )
    await world.plan("1.5.0", PLANNED)

    await world.settle()

    end = await world.only()
    assert end.days == {"enterprise": (MONDAY + timedelta(days=90)).isoformat()}


async def test_outside_business_hours_it_announces_itself_at_the_next_opening(world):
    saturday = MONDAY + timedelta(days=5)
    world.clock.now += timedelta(days=5)
    await world.plan("1.5.0", PLANNED)

    await world.settle()
    assert await state(world) == [("scheduled", ["1.2"], "1.5.0")]

    await world.settle(saturday + timedelta(days=2), hour=8)
    assert (await world.only()).state == "scheduled"
    await world.settle(saturday + timedelta(days=2), hour=9)
    assert (await world.only()).state == "announced"


@pytest.mark.parametrize("announce", ["drafts", "implied_ends"])
async def test_looking_again_changes_nothing(world, announce):
    await world.put_policy(announce=announce, version="2", in_force_from=MONDAY.isoformat())
    await world.plan("1.5.0", PLANNED)
    await world.settle()
    before = [(each.uid, each.revision) for each in await world.deprecations()]

    world.schedule = type(world.schedule)(world.store)
    done = await world.settle()

    assert [(each.uid, each.revision) for each in await world.deprecations()] == before
    assert (done.drafted, done.announced, done.changed, done.filled) == (0, 0, 0, 0)


class TestDrafts:
    @pytest.fixture(autouse=True)
    async def drafted(self, world):
        await world.put_policy(announce="drafts", version="2", in_force_from=MONDAY.isoformat())
        await world.plan("1.5.0", PLANNED)
        await world.settle()

    async def test_a_plan_that_moves_moves_its_draft(self, world):
        await world.change("1.5.0", planned_on=PLANNED + timedelta(days=7))

        assert (await world.settle()).changed == 1

        end = await world.only()
        assert end.content["effective_on"] == {"enterprise": str(PLANNED + timedelta(days=7))}

    async def test_what_a_person_has_edited_stays(self, world):
        chosen = PLANNED + timedelta(days=30)
        async with world.store.writing() as session:
            row = await queries.get(session, (await world.only()).uid, lock=True)
            patch = DeprecationPatch(effective_on=chosen)
            await drafts.change(session, row, patch, by=world.by, today=world.today)
        await world.change("1.5.0", planned_on=PLANNED + timedelta(days=7))

        await world.settle()

        assert (await world.only()).content["effective_on"] == str(chosen)

    async def test_a_draft_goes_with_its_cause(self, world):
        await world.change("1.5.0", voided="a mistake")

        assert (await world.settle()).deleted == 1
        assert await world.deprecations() == []

    async def test_one_thrown_away_does_not_come_back_for_the_same_day(self, world):
        async with world.store.writing() as session:
            row = await queries.get(session, (await world.only()).uid, lock=True)
            await drafts.delete(session, row, by=world.by)

        assert (await world.settle()).drafted == 0

        await world.change("1.5.0", planned_on=PLANNED + timedelta(days=7))
        assert (await world.settle()).drafted == 1

    async def test_one_whose_day_has_come_stays_to_be_seen(self, world):
        await world.settle(PLANNED - timedelta(days=1))
        await world.change("1.5.0", released_on=PLANNED - timedelta(days=1))
        await world.settle(PLANNED)

        assert [each.state for each in await world.deprecations()] == ["draft"]


class TestAnnounced:
    @pytest.fixture(autouse=True)
    async def announced(self, world):
        await world.plan("1.5.0", PLANNED)
        await world.settle()

    async def test_a_release_that_slips_postpones_it(self, world):
        later = PLANNED + timedelta(days=14)
        await world.change("1.5.0", planned_on=later)

        assert (await world.settle()).changed == 1

        assert (await world.only()).days == {"enterprise": later.isoformat()}
        assert ("amendment", "acme") in await world.told()

    async def test_a_release_that_comes_early_leaves_the_announced_day(self, world):
        await world.change("1.5.0", planned_on=PLANNED - timedelta(days=14))

        assert (await world.settle()).changed == 0
        await world.change("1.5.0", released_on=world.today)
        await world.settle()

        assert (await world.only()).days == {"enterprise": PLANNED.isoformat()}
        assert await world.concerns() == {}

    async def test_without_its_cause_it_goes_on_the_work_list(self, world):
        await world.change("1.5.0", voided="a mistake")

        await world.settle()
        assert list(await world.concerns()) == ["cause_gone"]
        assert (await world.only()).state == "announced"

        await world.plan("1.5.1", PLANNED)
        await world.settle()
        assert await world.concerns() == {}


async def test_a_slipped_release_is_a_persons_to_postpone_under_drafts(world):
    await world.plan("1.5.0", PLANNED)
    await world.settle()
    await world.put_policy(announce="drafts", version="2", in_force_from=MONDAY.isoformat())
    await world.change("1.5.0", planned_on=PLANNED + timedelta(days=14))

    await world.settle()
    assert list(await world.concerns()) == ["cause_slipped"]

    await world.change("1.5.0", planned_on=PLANNED)
    await world.settle()
    assert await world.concerns() == {}


async def test_an_end_announced_by_a_person_is_not_announced_again(world):
    uid = await world.draft(lines=["1.2"], tiers=["enterprise"], effective_on=PLANNED)
    await world.announce(uid)
    await world.plan("1.5.0", PLANNED)

    assert (await world.settle()).drafted == 0
