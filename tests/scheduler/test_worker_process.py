import asyncio
import os
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError, OperationalError
from standardwebhooks import Webhook

from lifecycle import settings
from lifecycle.audit.actions import append
from lifecycle.database import open_store
from lifecycle.errors import Unavailable
from lifecycle.scheduler.worker_process import Work
from lifecycle.telemetry import Telemetry
from notifications import subscriptions
from notifications.models import Delivery
from notifications.secrets import Vault
from testkit.forked_processes import start_forked

KEY = "a key that only tests know"
DEADLINE = 30


@pytest.fixture
async def receiver():
    """A receiver that keeps what it is sent; ``receiver.status`` is what it answers."""

    class Receiver:
        def __init__(self):
            self.status, self.got, self.news = 200, [], asyncio.Event()

        async def take(self, request):
            self.got.append((dict(request.headers), await request.read()))
            self.news.set()
            return web.Response(status=self.status)

        async def next(self):
            async with asyncio.timeout(DEADLINE):
                while not self.got:
                    self.news.clear()
                    await self.news.wait()
            return self.got.pop(0)

    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture
def chosen(store_url):
    environment = {
        "LIFECYCLE_DATABASE_URL": store_url,
        "LIFECYCLE_SECRET_KEY": KEY,
        "LIFECYCLE_ALLOW_PRIVATE_ADDRESSES": "yes",
        "LIFECYCLE_POLL_SECONDS": "0.05",
        "LIFECYCLE_DRAIN_SECONDS": "5",
    }
    return settings.load(environment)


def real_moment():
    """Give the real moment: signatures are checked against the receiver's own clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def working(world, chosen):
    work, stop = Work(world.store, chosen, world.clock), asyncio.Event()
    task = asyncio.create_task(work.run(stop))
    yield work
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await task


@pytest.fixture
def hook(world, receiver):
    """Have an account told at the receiver; give the secret."""

    async def subscribe(slug):
        async def record(session, event):
            append(session, world.by, event.action, event.owner, details=event.details)

        async with world.store.writing() as session:
            added = await subscriptions.add(
                session,
                slug,
                channel="webhook",
                address=receiver.url,
                topics=["*"],
                now=world.clock(),
                record=record,
                vault=Vault(KEY),
                allow_http=True,
            )
        return added.secret

    return subscribe


async def test_what_is_announced_arrives_signed(world, chosen, receiver, hook):
    await world.account("beta", runs="1.2.0", told=False)
    secret = await hook("beta")
    world.clock.now = real_moment()

    async with working(world, chosen) as work:
        await world.announce(await world.draft(kind="removal", lines=["1.2"]))
        headers, body = await receiver.next()

    assert Webhook(secret).verify(body, {name.lower(): headers[name] for name in headers})
    telemetry = Telemetry()
    work.measure(telemetry)
    assert 'lifecycle_deliveries_total{outcome="delivered"} 1.0' in telemetry.render().decode()


async def test_an_account_that_joins_is_told_within_seconds(world, chosen, receiver, hook):
    world.clock.now = real_moment()
    await world.announce(await world.draft(kind="removal", lines=["1.2"]))

    async with working(world, chosen):
        await world.account("late", runs="1.2.0", told=False)
        await hook("late")
        _, body = await receiver.next()

    assert b'"late"' in body


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("It is away."),
        OperationalError("SELECT 1", {}, Exception("no code and no sentence fits this one")),
        InvalidRequestError("Can't reconnect until invalid transaction is rolled back."),
    ],
)
async def test_a_store_that_fails_is_waited_for(
    world, chosen, receiver, hook, monkeypatch, failure
):
    await world.account("beta", runs="1.2.0", told=False)
    await hook("beta")
    world.clock.now = real_moment()
    real, failures = world.store.reading, [failure, failure]

    def reading(**options):
        if failures:
            raise failures.pop()
        return real(**options)

    monkeypatch.setattr(world.store, "reading", reading)
    async with working(world, chosen):
        await world.announce(await world.draft(kind="removal", lines=["1.2"]))
        await receiver.next()

    assert failures == []


async def test_a_defect_of_our_own_still_ends_the_work(world, chosen, monkeypatch):
    def reading(**options):
        raise KeyError("a defect")

    monkeypatch.setattr(world.store, "reading", reading)
    work = Work(world.store, chosen, world.clock)

    with pytest.raises(KeyError, match="a defect"):
        async with asyncio.timeout(DEADLINE):
            await work.run(asyncio.Event())


class Process:
    """A `lifecycle worker` of its own; it does not outlive its test."""

    def __init__(self, chosen, folder):
        self.output = folder / "output"
        names = ("database_url", "secret_key", "allow_private_addresses", "poll_seconds")
        own = {f"LIFECYCLE_{name.upper()}": str(getattr(chosen, name)) for name in names}
        clean = {name: v for name, v in os.environ.items() if not name.startswith("LIFECYCLE_")}
        with self.output.open("w") as output:
            self.process = start_forked(
                "from lifecycle.cli import main; main()",
                ["worker"],
                clean | own,
                stdout=output,
                stderr=output,
            )

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=DEADLINE)


async def test_a_worker_of_its_own_delivers_and_drains(world, chosen, receiver, hook, tmp_path):
    await world.account("beta", runs="1.2.0", told=False)
    await hook("beta")
    world.clock.now = real_moment()
    worker = Process(chosen, tmp_path)
    try:
        await world.announce(await world.draft(kind="removal", lines=["1.2"]))
        await receiver.next()
        code = await asyncio.to_thread(worker.end)
    finally:
        worker.process.kill()

    assert code == 0, worker.output.read_text()
    again = open_store(chosen.database_url)
    async with again.reading() as session:
        rows = (await session.scalars(select(Delivery).where(Delivery.owner == "beta"))).all()
    await again.close()
    assert [(row.state, row.lease_owner) for row in rows] == [("delivered", None)]
