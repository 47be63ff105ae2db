import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import update
from standardwebhooks import Webhook

from lifecycle.errors import Unavailable
from notifications import leases
from notifications.channels.webhook_transport import WebhookTransport
from notifications.guard import Guard
from notifications.identity import webhook_id
from notifications.leased_messages import Message, Skip
from notifications.models import Subscription
from notifications.worker import Worker, WorkerSettings
from testkit import worker_runs

FAST = WorkerSettings(in_flight=20, per_target=5, per_target_rate=0, batch=50, poll=0.02)
SEVERAL_LOOKS = 10 * FAST.poll


class Receiver:
    """A real server; ``answers`` gives a path's statuses in turn, ``gates`` holds a path up."""

    def __init__(self):
        self.got, self.answers, self.gates, self.begun = [], {}, {}, asyncio.Event()
        self.under_way = self.most_under_way = 0

    async def handle(self, request):
        body = await request.read()
        self.got.append((request.path, dict(request.headers), body))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.begun.set()
        try:
            if request.path in self.gates:
                await self.gates[request.path].wait()
            turns = self.answers.get(request.path, [])
            return web.Response(status=turns.pop(0) if turns else 200)
        finally:
            self.under_way -= 1

    def paths(self):
        return [path for path, _, _ in self.got]


@pytest.fixture
async def receiver():
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/{owner}", receiver.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.at = lambda owner, host="127.0.0.1": f"http://{host}:{port}/{owner}"
    yield receiver
    for gate in receiver.gates.values():
        gate.set()
    await runner.cleanup()


@pytest.fixture
def follow(subscribe, receiver):
    """Subscribe owners to the receiver."""

    async def follow(*owners, host="127.0.0.1"):
        return [
            await subscribe(owner, receiver.at(owner, host), allow_http=True) for owner in owners
        ]

    return follow


async def render(batch, now):
    return {
        each.delivery_id: Message(
            uid=webhook_id(f"notice-{each.notice_id}", each.subscription_uid),
            type="deprecation.announced",
            timestamp=now,
            body=json.dumps({"account": each.owner}).encode(),
        )
        for each in batch
    }


@pytest.fixture
async def make_worker(store, clock, record, vault):
    """Make a worker; what is not said is usual."""

    def lookup(host, port):
        return resolved(host)

    channel = WebhookTransport(Guard(allow_private=True, lookup=lookup), allow_http=True)

    def make(**said):
        said.setdefault("settings", FAST)
        said.setdefault("render", render)
        return Worker(
            said.pop("writes", store.writing),
            {"webhook": channel},
            record=record,
            clock=clock,
            vault=vault,
            away=(Unavailable,),
            **said,
        )

    yield make
    await channel.close()


@pytest.fixture
def deliver_due(store, clock):
    async def deliver_due(worker):
        return await worker_runs.deliver_due(worker, store, clock())

    return deliver_due


async def resolved(host):
    return ["127.0.0.1"]


@asynccontextmanager
async def running(*workers):
    stop = asyncio.Event()
    tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def until(reached):
    async with asyncio.timeout(20):
        while not await reached():  # noqa: ASYNC110 -- it shows in the store alone
            await asyncio.sleep(0.01)


def test_a_workers_name_tells_nothing_of_its_host(make_worker):
    names = {make_worker().name for _ in range(3)}

    assert len(names) == 3
    assert all(re.fullmatch(r"worker:\d+-[0-9a-f]{12}", name) for name in names)


async def test_a_batch_arrives_signed_and_is_recorded(
    deliver_due, follow, announce, make_worker, receiver, deliveries
):
    added, _ = await follow("acme", "globex")
    await announce("acme", "globex")

    assert await deliver_due(make_worker()) == 2

    assert [delivery.state for delivery in await deliveries()] == ["delivered", "delivered"]
    headers, body = next((each[1], each[2]) for each in receiver.got if each[0] == "/acme")
    signed = {name.lower(): value for name, value in headers.items()}
    assert signed["webhook-id"] == webhook_id("notice-1", added.subscription.uid)
    assert Webhook(added.secret).verify(body, signed) == {"account": "acme"}


async def test_a_webhook_without_a_secret_is_not_posted_to_and_the_reason_says_what_to_do(
    deliver_due, store, follow, announce, make_worker, receiver, deliveries, subscription
):
    (added,) = await follow("acme")
    async with store.writing() as session:
        await session.execute(update(Subscription).values(secret=None))
    await announce("acme")

    await deliver_due(make_worker())

    (delivery,) = await deliveries()
    assert (delivery.state, receiver.got) == ("waiting", [])
    assert delivery.reason == "the webhook has no secret that can be read: rotate it"
    assert (await subscription(added.subscription.uid)).failing_since is None


async def test_a_slow_receiver_holds_up_nobody(follow, announce, make_worker, receiver, deliveries):
    slow = [f"slow-{number}" for number in range(30)]
    quick = [f"quick-{number}" for number in range(30)]
    await follow(*slow, host="slow.example")
    await follow(*quick, host="quick.example")
    for owner in slow:
        receiver.gates[f"/{owner}"] = asyncio.Event()
    await announce(*slow)
    await announce(*quick)

    async def quick_ones_arrived():
        found = await deliveries(target="webhook:quick.example")
        return all(each.state == "delivered" for each in found)

    async with running(make_worker()):
        await until(quick_ones_arrived)
        waiting = await deliveries(target="webhook:slow.example", state="waiting")
        for gate in receiver.gates.values():
            gate.set()

        assert len(waiting) == 30
        assert len([path for path in receiver.paths() if "slow" in path]) <= 30


async def test_no_more_than_its_limit_is_under_way_to_one_host(
    follow, announce, make_worker, receiver, deliveries
):
    owners = [f"owner-{number}" for number in range(60)]
    await follow(*owners)
    await announce(*owners)

    async with running(make_worker()):
        await until(all_delivered(deliveries))

    assert receiver.most_under_way <= FAST.per_target
    assert sorted(receiver.paths()) == sorted(f"/{owner}" for owner in owners)


def all_delivered(deliveries):
    async def reached():
        return all(delivery.state == "delivered" for delivery in await deliveries())

    return reached


async def test_a_failure_is_tried_again_under_the_same_id(
    deliver_due, follow, announce, make_worker, receiver, deliveries, clock
):
    await follow("acme")
    await announce()
    receiver.answers["/acme"] = [500]
    worker = make_worker()

    await deliver_due(worker)
    async with running(worker):
        await asyncio.sleep(SEVERAL_LOOKS)
    assert len(receiver.got) == 1
    clock.advance(seconds=6)
    assert await deliver_due(worker) == 1

    ids = {headers["webhook-id"] for _, headers, _ in receiver.got}
    assert (len(receiver.got), len(ids)) == (2, 1)
    assert worker.counts == {"failed": 1, "delivered": 1}


async def test_two_workers_share_the_work_and_send_nothing_twice(
    follow, announce, make_worker, receiver, deliveries
):
    owners = [f"owner-{number}" for number in range(120)]
    await follow(*owners)
    await announce(*owners)

    async with running(make_worker(), make_worker()):
        await until(all_delivered(deliveries))

    assert sorted(receiver.paths()) == sorted(f"/{owner}" for owner in owners)


async def test_stopping_finishes_what_is_under_way_and_gives_the_rest_back(
    follow, announce, make_worker, receiver, deliveries
):
    owners = [f"owner-{number}" for number in range(15)]
    await follow(*owners)
    await announce(*owners)
    receiver.gates = {f"/{owner}": asyncio.Event() for owner in owners}
    stop = asyncio.Event()
    running_worker = asyncio.create_task(make_worker().run(stop))
    await receiver.begun.wait()

    async def five_under_way():
        return receiver.under_way == FAST.per_target

    await until(five_under_way)
    stop.set()
    await asyncio.sleep(0)
    for gate in receiver.gates.values():
        gate.set()
    await running_worker

    found = await deliveries()
    assert len([each for each in found if each.state == "delivered"]) == FAST.per_target
    assert {each.lease_owner for each in found} == {None}


async def test_stopping_waits_no_longer_than_it_may(
    follow, announce, make_worker, receiver, deliveries
):
    await follow("acme")
    await announce()
    receiver.gates["/acme"] = asyncio.Event()
    settings = WorkerSettings(poll=0.02, stop_within=0.2)

    async with running(make_worker(settings=settings)):
        await receiver.begun.wait()

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.lease_owner, delivery.tries) == ("waiting", None, 0)


async def test_what_a_killed_worker_held_goes_to_another(
    store, follow, announce, make_worker, receiver, clock, deliveries
):
    await follow("acme")
    await announce()
    async with store.writing() as session:
        await leases.lease(
            session, "killed", now=clock(), limit=10, vault=None, length=timedelta(0)
        )
    clock.advance(seconds=1)

    async with running(make_worker()):
        await until(all_delivered(deliveries))

    assert receiver.paths() == ["/acme"]


class UnforeseenError(Exception):
    """What a driver raises where nobody knows why."""


@pytest.mark.parametrize("failure", [Unavailable, UnforeseenError])
async def test_a_store_that_fails_for_a_while_loses_nothing(
    store, follow, announce, make_worker, receiver, deliveries, failure
):
    owners = [f"owner-{number}" for number in range(20)]
    await follow(*owners)
    await announce(*owners)
    turns = iter(range(1000))

    @asynccontextmanager
    async def writes():
        if next(turns) % 2:
            raise failure
        async with store.writing() as session:
            yield session

    async with running(make_worker(writes=writes, faults=(UnforeseenError,))):
        await until(all_delivered(deliveries))

    assert sorted(receiver.paths()) == sorted(f"/{owner}" for owner in owners)


async def test_what_is_over_is_not_sent(
    deliver_due, follow, announce, make_worker, receiver, deliveries
):
    await follow("acme")
    await announce()

    async def skipping(batch, now):
        return {each.delivery_id: Skip("withdrawn") for each in batch}

    await deliver_due(make_worker(render=skipping))

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.reason) == ("cancelled", "withdrawn")
    assert receiver.got == []


async def test_what_cannot_be_written_spoils_no_other(
    deliver_due, follow, announce, make_worker, receiver, deliveries, caplog
):
    await follow("acme", "globex")
    await announce("acme", "globex")

    async def failing(batch, now):
        if "acme" in {each.owner for each in batch}:
            raise ZeroDivisionError
        return await render(batch, now)

    await deliver_due(make_worker(render=failing))

    found = {delivery.owner: (delivery.state, delivery.reason) for delivery in await deliveries()}
    assert found == {
        "acme": ("waiting", "the message could not be written: ZeroDivisionError"),
        "globex": ("delivered", None),
    }


async def test_what_the_renderer_leaves_out_comes_later(
    deliver_due, follow, announce, make_worker, clock, deliveries
):
    await follow("acme")
    await announce()

    async def nothing(batch, now):
        return {}

    assert await deliver_due(make_worker(render=nothing)) == 1

    (delivery,) = await deliveries()
    assert (delivery.state, delivery.due_at) == ("waiting", clock() + timedelta(minutes=1))


async def test_an_error_of_ours_ends_the_worker_loudly(store, make_worker):
    @asynccontextmanager
    async def broken():
        raise ZeroDivisionError
        yield

    with pytest.raises(ZeroDivisionError):
        await make_worker(writes=broken, settings=WorkerSettings(stop_within=0.1)).run(
            asyncio.Event()
        )
