import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from lifecycle.database import open_store
from lifecycle.deprecations import queries
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationPatch
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.errors import Conflict
from lifecycle.scheduler import implied_drafts
from lifecycle.scheduler.cycle import Schedule
from testkit.vendor_worlds import MONDAY, POLICY, at

PLANNED = MONDAY + timedelta(days=50)
WAITING = text("select count(*) from pg_locks where not granted")


async def state(world):
    return [
        (deprecation.state, deprecation.content["lines"], deprecation.caused_by)
        for deprecation in await world.deprecations()
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
    before = [(deprecation.uid, deprecation.revision) for deprecation in await world.deprecations()]

    world.schedule = type(world.schedule)(world.store)
    done = await world.settle()

    assert [
        (deprecation.uid, deprecation.revision) for deprecation in await world.deprecations()
    ] == before
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

        assert [deprecation.state for deprecation in await world.deprecations()] == ["draft"]


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

    async def test_a_postponement_that_is_refused_is_a_persons_and_holds_up_nothing(
        self, world, monkeypatch
    ):
        async def refuse(*_, **__):
            raise Conflict("Something stands in its way.")

        await world.account("late", runs="1.2.0")
        await world.change("1.5.0", planned_on=PLANNED + timedelta(days=14))
        with monkeypatch.context() as refusing:
            refusing.setattr(implied_drafts.amendments, "amend", refuse)
            done = await world.settle()

            assert (done.failed, done.changed) == (0, 0)
            assert "Something stands in its way." in (await world.concerns())["cause_slipped"]
            assert ("announcement", "late") in await world.told()

        await world.account("later", runs="1.2.0")
        assert (await world.settle(MONDAY + timedelta(days=1))).changed == 1
        assert await world.concerns() == {}

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


class TestStaggered:
    """Enterprise is owed ninety days, pro none, so that their days differ."""

    FIRST, LAST = PLANNED, MONDAY + timedelta(days=90)

    @pytest.fixture(autouse=True)
    async def announced(self, world):
        pro = {"rank": 1, "window": {"newest": {"count": 3, "of": "minor"}}}
        await world.put_policy(
            version="2",
            in_force_from=MONDAY.isoformat(),
            tiers=POLICY["tiers"] | {"pro": pro},
            notice={"end_of_support": {"default": "1 day", "enterprise": "90 days"}},
        )
        await world.plan("1.5.0", PLANNED)
        await world.settle()

    async def days(self, world):
        return {tier: date.fromisoformat(day) for tier, day in (await world.only()).days.items()}

    async def test_a_slip_moves_the_tier_whose_day_it_passes(self, world):
        assert await self.days(world) == {"pro": self.FIRST, "enterprise": self.LAST}
        later = PLANNED + timedelta(days=14)
        await world.change("1.5.0", planned_on=later)

        await world.settle()

        assert await self.days(world) == {"pro": later, "enterprise": self.LAST}

    async def test_a_day_that_has_come_stays(self, world):
        later = self.LAST + timedelta(days=10)
        world.clock.now = at(self.FIRST + timedelta(days=1))
        await world.change("1.5.0", planned_on=later)

        await world.settle()

        assert await self.days(world) == {"pro": self.FIRST, "enterprise": later}


@pytest.mark.at_once
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_who_announces_what_the_schedule_looks_at_comes_first(world, store_url):
    await world.put_policy(announce="drafts", version="2", in_force_from=MONDAY.isoformat())
    await world.plan("1.5.0", PLANNED)
    await world.settle()
    await world.change("1.5.0", planned_on=PLANNED - timedelta(days=7))
    other = open_store(store_url)

    async with world.store.writing() as session:
        row = await queries.get(session, (await world.only()).uid, lock=True)
        looking = asyncio.create_task(Schedule(other).tick(world.clock()))
        while not (looking.done() or await session.scalar(WAITING)):  # noqa: ASYNC110 -- polled
            await asyncio.sleep(0.01)
        await announcement.announce(session, row, AnnounceIn(), by=world.by)
    done = await looking
    await other.close()

    assert (done.failed, await state(world)) == (0, [("announced", ["1.2"], "1.5.0")])


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
