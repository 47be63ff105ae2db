"""Who was told of what a release carries out, from real recipients, deliveries and tries."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import queries
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.models import Notice, Recipient
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.gate.context.notified_accounts import audiences, revisions_of
from lifecycle.policy.notice_periods import Kind
from notifications.models import Attempt, Delivery
from testkit.announcements import subscribe

DAY = timedelta(days=1)
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
async def announced(store, product, make_account, by, today):
    """Announce a removal to two customers of Enterprise and one of Pro that cannot be told."""
    for slug, tier in (("acme", "enterprise"), ("globex", "enterprise"), ("initech", "pro")):
        await make_account(slug, tier=tier, version="3.36.0", features=("legacy-connector",))
    async with store.writing() as session:
        for slug in ("acme", "globex"):
            await subscribe(session, slug)
        owner = await get_product(session, product)
        facts = DeprecationIn(
            product=product, kind=Kind.REMOVAL, feature="legacy-connector", reason="It is old."
        )
        row = await drafts.draft(session, owner, facts, by=by, today=today)
        row = await queries.get(session, row.uid, lock=True)
        await announcement.announce(session, row, AnnounceIn(), by=by)
    async with store.reading() as session:
        _, (announced,) = await load_known(session, product)
    return announced


@pytest.fixture
def try_to_tell(store):
    """Note a try for an account, some days after the announcement, as the worker would."""

    async def tell(owner, at, *, succeeded=True):
        async with store.writing() as session:
            statement = select(Delivery).where(Delivery.owner == owner)
            delivery = (await session.scalars(statement)).one()
            delivery.first_tried_at = at
            delivery.delivered_at = at if succeeded else None
            tried = {"succeeded": succeeded, "status": 200 if succeeded else 500}
            session.add(Attempt(delivery_id=delivery.id, at=at, milliseconds=9, answer="", **tried))

    return tell


@pytest.fixture
def told(store, announced, today):
    async def told(day=None):
        async with store.reading() as session:
            at = {"at": today, "day": day or max(announced.days.values())}
            revisions = await revisions_of(session, [announced])
            told = await audiences(session, [announced], revisions, **at, zone=ZONE)
            return told[announced.id]

    return told


def noon(day):
    return datetime.combine(day, time(12), UTC)


async def test_a_notice_that_is_still_being_handed_out_is_seen(announced, told, store):
    whole = await told()
    async with store.writing() as session:
        await session.execute(update(Notice).values(state="filling"))

    assert not whole.unfilled
    assert (await told()).unfilled


async def test_a_waiting_delivery_tells_nobody_and_a_recorded_reason_excuses(
    announced, told, try_to_tell, today
):
    before = await told()
    await try_to_tell("acme", noon(today))
    await try_to_tell("globex", noon(today), succeeded=False)
    after = await told()

    assert before.affected == {"enterprise": 2, "pro": 1}
    assert before.not_told == {"enterprise": 2}
    assert after.not_told == {}


async def test_who_has_moved_away_need_not_be_told(announced, told, store, today):
    async with store.writing() as session:
        for recipient in await session.scalars(select(Recipient)):
            recipient.moved_on = today

    found = await told()

    assert found.affected == found.not_told == {}


async def test_the_days_of_notice_count_from_the_first_try_on_its_local_day(
    announced, told, try_to_tell, today
):
    await try_to_tell("acme", noon(today) + timedelta(hours=16), succeeded=False)
    on_time = await told()
    await try_to_tell("globex", noon(today) + timedelta(hours=18))
    late = await told()

    assert on_time.told_late == {}
    assert late.told_late == {"enterprise": 1}
    assert (late.fewest_days, late.promised_days) == (179, 180)


async def test_a_later_release_gives_back_the_days_that_were_lost(
    announced, told, try_to_tell, today
):
    await try_to_tell("acme", noon(today) + 10 * DAY)

    assert (await told()).told_late == {"enterprise": 1}
    effective_on = max(announced.days.values())
    assert (await told(effective_on + 9 * DAY)).told_late == {"enterprise": 1}
    assert (await told(effective_on + 10 * DAY)).told_late == {}


async def test_who_gave_an_address_later_was_not_told_late(
    announced, told, try_to_tell, store, today
):
    async with store.writing() as session:
        for recipient in await session.scalars(select(Recipient)):
            recipient.found_on = today + DAY
    await try_to_tell("acme", noon(today) + 10 * DAY)

    assert (await told()).told_late == {}
