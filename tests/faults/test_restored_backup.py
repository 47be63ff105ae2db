"""A store put back as it was yesterday, and a clock that jumps: nothing new under another id."""

import asyncio
import os
import signal
from collections import Counter, defaultdict

import msgspec
import pytest

from testkit.forked_processes import run_forked
from testkit.outboxes import SENDING, MovedClock, announce, looking, repeats
from testkit.server_processes import RUN

POLICY = {
    "policy": "gadget-support",
    "version": "1",
    "in_force_from": "2024-01-01",
    "timezone": "UTC",
    "tiers": {"enterprise": {"rank": 0, "window": {"newest": {"count": 2, "of": "minor"}}}},
    "notice": {"breaking_change": "30 days", "end_of_support": "30 days"},
    "reminders": [30],
    "announce": "implied_ends",
}
AHEAD = 60
"""The longest notice and the first reminder: so many days ahead ends are announced."""


@pytest.fixture
def clock(tmp_path):
    return MovedClock(tmp_path / "clock")


@pytest.fixture
def start(serve, store_url, clock):
    """Start a server on the moved clock."""

    def start(**environment):
        said = SENDING | clock.environment | environment
        return serve(store_url, run=clock.run, **said).ready()

    return start


async def prepare(server, outbox, receiving, clock):
    """Store a product, and customers who listen and run what the next release pushes out."""
    customers = {f"account-{number}": [f"/late/{number}", f"/ok/{number}"] for number in range(10)}
    async with server.asynchronous() as client:
        document = msgspec.json.encode(POLICY)
        kind = {"Content-Type": "application/json"}
        for call in (
            client.post("/v1/products", json={"slug": "clairdash"}),
            client.post("/v1/products/clairdash/releases", json=releases(clock)),
            client.put("/v1/products/clairdash/policy", content=document, headers=kind),
        ):
            (await call).raise_for_status()
        hooks = {
            account: [receiving.url(path, number) for path in paths]
            for number, (account, paths) in enumerate(customers.items())
        }
        receiving.trust(await outbox.enrol(hooks))
        for account in customers:
            told = {"product": "clairdash", "version": "1.1.0"}
            path = f"/v1/accounts/{account}/instances/main"
            (await client.put(path, json=told)).raise_for_status()


def releases(clock):
    published = [{"version": f"1.{minor}.0", "released_on": "2026-01-31"} for minor in (1, 2)]
    return [*published, {"version": "1.3.0", "planned_on": clock.day(1 + AHEAD)}]


def told_of(received):
    """Count the messages of each notice."""
    return Counter(each["notice"] for each in received)


async def arrived(outbox, receiving, notices):
    """Wait until so many notices have reached all twenty addresses, and are recorded."""

    async def all_of_them():
        counts = told_of(receiving.received())
        return len(counts) == notices and min(counts.values()) >= 20

    await outbox.until(all_of_them, f"{notices} notices at every address")
    await outbox.done()


def lifecycle(url, *said):
    """Run a command on a store."""
    clean = {name: v for name, v in os.environ.items() if not name.startswith("LIFECYCLE_")}
    done = run_forked(RUN, said, clean | {"LIFECYCLE_DATABASE_URL": url})
    assert done.returncode == 0, done.stderr


def stop(server):
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_what_a_restored_store_sends_again_bears_the_ids_it_had(
    start, store_url, outbox, receiving, clock, verdict, tmp_path
):
    server = start()
    await prepare(server, outbox, receiving, clock)
    async with server.asynchronous() as client:
        await announce(client, "told before", effective_on=clock.day(31))
    await arrived(outbox, receiving, 1)
    stop(server)
    server = start(LIFECYCLE_WORKER="no")
    async with server.asynchronous() as client:
        await announce(client, "told after", effective_on=clock.day(90))
        await announce(client, "tells itself", on=clock.day(1), effective_on=clock.day(90))
    saved = str(tmp_path / "saved.sqlite3")
    await asyncio.to_thread(lifecycle, store_url, "db", "backup", saved)
    stop(server)

    server = start()
    await arrived(outbox, receiving, 2)
    clock.move(days=1)
    # The reminder of the first, the scheduled announcement, and the end that comes into sight.
    await arrived(outbox, receiving, 5)
    stop(server)
    before = receiving.received()
    await outbox.close()
    await asyncio.to_thread(lifecycle, store_url, "db", "restore", saved, "--replace")
    start()

    async def again():
        return len(receiving.received()) >= len(before) + 80

    async with looking(store_url) as restored:
        await restored.until(again, "four notices once more")
        await restored.done()
    received = receiving.received()
    after = received[len(before) :]
    ids = {each["id"] for each in before}
    assert len(ids) == len(before) == 100
    assert {each["id"] for each in after} < ids
    assert len(after) == 80
    assert set(repeats(received).values()) == {1}
    assert all(each["verified"] for each in received)
    assert (await asyncio.to_thread(verdict, store_url)).whole


@pytest.mark.parametrize("back", [{"hours": -1}, {"days": -1}], ids=["an hour", "a day"])
async def test_a_clock_that_jumps_back_repeats_nothing_and_loses_nothing(
    start, store_url, outbox, receiving, clock, verdict, back
):
    server = start()
    await prepare(server, outbox, receiving, clock)
    forth = {unit: -length for unit, length in back.items()}
    async with server.asynchronous() as client:
        await announce(client, "under way", effective_on=clock.day(31))

        async def under_way():
            return receiving.received()

        await outbox.until(under_way, "the first message")
        clock.move(**back)
        await announce(client, "told meanwhile", effective_on=clock.day(60))
        await outbox.until(lambda: reached(receiving, 1), "a notice at every address")
        clock.move(**forth)
        await arrived(outbox, receiving, 2)
        clock.move(days=1)
        await arrived(outbox, receiving, 4)
        clock.move(**back)
        await announce(client, "told last", effective_on=clock.day(61))
        await arrived(outbox, receiving, 5)
        clock.move(**forth)
        await announce(client, "and after that", effective_on=clock.day(62))
        await arrived(outbox, receiving, 6)

    received = receiving.received()
    by_notice = defaultdict(set)
    for each in received:
        by_notice[each["notice"]].add(each["path"])
    assert repeats(received) == {}
    assert {len(paths) for paths in by_notice.values()} == {20}
    assert await outbox.leases() == 0
    assert (await asyncio.to_thread(verdict, store_url)).whole


async def reached(receiving, notices):
    return sum(count >= 20 for count in told_of(receiving.received()).values()) >= notices
