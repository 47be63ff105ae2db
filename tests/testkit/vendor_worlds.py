"""A store in which people and programs do things, and a worker that looks when it is told to."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select

from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
from lifecycle.accounts.actions import put_account, put_instance
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, releases
from lifecycle.catalogue.catalogue_inputs import ReleaseIn, ReleasePatch
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import queries
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from lifecycle.scheduler.cycle import Schedule
from lifecycle.scheduler.models import Concern
from notifications import subscriptions
from notifications.models import Delivery

ZONE = ZoneInfo("America/New_York")
KNOWN = Vocabulary(frozenset({"widget"}), frozenset({"community", "pro", "enterprise"}))
MONDAY = date(2026, 11, 23)

POLICY = {
    "policy": "widget-support",
    "version": "1",
    "in_force_from": "2026-01-01",
    "timezone": ZONE.key,
    "business_hours": {
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "open": "09:00",
        "close": "18:00",
    },
    "tiers": {
        "community": {"rank": 0, "window": {"best_effort": True}},
        "enterprise": {"rank": 2, "window": {"newest": {"count": 3, "of": "minor"}}},
    },
    "notice": {"removal": "30 days"},
    "reminders": [90, 30, 7, 1],
    "announce": "implied_ends",
}


def at(day, hour=12, minute=0):
    """Give an instant by the vendor's clock."""
    return datetime.combine(day, time(hour, minute), ZONE)


def recording(by):
    """Give what notes in the log what happens to addresses."""

    async def record(session, event):
        append(session, by, event.action, event.owner, details=event.details)

    return record


class World:
    """The store, and what people and programs do in it; a worker looks when it is told to."""

    def __init__(self, store, clock):
        self.store = store
        self.clock = clock
        self.schedule = Schedule(store)

    @property
    def by(self):
        return By("test", self.clock())

    @property
    def today(self):
        return self.clock().astimezone(ZONE).date()

    async def tick(self, day=None, hour=12):
        if day is not None:
            self.clock.now = at(day, hour)
        return await self.schedule.tick(self.clock())

    async def settle(self, day=None, hour=12):
        """Look until there is nothing to do, and give all that happened."""
        done = await self.tick(day, hour)
        for _ in range(3):
            done.add(await self.tick())
        return done

    async def product(self, session):
        return await get_product(session, "widget")

    async def put_policy(self, **said):
        async with self.store.writing() as session:
            document = msgspec.json.encode(POLICY | said)
            owner = await self.product(session)
            await policies.put(session, owner, document, by=self.by, format="json")

    async def release(self, *listed):
        facts = [ReleaseIn(**each) for each in listed]
        async with self.store.writing() as session:
            owner = await self.product(session)
            return await registration.register(
                session, owner, Batch(facts), None, by=self.by, today=self.today
            )

    async def plan(self, version, day):
        return await self.release({"version": version, "planned_on": day})

    async def change(self, version, **said):
        async with self.store.writing() as session:
            owner = await self.product(session)
            patch = ReleasePatch(**said)
            await releases.change(session, owner, version, patch, by=self.by, today=self.today)

    async def account(self, slug, *, tier="enterprise", runs=None, told=True):
        async with self.store.writing() as session:
            facts = AccountIn(slug=slug, tier=tier)
            await put_account(session, facts, by=self.by, today=self.today, vocabulary=KNOWN)
            if told:
                await self._subscribe(session, slug)
        if runs:
            await self.run(slug, runs)

    async def run(self, slug, version):
        async with self.store.writing() as session:
            account = await get_account(session, slug, lock=True)
            facts = InstanceIn(product="widget", version=version)
            await put_instance(session, account, "main", facts, by=self.by, vocabulary=KNOWN)

    async def subscribe(self, slug):
        async with self.store.writing() as session:
            await self._subscribe(session, slug)

    async def _subscribe(self, session, slug):
        await subscriptions.add(
            session,
            slug,
            channel="email",
            address=f"ops@{slug}.example",
            topics=["*"],
            now=self.clock(),
            record=recording(self.by),
            confirmed=True,
        )

    async def draft(self, **said):
        told = {
            "product": "widget",
            "kind": "end_of_support",
            "lines": ["1.0"],
            "reason": "Old.",
        } | said
        facts = msgspec.convert(msgspec.to_builtins(told), DeprecationIn)
        async with self.store.writing() as session:
            owner = await self.product(session)
            row = await drafts.draft(session, owner, facts, by=self.by, today=self.today)
            return row.uid

    async def announce(self, uid, on=None):
        async with self.store.writing() as session:
            row = await queries.get(session, uid, lock=True)
            await announcement.announce(session, row, AnnounceIn(on=on), by=self.by)

    async def deprecations(self):
        async with self.store.reading() as session:
            return (await session.scalars(select(Deprecation).order_by(Deprecation.id))).all()

    async def only(self):
        (deprecation,) = await self.deprecations()
        return deprecation

    async def notices(self, *states):
        async with self.store.reading() as session:
            statement = select(Notice.milestone, Notice.days_before).order_by(
                Notice.due_at, Notice.id
            )
            rows = await session.execute(statement.where(Notice.state.in_(states)))
            return [row.milestone + (f" {row[1]}" if row[1] else "") for row in rows]

    async def told(self):
        """Count the deliveries by milestone and account."""
        async with self.store.reading() as session:
            statement = (
                select(Notice.milestone, Notice.days_before, Delivery.owner, func.count())
                .join(Notice, Notice.id == Delivery.notice_id)
                .group_by(Notice.milestone, Notice.days_before, Delivery.owner)
            )
            rows = (await session.execute(statement)).all()
        return {(row[0] + (f" {row[1]}" if row[1] else ""), row[2]): row[3] for row in rows}

    async def concerns(self):
        async with self.store.reading() as session:
            return {row.kind: row.message for row in await session.scalars(select(Concern))}
