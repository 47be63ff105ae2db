"""How fast status answers are served while deliveries go out of the same process.

One `lifecycle serve` on SQLite, its worker inside, on one core; wrk and the receiver of webhooks on
the other. Rounds take turns: without deliveries, and while a part of them goes out, with real
notices, signatures and records. Needs wrk.

    python tests/benchmarks/answers_beside_deliveries.py [--deliveries 50000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import announcing
import delivering
import msgspec
import status_answers

from lifecycle.audit.chain import By
from lifecycle.catalogue.queries import get_product
from lifecycle.database import open_store, schema_upgrade
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.workflow import drafts
from lifecycle.deprecations.workflow.announcement import announce as announce_draft
from lifecycle.scheduler.due_notices import fill_due
from notifications.secrets import Vault, new_webhook_secret

KEY = "a key for nothing but measuring"
PATH = "/v1/products/widget/versions/1.3.0?tier=enterprise"
TARGETS = 500
IDLE = 0.1
LATER = "2100-01-01 00:00:00.000000"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    chosen = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is needed.")
    receiver = delivering.start(delivering.RECEIVER, core=int(status_answers.LOAD))
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
            file = Path(folder) / "store.sqlite3"
            port = int(receiver.stdout.readline())
            asyncio.run(prepare(f"sqlite:///{file}", port, chosen.deliveries))
            measure(file, running, chosen)
    finally:
        receiver.kill()


async def prepare(url, port, count):
    """Announce to that many accounts, each with a webhook; none of it is due yet."""
    await schema_upgrade.upgrade(url)
    store = open_store(url)
    await announcing.fill(store, count)
    async with store.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE subscriptions SET channel = 'webhook', secret = ?, address = ? || id,"
            " target = 'webhook:' || (id % ?)",
            (Vault(KEY).encrypt(new_webhook_secret()), f"http://127.0.0.1:{port}/hooks/", TARGETS),
        )
    await announce(store)
    async with store.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE deliveries SET due_at = ?", (LATER,))
    await store.close()


async def announce(store):
    by = By("benchmark", datetime.now(UTC))
    lines = ["1.0", "1.1", "1.2", "1.3"]
    content = {"product": "widget", "kind": "removal", "lines": lines, "reason": "It is old."}
    facts = msgspec.convert(content, DeprecationIn)
    async with store.writing() as session:
        product = await get_product(session, "widget")
        row = await drafts.draft(session, product, facts, by=by, today=by.at.date())
        await announce_draft(session, row, AnnounceIn(), by=by)
    await fill_due(store, now=by.at)


def measure(file, running, chosen):
    port = status_answers.free_port()
    environment = {
        "LIFECYCLE_DATABASE_URL": f"sqlite:///{file}",
        "LIFECYCLE_SECRET_KEY": KEY,
        "LIFECYCLE_ALLOW_PRIVATE_ADDRESSES": "yes",
    }
    status_answers.serve(running, "lifecycle.asgi:app", port, environment)
    status_answers.warm(port, [PATH])
    without, beside, sent = [], [], []
    for _ in range(chosen.rounds):
        wait_until_idle()
        without.append(status_answers.wrk(chosen, port, PATH))
        let_go(file, chosen.deliveries // chosen.rounds)
        begun = time.perf_counter()
        before = waiting(file)
        beside.append(status_answers.wrk(chosen, port, PATH))
        left = waiting(file)
        sent.append((before - left) / (time.perf_counter() - begun))
        if not left:
            sys.exit("The deliveries ended before the answers did: choose more of them.")
        while waiting(file):
            time.sleep(0.1)
    report(statistics.median(without), statistics.median(beside), statistics.median(sent))


def let_go(file, count):
    """Let the next deliveries be due."""
    with contextlib.closing(sqlite3.connect(file, timeout=60)) as store, store:
        store.execute(
            "UPDATE deliveries SET due_at = ? WHERE id IN"
            " (SELECT id FROM deliveries WHERE due_at = ? ORDER BY id LIMIT ?)",
            (moment(), LATER, count),
        )


def waiting(file):
    with contextlib.closing(sqlite3.connect(file, timeout=60)) as store:
        found = "SELECT count(*) FROM deliveries WHERE due_at < ?"
        return store.execute(found, (LATER,)).fetchone()[0]


def moment():
    return (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S.%f")


def wait_until_idle():
    """Wait until the server has nothing to do: its schedule looks at all accounts at first."""
    while True:
        before = cpu_seconds()
        time.sleep(1)
        if cpu_seconds() - before < IDLE:
            return


def cpu_seconds():
    """Give what the children that run have used of the processor."""
    used = 0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        user, system = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        used += int(user) + int(system)
    return used / os.sysconf("SC_CLK_TCK")


def report(without, beside, sent):
    sys.stdout.write(
        f"answers without deliveries {without:10,.0f} a second\n"
        f"answers beside deliveries  {beside:10,.0f} a second\n"
        f"deliveries meanwhile       {sent:10,.0f} a second\n"
        f"ratio                      {beside / without:10.2f}\n"
    )


if __name__ == "__main__":
    main()
