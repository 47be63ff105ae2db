"""What importing a customer list costs, beside the bare insertion of the same rows.

    python tests/benchmarks/importing_accounts.py [--accounts 10000]

Each round imports a CSV of accounts (a tier, two instances, an e-mail address or a webhook each)
into a fresh store, imports it again unchanged, and copies the rows that were stored, without their
evidence, into the same tables of another store: one statement a table, in one transaction. The
interpreter's start counts nowhere. Prints the medians in processor seconds of this process, and
their ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.audit.chain import By
from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.database import open_store, schema_upgrade
from lifecycle.imports import customer_lists
from lifecycle.imports.import_sources import Source
from notifications.models import Subscription, SubscriptionTopic
from notifications.secrets import Vault

TABLES = [each.__table__ for each in (Account, AccountTier, Instance)]
TABLES += [Subscription.__table__, SubscriptionTopic.__table__]
BY = By("benchmark", datetime(2026, 11, 21, 12, tzinfo=UTC))


def customer_list(count):
    rows = ["account,name,tier,addresses,instances"]
    for number in range(count):
        slug = f"customer-{number}"
        address = f"ops@{slug}.example" if number % 4 else f"https://{slug}.example/hook"
        runs = f"production=widget@3.{number % 40}.2 staging=widget@3.{number % 41}.0"
        rows.append(f"{slug},Customer {number},{('pro', 'gold')[number % 2]},{address},{runs}")
    return Source("customers.csv", "\n".join(rows).encode())


@contextmanager
def processor_time(taken):
    start = time.process_time()
    yield
    taken.append(time.process_time() - start)


async def rows_of(store):
    async with store.reading() as session:
        return {
            table: [dict(row._mapping) for row in await session.execute(select(table))]
            for table in TABLES
        }


async def one_round(url, bare_url, source, times):
    store, bare = open_store(url), open_store(bare_url)
    try:
        async with store.writing() as session:
            await products.put(session, ProductIn(slug="widget"), by=BY)
        for name in ("import", "again"):
            with processor_time(times[name]):
                report = await customer_lists.customer_list(
                    store, source, by=BY, vault=Vault("a key of a benchmark"), dry_run=False
                )
            assert not report.problems
        rows = await rows_of(store)
        with processor_time(times["bare"]):
            async with bare.writing() as session:
                for table, values in rows.items():
                    await session.execute(insert(table), values)
        return {table.name: len(values) for table, values in rows.items()}
    finally:
        await store.close()
        await bare.close()


async def on_sqlite(source, rounds, times):
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template"
        await schema_upgrade.upgrade(f"sqlite:///{template}")
        for _ in range(rounds):
            files = [Path(folder) / name for name in ("store", "bare")]
            for file in files:
                shutil.copyfile(template, file)
            counts = await one_round(*(f"sqlite:///{file}" for file in files), source, times)
    return counts


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--accounts", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    times = {"import": [], "again": [], "bare": []}
    counts = asyncio.run(on_sqlite(customer_list(given.accounts), given.rounds, times))
    first, again, bare = (statistics.median(times[name]) for name in ("import", "again", "bare"))
    print(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    print(f"bare insertion: {bare:.2f} s of processor time")
    print(f"import:         {first:.2f} s, {first / bare:.1f} x bare insertion")
    print(f"unchanged:      {again:.2f} s, {again / bare:.1f} x bare insertion")


if __name__ == "__main__":
    main()
