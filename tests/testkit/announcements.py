"""A vendor, its customers and what it announces, stored as plainly as can be."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime, time

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, lines, policies, queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn, LineIn, ReleaseIn
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.deprecations.audience import fan_out, targets
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from notifications.identity import digest, subscription_uid
from notifications.models import Delivery, Subscription, SubscriptionTopic
from testkit.registered_releases import register_releases

TODAY = date(2026, 11, 21)
NOW = datetime.combine(TODAY, time(12), UTC)
BY = By("test", NOW)
DAYS = {"pro": date(2027, 2, 1), "enterprise": date(2027, 6, 1)}
POLICY = """
policy: promise
version: "1"
in_force_from: 2020-01-01
tiers:
  community: {rank: 0, window: {best_effort: true}}
  pro: {rank: 1, window: {newest: {count: 1, of: line}}}
  enterprise: {rank: 2, window: {newest: {count: 2, of: line}}}
"""
VERSIONS = ("1.0.0", "1.0.1", "1.1.0", "2.0.0")
numbers = itertools.count(1)


async def sell(store, slug="widget", *, versions=VERSIONS, declared=(), keys=(), tiers=None):
    async with store.writing() as session:
        product = await queries.get_product(session, slug)
        await policies.put(session, product, POLICY, by=BY, format="yaml")
        for name in declared:
            await lines.put(session, product, name, LineIn(), by=BY)
        new = [ReleaseIn(version=version, released_on=date(2026, 1, 1)) for version in versions]
        await register_releases(session, product, new, by=BY, today=TODAY)
        for key in keys:
            await features.put(session, product, key, FeatureIn(tiers=tiers), by=BY)


async def add(store, slug, *, tier="pro", runs=(), address=True, topics=("*",), **said):
    """Store a customer; ``runs`` are versions of widget, or instances in full."""
    async with store.writing() as session:
        account = Account(slug=slug, name=slug, created_at=NOW)
        account.tiers = [AccountTier(from_day=date(2020, 1, 1), tier=tier)]
        account.instances = [instance(run) for run in runs]
        session.add(account)
        await session.flush()
        if address:
            await subscribe(session, slug, topics=topics, **said)
        return account.id


def instance(said):
    said = {"version": said} if isinstance(said, str) else said
    usual = {"name": f"i{next(numbers)}", "product": "widget", "last_seen": NOW}
    return Instance(**usual | said)


async def subscribe(session, owner, *, topics=("*",), state="active", **said):
    address = f"{owner}-{next(numbers)}@example.com"
    row = Subscription(
        uid=subscription_uid(owner, "email", digest(address)),
        owner=owner,
        channel="email",
        address=address,
        address_digest=digest(address),
        target="email:example.com",
        state=state,
        created_at=NOW,
        **said,
    )
    session.add(row)
    await session.flush()
    session.add_all(SubscriptionTopic(subscription_id=row.id, topic=topic) for topic in topics)
    await session.flush()
    return row.id


async def change(store, slug, *, runs=None, tier=None, on=TODAY):
    async with store.writing() as session:
        account = await session.scalar(select(Account).where(Account.slug == slug))
        if runs is not None:
            statement = select(Instance).where(Instance.account_id == account.id)
            for each in await session.scalars(statement):
                await session.delete(each)
            for each in runs:
                row = instance(each)
                row.account_id = account.id
                session.add(row)
        if tier is not None:
            session.add(AccountTier(account_id=account.id, from_day=on, tier=tier))


async def draft(session, *, days=DAYS, product="widget", **content):
    """Store a deprecation as its announcement leaves it, but for its audience."""
    content = DeprecationIn(product=product, kind="end_of_support", **content)
    written = {tier: day.isoformat() for tier, day in days.items()}
    row = Deprecation(
        uid=str(uuid.uuid4()),
        product_id=(await queries.get_product(session, product)).id,
        origin="manual",
        state="announced",
        kind=content.kind,
        content=msgspec.to_builtins(content),
        days=written,
        announced_on=TODAY,
        announced_at=NOW,
        number=0,
        created_at=NOW,
        created_by="test",
    )
    session.add(row)
    await session.flush()
    await revise(session, row, days=days, change="announced")
    return row


async def revise(session, row, *, days=DAYS, change="changed", **content):
    row.number += 1
    row.content = row.content | msgspec.to_builtins(content)
    row.days = {tier: day.isoformat() for tier, day in days.items()}
    revision = Revision(
        deprecation_id=row.id,
        number=row.number,
        change=change,
        on_day=TODAY,
        at=NOW,
        actor="test",
        reason="",
        content=row.content,
        days=row.days,
        owed={},
    )
    session.add(revision)
    await session.flush()
    loaded = await load_facts(session, row.content["product"])
    read = msgspec.convert(row.content, DeprecationIn)
    await targets.write_targets(session, row, row.number, read, loaded)
    return revision


async def notice(session, row, milestone="announcement", **said):
    usual = {"due_on": TODAY, "due_at": NOW, "state": "waiting", "created_at": NOW}
    made = Notice(
        uid=str(uuid.uuid4()),
        deprecation_id=row.id,
        number=row.number,
        milestone=milestone,
        **usual | said,
    )
    session.add(made)
    await session.flush()
    return made


async def announce(store, *, today=TODAY, **said):
    async with store.writing() as session:
        row = await draft(session, **said)
        made = await notice(session, row)
        await fan_out.begin(session, row, made, by=BY, now=NOW, today=today)
    return row


async def fill(store, row, milestone, *, today=TODAY, **said):
    async with store.writing() as session:
        row = await session.get_one(Deprecation, row.id)
        made = await notice(session, row, milestone, **said)
        while await fan_out.fill_some(session, made, by=BY, now=NOW, today=today):
            pass
    return made


async def recipients(store, row):
    async with store.reading() as session:
        statement = (
            select(Account.slug, Recipient)
            .join(Account, Account.id == Recipient.account_id)
            .where(Recipient.deprecation_id == row.id)
            .order_by(Account.id)
        )
        return dict((await session.execute(statement)).all())


async def deliveries(store, row, milestone=None):
    """Give who has how many deliveries of a milestone (or of all), cancelled ones left out."""
    async with store.reading() as session:
        statement = select(Delivery.owner).join(Notice, Notice.id == Delivery.notice_id)
        statement = statement.where(Delivery.thread == row.id, Delivery.state != "cancelled")
        if milestone:
            statement = statement.where(Notice.milestone == milestone)
        return sorted(await session.scalars(statement))
