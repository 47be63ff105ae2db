"""A simulated year: everybody affected is told, nobody else, on the right days, once.

Before each release the gate is asked, and at times about a bad one: it fails exactly those after
which an invariant would not hold, by the vendor's own books.

``LIFECYCLE_SIMULATED_DAYS=365 pytest -s tests/simulation`` lives through the whole year. Eight
weeks are the least in which everything happens that there is to be seen.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lifecycle import settings
from lifecycle.accounts.models import Account
from lifecycle.audit import queries as audit
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.deprecations.models import Deprecation, Recipient, Revision
from lifecycle.deprecations.notices.renderings import make_render
from notifications.channels import open_channels
from notifications.models import Delivery
from notifications.secrets import Links, Vault
from notifications.worker import Worker, WorkerSettings
from testkit.simulation.receiver import Receiver
from testkit.simulation.vendor import PRODUCT, owed, reminder_days
from testkit.simulation.year import Year

DAYS = int(os.environ.get("LIFECYCLE_SIMULATED_DAYS", "56"))
CUSTOMERS = 220
KEY = "a key that only tests know"


@pytest.fixture
async def receiver():
    made = Receiver()
    runner = await made.start()
    yield made
    await runner.cleanup()


@pytest.fixture
async def year(store, clock, make_product, receiver):
    await make_product(slug=PRODUCT, scheme="semver", line_by="minor")
    chosen = settings.load({"LIFECYCLE_SECRET_KEY": KEY}, database_url="unused")
    vault = Vault(KEY)
    async with open_channels(allow_private_addresses=True) as channels:
        worker = Worker(
            store.writing,
            channels,
            render=make_render(store, chosen, Links(KEY, clock)),
            record=recorder(clock),
            clock=clock,
            vault=vault,
            settings=WorkerSettings(per_target=100, per_target_rate=0),
        )
        made = Year(store, clock, worker, receiver, vault, seed=20261123)
        await made.begin(CUSTOMERS)
        yield made


def recorder(clock):
    async def record(session, event):
        append(session, By("system", clock()), event.action, event.owner, details=event.details)

    return record


async def test_a_year_in_which_promises_are_kept(year, receiver):
    for _ in range(DAYS):
        await year.live()

        async with year.store.reading() as session:
            await everybody_affected_has_a_delivery_or_a_reason(session, year)
            await no_promised_day_moved_earlier(session)
            if year.day.weekday() == 0:  # whatever breaks the chain stays in it
                assert (await audit.verify(session)).whole
        nobody_unaffected_was_told(year, receiver)
        no_notice_came_twice(receiver)
        loyal_customers_were_reminded_on_their_days(year, receiver)

    async with year.store.reading() as session:
        assert (await audit.verify(session)).whole
    assert len(year.changes) > DAYS // 10
    assert any(message.status != 200 for message in receiver.messages)
    assert {message.type.partition(".")[2] for message in receiver.messages} == {
        "announced", "reminder", "effective", "amended", "withdrawn",
    }  # fmt: skip
    tried = year.releasing.agreed
    assert {verdict for _, verdict in tried} == {"pass", "warn", "fail"}
    assert sum(tried.values()) > DAYS // 7
    print(figures(year, receiver))  # noqa: T201 -- what the note quotes


async def everybody_affected_has_a_delivery_or_a_reason(session, year):
    numbers = {
        row.uid: row.id for row in await session.execute(select(Deprecation.uid, Deprecation.id))
    }
    statement = (
        select(Delivery.thread, Delivery.owner).where(Delivery.thread.is_not(None)).distinct()
    )
    told = {tuple(row) for row in await session.execute(statement)}
    reasons = (
        select(Recipient.deprecation_id, Account.slug)
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.why_not.is_not(None))
    )
    excused = {tuple(row) for row in await session.execute(reasons)}
    for change in year.changes:
        if change.withdrawn:
            continue
        for customer in year.customers:
            if change.concerns(customer):
                key = (numbers[change.uid], customer.slug)
                assert key in told or key in excused, (year.day, change, customer)


async def no_promised_day_moved_earlier(session):
    """Whatever comes sooner than was announced comes after its notice, or under a waiver."""
    statement = select(Revision, Deprecation.kind).join(
        Deprecation, Deprecation.id == Revision.deprecation_id
    )
    rows = (
        await session.execute(statement.order_by(Revision.deprecation_id, Revision.number))
    ).all()
    announced: dict[tuple[int, str], date] = {}
    for revision, kind in rows:
        for tier, text in revision.days.items():
            day, key = date.fromisoformat(text), (revision.deprecation_id, tier)
            sooner = key not in announced or day < announced[key]
            if sooner and revision.waiver_id is None:
                assert day >= owed(kind, tier, revision.on_day), (revision.change, tier, day)
            announced[key] = day


def nobody_unaffected_was_told(year, receiver):
    by_name = {
        customer.slug
        for customer in year.customers
        if any(address.topic == f"product:{PRODUCT}" for address in customer.addresses)
    }
    for message in receiver.messages:
        if message.affected == "yes":
            assert (message.deprecation, message.account) in year.ever, message
        else:
            assert message.account in by_name, message


def no_notice_came_twice(receiver):
    arrived = Counter(message.id for message in receiver.messages if message.status == 200)
    assert max(arrived.values(), default=1) == 1


def loyal_customers_were_reminded_on_their_days(year, receiver):
    reminded = defaultdict(set)
    for message in receiver.messages:
        if message.type == "deprecation.reminder":
            key = (message.deprecation, message.account)
            reminded[key].add((message.day, message.days_left))
    yesterday = year.day - timedelta(days=1)
    for change in year.changes:
        for customer in (customer for customer in year.customers if customer.loyal):
            if change.withdrawn or not change.concerns(customer):
                continue
            expected = {
                (day, left)
                for day, left in reminder_days(change, customer.tier)
                if day <= yesterday
            }
            got = {
                (day, left)
                for day, left in reminded[change.uid, customer.slug]
                if day > change.revised_on
            }
            assert got == expected, (yesterday, change, customer)


def figures(year, receiver):
    kinds = Counter(message.type for message in receiver.messages if message.status == 200)
    return {
        "days": DAYS,
        "customers": len(year.customers),
        "deprecations": len(year.changes),
        "refused": year.refused,
        "arrived": dict(kinds),
        "failed tries": sum(message.status != 200 for message in receiver.messages),
        "releases tried": {" ".join(key): n for key, n in sorted(year.releasing.agreed.items())},
        "found by the gate": dict(year.releasing.found.most_common()),
    }
