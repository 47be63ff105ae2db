import asyncio
from contextlib import asynccontextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from lifecycle.accounts.queries import get_account
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.database import open_store
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.models import Notice, Recipient
from lifecycle.scheduler import daily_jobs
from lifecycle.scheduler.cycle import CycleCounts, Schedule
from lifecycle.scheduler.job_locks import claim
from lifecycle.scheduler.logged_changes import since
from lifecycle.scheduler.models import Mark
from lifecycle.scheduler.scheduled_announcements import announce_due
from lifecycle.scheduler.work_kinds import WorkView
from lifecycle.scheduler.worklist import page_of_work
from notifications import pauses, subscriptions
from notifications.models import Subscription
from testkit.vendor_worlds import MONDAY, at, recording

REMOVAL = {"kind": "removal", "lines": ["1.2"]}
EFFECTIVE = MONDAY + timedelta(days=100)


@pytest.fixture
async def announced(world):
    """A removal announced on Monday that takes effect a hundred days later; acme is affected."""
    uid = await world.draft(**REMOVAL, effective_on=EFFECTIVE)
    await world.announce(uid)
    await world.settle()
    return uid


class TestScheduled:
    TUESDAY = MONDAY + timedelta(days=1)
    SATURDAY = MONDAY + timedelta(days=5)

    async def schedule(self, world, on):
        await world.announce(await world.draft(**REMOVAL, effective_on=EFFECTIVE), on=on)

    async def state(self, world):
        return (await world.only()).state

    async def test_it_goes_out_when_the_business_opens_on_its_day(self, world):
        await self.schedule(world, self.TUESDAY)

        assert (await world.tick(self.TUESDAY, hour=8)).announced == 0
        assert (await world.tick(self.TUESDAY, hour=9)).announced == 1

        assert (await world.only()).announced_on == self.TUESDAY
        assert ("announcement", "acme") in await world.told()

    async def test_on_a_day_off_it_waits_for_the_next_opening(self, world):
        await self.schedule(world, self.SATURDAY)

        assert (await world.tick(self.SATURDAY)).announced == 0
        assert (await world.tick(self.SATURDAY + timedelta(days=2), hour=9)).announced == 1

    async def test_a_worker_that_was_down_overnight_waits_for_business_hours(self, world):
        await self.schedule(world, self.TUESDAY)

        assert (await world.tick(self.TUESDAY, hour=22)).announced == 0
        assert (await world.tick(self.TUESDAY + timedelta(days=1), hour=10)).announced == 1

    async def test_one_refused_by_then_goes_back_to_the_drafts_and_is_not_tried_again(self, world):
        await world.announce(
            await world.draft(**REMOVAL, effective_on=self.TUESDAY + timedelta(days=30)),
            on=self.TUESDAY,
        )

        refused = (await world.tick(self.TUESDAY + timedelta(days=3))).refused
        again = await world.tick()

        assert (refused, again.refused, await self.state(world)) == (1, 0, "draft")
        async with world.store.reading() as session:
            (item,) = (await page_of_work(session, WorkView(world.clock()))).items
        assert item.kind == "refused_announcement"
        assert str(self.TUESDAY) in item.message

    async def test_one_that_a_person_moves_meanwhile_waits_for_its_new_day(self, world):
        await self.schedule(world, self.TUESDAY)
        uid, later = (await world.only()).uid, self.TUESDAY + timedelta(days=2)

        class MovedMeanwhile:
            reading = world.store.reading

            @asynccontextmanager
            async def writing(self):
                await world.announce(uid, on=later)
                async with world.store.writing() as session:
                    yield session

        world.clock.now = at(self.TUESDAY)
        done = await announce_due(MovedMeanwhile(), now=world.clock())

        assert (done.announced, done.refused) == (0, 0)
        assert await self.state(world) == "scheduled"
        assert (await world.tick(later)).announced == 1


class TestReminders:
    async def test_each_goes_out_on_its_day_at_the_opening(self, world, announced):
        for days_before in (90, 30, 7, 1):
            day = EFFECTIVE - timedelta(days=days_before)
            await world.settle(day, hour=8)
            assert (f"reminder {days_before}", "acme") not in await world.told()
            if day.weekday() < 5:
                await world.settle(day, hour=9)
                assert (f"reminder {days_before}", "acme") in await world.told()

        await world.settle(EFFECTIVE)
        assert ("effective", "acme") in await world.told()

    async def test_a_worker_that_was_down_sends_the_latest_alone(self, world, announced):
        done = await world.settle(EFFECTIVE - timedelta(days=5))

        assert done.skipped == 2
        assert await world.told() == {("announcement", "acme"): 1, ("reminder 7", "acme"): 1}
        assert await world.notices("skipped") == ["reminder 90", "reminder 30"]

    async def test_on_the_effective_day_none_is_sent_any_more(self, world, announced):
        done = await world.settle(EFFECTIVE)

        assert done.skipped == 4
        assert await world.told() == {("announcement", "acme"): 1, ("effective", "acme"): 1}

    async def test_news_that_goes_out_late_needs_no_reminder(self, world, announced):
        async with world.store.writing() as session:
            news = update(Notice).where(Notice.milestone == "announcement")
            await session.execute(news.values(state="waiting", filled_to=0))

        done = await world.settle(EFFECTIVE - timedelta(days=30))

        assert done.skipped == 2
        assert list(await world.told()) == [("announcement", "acme")]

    async def test_who_has_moved_is_not_reminded(self, world, announced):
        await world.run("acme", "1.4.0")
        await world.settle(EFFECTIVE - timedelta(days=90))

        assert list(await world.told()) == [("announcement", "acme")]
        async with world.store.reading() as session:
            moved_on = await session.scalar(select(Recipient.moved_on))
        assert moved_on == MONDAY, "it had reported so on that day, which no worker saw"


async def test_a_clock_that_jumps_back_does_nothing_twice(world, announced):
    await world.settle(EFFECTIVE - timedelta(days=5))
    told = await world.told()

    for day in (MONDAY, MONDAY - timedelta(days=300), EFFECTIVE - timedelta(days=5)):
        done = await world.settle(day)
        assert (done.announced, done.filled, done.skipped) == (0, 0, 0)

    assert await world.told() == told


async def test_looking_again_with_nothing_due_writes_nothing(world, announced):
    async with world.store.reading() as session:
        before = await audit.head(session)

    assert await world.tick() == CycleCounts()

    async with world.store.reading() as session:
        assert await audit.head(session) == before


class TestJoining:
    @pytest.mark.parametrize("change", ["joins", "upgrades into it", "subscribes"])
    async def test_whoever_comes_later_is_told_at_the_next_look(self, world, announced, change):
        if change == "joins":
            await world.account("late", runs="1.2.0")
        elif change == "upgrades into it":
            await world.account("late", runs="1.1.0")
            await world.settle()
            await world.run("late", "1.2.0")
        else:
            await world.account("late", runs="1.2.0", told=False)
            await world.settle()
            assert ("announcement", "late") not in await world.told()
            await world.subscribe("late")

        await world.settle()

        assert (await world.told())["announcement", "late"] == 1

    @pytest.mark.parametrize("change", ["confirm", "enable"])
    async def test_who_confirms_an_address_or_enables_it_is_told_at_the_next_look(
        self, world, announced, change
    ):
        await world.account("late", runs="1.2.0")
        async with world.store.writing() as session:
            said = {"pending": None} if change == "confirm" else {"disabled": world.clock()}
            ((state, disabled_at),) = said.items()
            changed = update(Subscription).where(Subscription.owner == "late")
            await session.execute(changed.values(state=state, disabled_at=disabled_at))
        await world.settle()
        assert ("announcement", "late") not in await world.told()

        async with world.store.writing() as session:
            (found,) = await subscriptions.list_of(session, "late")
            act = subscriptions.confirm if change == "confirm" else pauses.enable
            await act(session, found, now=world.clock(), record=recording(world.by))
        await world.settle()

        assert (await world.told())["announcement", "late"] == 1

    async def test_a_version_nobody_knew_counts_by_its_line(self, world, announced):
        await world.account("late", runs="1.2.99")

        await world.settle()

        assert ("announcement", "late") in await world.told()

    async def test_an_account_without_an_address_is_on_the_work_list(self, world, announced):
        await world.account("mute", runs="1.2.0", told=False)

        await world.settle()

        async with world.store.reading() as session:
            items = (await page_of_work(session, WorkView(world.clock()))).items
        assert [(item.kind, item.account) for item in items] == [("unreachable_account", "mute")]
        assert items[0].message.startswith("mute is affected from ")

    async def test_one_that_reports_nothing_is_listed_there_as_one_that_may_be_affected(
        self, world, announced
    ):
        await world.account("silent", runs=None, told=False)

        await world.settle()

        async with world.store.reading() as session:
            items = (await page_of_work(session, WorkView(world.clock()))).items
        assert [item.message.split(" from ")[0] for item in items] == ["silent may be affected"]

    async def test_so_is_one_whose_address_is_disabled(self, world, announced):
        async with world.store.writing() as session:
            changed = update(Subscription).values(
                state="disabled", disabled_at=world.clock(), disabled_reason="it answered 410"
            )
            await session.execute(changed)

        await world.settle(MONDAY + timedelta(days=1))

        async with world.store.reading() as session:
            items = (await page_of_work(session, WorkView(world.clock()))).items
        assert [(item.kind, item.account) for item in items] == [
            ("unreachable_account", "acme"),
            ("disabled_subscription", "acme"),
        ]

    async def test_so_is_one_that_has_paused_all_its_addresses(self, world, announced):
        async with world.store.writing() as session:
            changed = update(Subscription).values(state="paused", paused_at=world.clock())
            await session.execute(changed)

        await world.settle(MONDAY + timedelta(days=1))

        async with world.store.reading() as session:
            items = (await page_of_work(session, WorkView(world.clock()))).items
        assert [(item.kind, item.account) for item in items] == [
            ("unreachable_account", "acme"),
            ("paused_account", "acme"),
        ]


async def test_the_nightly_check_names_who_was_left_out_until_he_is_not(
    world, announced, monkeypatch
):
    async def told_nobody(*_, **__):
        return None

    with monkeypatch.context() as broken:
        broken.setattr(daily_jobs.recipients, "follow", told_nobody)
        await world.account("forgotten", runs="1.2.0")
        await world.settle(MONDAY + timedelta(days=1))
        assert list(await world.concerns()) == ["untold_account"]
        assert world.schedule.untold == {"widget": 1}

    await world.settle(MONDAY + timedelta(days=2))

    assert await world.concerns() == {}
    assert world.schedule.untold == {"widget": 0}


async def test_releases_that_had_to_come_first_are_counted_when_it_takes_effect(world):
    await world.put_policy(
        version="2",
        in_force_from=MONDAY.isoformat(),
        notice={"removal": {"longest": ["30 days", "2 minor releases"]}},
    )
    effective = MONDAY + timedelta(days=30)
    await world.announce(await world.draft(**REMOVAL, effective_on=effective))
    await world.settle(effective)
    assert list(await world.concerns()) == ["not_in_force"]

    await world.release({"version": "1.5.0", "released_on": world.today})
    await world.release({"version": "1.6.0", "released_on": world.today})
    await world.settle()

    assert await world.concerns() == {}


async def test_what_is_wrong_with_one_product_holds_up_no_other(world, announced, monkeypatch):
    async def break_down(*_, **__):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(daily_jobs.detection, "look", break_down)
        done = await world.settle(EFFECTIVE - timedelta(days=30))
        assert (done.failed > 0, done.filled) == (True, 1)
        assert list(await world.concerns()) == ["failed_check"]

    await world.settle(EFFECTIVE - timedelta(days=29))
    assert await world.concerns() == {}


async def test_a_product_that_failed_is_looked_at_again_after_some_minutes(
    world, announced, monkeypatch
):
    async def break_down(*_, **__):
        raise ZeroDivisionError

    world.schedule = Schedule(world.store)
    with monkeypatch.context() as broken:
        broken.setattr(daily_jobs.detection, "look", break_down)
        assert (await world.tick()).failed == 1
        assert (await world.tick()).failed == 0

    world.clock.advance(minutes=5)
    await world.schedule.tick(world.clock())

    assert await world.concerns() == {}


async def test_that_a_notice_was_read_is_no_reason_to_look(world, announced):
    async with world.store.reading() as session:
        seen, _ = await audit.head(session)
        (notice,) = await session.scalars(select(Notice).where(Notice.milestone == "announcement"))
    async with world.store.writing() as session:
        account = await get_account(session, "acme")
        by = By("link:acme", world.clock())
        await recipients.acknowledge(session, account, notice.uid, by=by, now=world.clock())

    async with world.store.reading() as session:
        changed = await since(session, seen)

    assert changed.seq > seen
    assert (changed.products, changed.accounts) == (frozenset(), frozenset())


@pytest.mark.at_once
async def test_two_workers_do_it_once(world, store_url):
    await world.plan("1.5.0", MONDAY + timedelta(days=50))
    other = open_store(store_url)
    schedules = [Schedule(world.store), Schedule(other), Schedule(world.store)]

    for _ in range(4):
        await asyncio.gather(*(schedule.tick(world.clock()) for schedule in schedules))
    await other.close()

    assert [deprecation.state for deprecation in await world.deprecations()] == ["announced"]
    assert await world.told() == {("announcement", "acme"): 1}


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_what_another_worker_holds_is_left_to_it_and_looked_at_later(
    world, announced, store_url
):
    await world.account("late", runs="1.2.0")
    async with world.store.writing() as session:
        await claim(session, "daily:widget")
        other = open_store(store_url)
        schedule = Schedule(other)
        await schedule.tick(world.clock())
        assert ("announcement", "late") not in await world.told()

    await schedule.tick(world.clock())
    await other.close()

    assert ("announcement", "late") in await world.told()


async def test_chunks_go_on_where_a_killed_worker_stopped(world):
    for number in range(7):
        await world.account(f"a{number}", runs="1.2.0")
    await world.announce(await world.draft(**REMOVAL, effective_on=EFFECTIVE))
    async with world.store.writing() as session:
        await session.execute(
            update(Notice)
            .where(Notice.milestone == "announcement")
            .values(state="filling", filled_to=3)
        )

    await Schedule(world.store, chunk=2).tick(world.clock())
    await Schedule(world.store, chunk=2).tick(world.clock())

    told = await world.told()
    assert {owner for _, owner in told} == {"acme", *(f"a{number}" for number in range(7))}
    assert set(told.values()) == {1}


async def test_a_day_is_marked_when_it_was_checked(world, announced):
    await world.settle(date(2026, 12, 1))

    async with world.store.reading() as session:
        mark = await session.get(Mark, "daily:widget")
    assert mark.day == date(2026, 12, 1)
