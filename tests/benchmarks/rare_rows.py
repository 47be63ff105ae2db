"""How soon rare rows are found among a million: the log by whom, and deliveries that failed.

    python tests/benchmarks/rare_rows.py [--rows 1000000] [--rounds 5] [--store sqlite]

Each is asked for as its page does, with the indexes and then without them, in one run; and so is
what is common, which must not take longer for them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from functools import partial
from pathlib import Path

from gating import databases, ms
from sqlalchemy import text

from lifecycle.audit import queries
from lifecycle.audit.queries import EntryFilter
from lifecycle.database import open_store, schema_upgrade
from lifecycle.deprecations.evidence import deliveries
from notifications.models import DeliveryState

sys.path.insert(0, str(Path(__file__).parents[1]))
from testkit.long_tables import COMMON, RARE, fill_deliveries, fill_log

INDEXES = ("ix_audit_entries_actor_seq", "ix_deliveries_undelivered")
QUESTIONS = {
    "the log by a rare token": partial(queries.entries, only=EntryFilter(actor=RARE[0])),
    "the log by two rare tokens": partial(queries.entries, only=EntryFilter(actor="token:7")),
    "the log by the most common": partial(queries.entries, only=EntryFilter(actor=COMMON)),
    "failed deliveries": partial(deliveries.list_of, state=DeliveryState.EXHAUSTED),
    "delivered ones": partial(deliveries.list_of, state=DeliveryState.DELIVERED),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--store", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    for name in [chosen.store] if chosen.store else ["sqlite", "postgresql"]:
        with databases(name) as urls:
            asyncio.run(measure(name, urls[-1], chosen))


async def measure(name, url, chosen):
    await schema_upgrade.upgrade(url)
    store = open_store(url)
    async with store.writing() as session:
        await fill_log(session, chosen.rows)
        await fill_deliveries(session, chosen.rows)
    with_them = {what: await asked(store, ask, chosen.rounds) for what, ask in QUESTIONS.items()}
    async with store.writing() as session:
        for index in INDEXES:
            await session.execute(text(f"DROP INDEX {index}"))
        await session.execute(text("ANALYZE"))
    for what, ask in QUESTIONS.items():
        without = await asked(store, ask, chosen.rounds)
        ratio = without / with_them[what]
        print(
            f"{name}: {what}: {ms([with_them[what]])} with the indexes, {ms([without])} without:"
            f" {ratio:,.1f} x"
        )
    await store.close()


async def asked(store, ask, rounds):
    """Give the median of the seconds that a question takes."""
    took = []
    for _ in range(rounds + 1):
        async with store.reading() as session:
            begun = time.perf_counter()
            await ask(session, limit=100)
            took.append(time.perf_counter() - begun)
    return statistics.median(took[1:])


if __name__ == "__main__":
    main()
