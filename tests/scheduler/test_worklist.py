"""The work list as a page shows it: the most urgent first, some of each kind, and how many."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lifecycle.catalogue.models import Feature
from lifecycle.scheduler import mail_work, worklist
from lifecycle.scheduler.work_kinds import WorkView
from lifecycle.scheduler.worklist import page_of_group, page_of_work, work_groups
from notifications.models import Attempt, Delivery, Subscription, SubscriptionTopic
from testkit.vendor_worlds import MONDAY

REMOVAL = {"kind": "removal", "lines": None, "feature": "reports"}
EFFECTIVE = MONDAY + timedelta(days=100)


@pytest.fixture
async def reports(world):
    """Give the product a feature."""
    stages = [{"stage": "ga", "from_version": "1.0.0"}]
    async with world.store.writing() as session:
        owner = await world.product(session)
        feature = Feature(
            product_id=owner.id, key="reports", name="", stages=stages, registered_at=world.clock()
        )
        session.add(feature)


async def kinds(world):
    async with world.store.reading() as session:
        return [item.kind for item in (await page_of_work(session, WorkView(world.clock()))).items]


async def test_a_removal_is_overdue_after_its_day_until_the_catalogue_has_it(world, reports):
    await world.announce(await world.draft(**REMOVAL, effective_on=EFFECTIVE))
    await world.settle(EFFECTIVE)
    on_its_day = await kinds(world)
    await world.settle(EFFECTIVE + timedelta(days=1))
    after = await kinds(world)
    removed = [{"stage": "removed", "from_version": "1.4.0"}]
    async with world.store.writing() as session:
        await session.execute(update(Feature).values(stages=removed))

    assert "overdue_removal" not in on_its_day
    assert "overdue_removal" in after
    assert "overdue_removal" not in await kinds(world)


async def test_a_removal_that_waits_for_a_version_is_not_overdue_before_it(world, reports):
    await world.announce(await world.draft(**REMOVAL, from_version="2.0.0", effective_on=EFFECTIVE))
    await world.settle(EFFECTIVE + timedelta(days=1))
    before = await kinds(world)

    await world.release({"version": "2.0.0", "released_on": EFFECTIVE})

    assert "overdue_removal" not in before
    assert "overdue_removal" in await kinds(world)


async def test_what_needs_a_person_comes_by_urgency_and_is_counted(world, monkeypatch):
    for line in ("1.0", "1.1", "1.3"):
        await world.draft(lines=[line])
    for slug in ("globex", "initech"):
        await world.account(slug, runs="1.2.0", told=False)
    await world.announce(await world.draft(kind="removal", lines=["1.2"], effective_on=EFFECTIVE))
    await world.settle()

    async with world.store.reading() as session:
        groups = await work_groups(session, WorkView(world.clock()), limit=2)
        monkeypatch.setattr(worklist, "MOST_COUNTED", 2)
        cut = await work_groups(session, WorkView(world.clock()), limit=2)
        others = await work_groups(session, WorkView(world.clock(), ["other"]), limit=2)

    assert [(group.name, len(group.entries), group.count) for group in groups] == [
        ("unreachable_accounts", 2, 2),
        ("drafts", 2, 3),
    ]
    assert [group.is_counted for group in cut] == [True, False]
    assert others == []


async def test_a_group_comes_page_by_page(world):
    for line in ("1.0", "1.1", "1.3"):
        await world.draft(lines=[line])

    found, cursor, view = [], None, WorkView(world.clock())
    async with world.store.reading() as session:
        while not found or cursor:
            page = await page_of_group(session, "drafts", view, cursor=cursor, limit=2)
            found.append([item.deprecation for item in page.items])
            cursor = page.next

    assert [len(items) for items in found] == [2, 1]
    assert len({uid for items in found for uid in items}) == 3


class TestAMailServer:
    @pytest.fixture
    async def failing(self, world):
        """Announce to acme and globex, and let no connection to the mail server be made."""
        await world.account("globex", runs="1.2.0")
        await world.announce(await world.draft(lines=["1.2"]))
        await world.settle()
        for owner in ("acme", "globex"):
            await self.note_try(world, owner, answer="no connection to the mail server")

    async def note_try(self, world, owner, *, succeeded=False, status=None, answer=""):
        async with world.store.writing() as session:
            number = await session.scalar(select(Delivery.id).where(Delivery.owner == owner))
            state = {"state": "delivered" if succeeded else "waiting", "tries": 1}
            await session.execute(update(Delivery).where(Delivery.id == number).values(state))
            facts = {"succeeded": succeeded, "status": status, "answer": answer}
            at = world.clock()
            session.add(Attempt(delivery_id=number, at=at, milliseconds=7, **facts))

    async def found(self, world, **seen):
        async with world.store.reading() as session:
            listed = await page_of_work(session, WorkView(world.clock(), **seen))
        return {item.kind: item.message for item in listed.items if item.kind.startswith("mail")}

    async def test_that_is_not_set_up_is_named_while_there_are_e_mail_addresses(self, world):
        missing = await self.found(world, sends_no_mail=True)
        of_product = await self.found(world, sends_no_mail=True, products=["widget"])
        set_up = await self.found(world)
        async with world.store.writing() as session:
            await session.execute(update(Subscription).values(state="removed"))

        assert "one e-mail address gets nothing. Set LIFECYCLE_SMTP_URL" in str(missing)
        (message,) = of_product.values()
        assert "so one e-mail address for notices of your products gets nothing" in message
        assert set_up == await self.found(world, sends_no_mail=True) == {}

    async def test_of_addresses_those_alone_are_counted_that_hear_of_the_products(self, world):
        await world.account("globex")
        async with world.store.writing() as session:
            theirs = select(Subscription.id).where(Subscription.owner == "globex")
            topics = update(SubscriptionTopic).where(SubscriptionTopic.subscription_id.in_(theirs))
            await session.execute(topics.values(topic="product:other"))

        everything = await self.found(world, sends_no_mail=True)
        of_product = await self.found(world, sends_no_mail=True, products=["widget"])

        assert "so 2 e-mail addresses get nothing" in str(everything)
        assert "so one e-mail address for notices of your products gets" in str(of_product)

    async def test_of_many_addresses_so_many_are_counted_as_one_can_read(self, world, monkeypatch):
        await world.account("globex")
        both = await self.found(world, sends_no_mail=True)
        monkeypatch.setattr(mail_work, "MOST_COUNTED", 1)

        assert "so 2 e-mail addresses get nothing" in both["mail_not_set_up"]
        (message,) = (await self.found(world, sends_no_mail=True)).values()
        assert "so more than 1 e-mail addresses get nothing" in message

    async def test_that_takes_no_e_mail_is_named_with_its_last_answer(self, world, failing):
        (message,) = (await self.found(world)).values()
        of_product = await self.found(world, products=["widget"])
        of_another = await self.found(world, products=["other"])

        assert message.startswith("No e-mail goes out: no connection to the mail server. Check ")
        assert list(of_product.values()) == [message]
        assert of_another == {}

    async def test_is_well_again_once_it_takes_one(self, world, failing):
        await self.note_try(world, "acme", succeeded=True, status=250, answer="accepted")

        assert await self.found(world) == {}

    async def test_that_refuses_one_recipient_is_well(self, world, failing):
        await self.note_try(world, "acme", status=451, answer="try later")

        assert await self.found(world) == {}
