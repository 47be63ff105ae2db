"""Whoever delivers is killed at any instant, the store goes away, receivers do their worst.

Ten kills as it stands; four hundred, two hundred of them on each store, take some
twenty minutes: `LIFECYCLE_FAULT_SCALE=20 pytest -s tests/faults/test_killed_workers.py`, which
prints what it counted.
"""

import asyncio
import os
import random
import time
from collections import Counter, defaultdict

from testkit.outboxes import SENDING, announce, looking, repeats, scaling_waits

SCALE = float(os.environ.get("LIFECYCLE_FAULT_SCALE", "0.15"))
KILLS = max(1, round(10 * SCALE))
WORKERS = 4
ACCOUNTS, EACH, LOW = 40, 2, 100
PATIENCE = 120
ENVIRONMENT = SENDING | {
    "LIFECYCLE_LEASE_SECONDS": "5",
}
QUICK = scaling_waits(0.00003)  # 76 hours become 8 seconds, five days 13


class Campaign:
    """Keeps the outbox full, counts what the killed held, and knows what must have arrived."""

    def __init__(self, server, receiving, outbox):
        self.server, self.receiving, self.outbox = server, receiving, outbox
        self.announced, self.held, self.stopped = [], [], 0
        self.begun = time.monotonic()

    async def prepare(self):
        url = self.receiving.url
        customers = {
            f"account-{number}": [url(f"/chance/{number}/{each}", number) for each in range(EACH)]
            for number in range(ACCOUNTS)
        }
        broken = [url(f"/{kind}/broken") for kind in ("error", "reset", "stall", "gone")]
        self.receiving.trust(await self.outbox.enrol(customers | {"broken": broken}))

    async def refill(self):
        """Announce more where little is left, and enable again whom a 410 disabled."""
        if await self.outbox.to_come() > LOW:
            return
        async with self.server.asynchronous() as client:
            for row in await self.disabled():
                path = f"/v1/accounts/{row.owner}/subscriptions/{row.uid}/enable"
                (await client.post(path)).raise_for_status()
            self.announced.append(await announce(client, f"round {len(self.announced)}"))

    async def disabled(self):
        rows = {row.subscription.uid: row.subscription for row in await self.outbox.deliveries()}
        return [row for row in rows.values() if row.state == "disabled" and row.owner != "broken"]

    @property
    def fatal(self):
        """How many of the kills hit somebody who held something."""
        return sum(map(bool, self.held))

    @property
    def going_on(self):
        """Kill until enough have hit; one in three of them at least, or it has failed."""
        kills = len(self.held)
        return kills < KILLS or (self.fatal <= KILLS / 2 and kills < 1.5 * KILLS)

    async def kill(self, victim, chance):
        """Let a process come to hold something, kill it a moment later, and count what it held."""

        async def holds():
            await self.refill()
            return await self.outbox.held_by(victim.process.pid)

        await self.outbox.until(holds, "a worker with work", seconds=PATIENCE)
        await asyncio.sleep(chance.uniform(0, 0.5))
        victim.kill()
        self.held.append(await self.outbox.held_by(victim.process.pid))

    def report(self, rows, received):
        states, again = Counter(row.delivery.state for row in rows), repeats(received)
        print(  # noqa: T201 -- the figures that are quoted
            f"\n{len(self.held)} kills, {self.fatal} of them holding leases "
            f"({sum(map(len, self.held))} in all), {self.stopped} stops of PostgreSQL; "
            f"{len(self.announced)} announcements, {len(rows)} deliveries: {dict(states)}; "
            f"{len(received)} requests, {sum(again.values())} repeats of {len(again)} messages, "
            f"in {time.monotonic() - self.begun:.0f} s"
        )


async def settled(campaign):
    """Check, once nothing is to come, that nothing was lost, and give what was received."""
    outbox, receiving = campaign.outbox, campaign.receiving
    await outbox.done(seconds=PATIENCE)
    rows, received = await outbox.deliveries(), receiving.received()
    campaign.report(rows, received)

    assert all(each["verified"] for each in received)
    assert campaign.fatal > KILLS / 2
    nothing_is_left(rows)
    nothing_was_lost(rows, campaign)
    everything_has_its_id(rows, received)
    tried = defaultdict(list)
    for attempt in await outbox.attempts():
        tried[attempt.delivery_id].append(attempt)
    for row in rows:
        arrived = any(attempt.succeeded for attempt in tried[row.delivery.id])
        assert arrived == (row.delivery.delivered_at is not None)
    return unexplained(campaign, rows, tried, repeats(received))


def unexplained(campaign, rows, tried, again):
    """Give what came again more often than it was held by the killed, or answered too late.

    Each with its repeats, how often it was held, and the answers that were written down.
    """
    held = Counter(delivery for some in campaign.held for delivery in some)
    late = {
        delivery: sum(attempt.status is None for attempt in attempts)
        for delivery, attempts in tried.items()
    }
    by_id = {row.id: row.delivery.id for row in rows}
    return {
        uid: (count, held[place], [attempt.answer for attempt in tried[place]])
        for uid, count in again.items()
        if count > held[place := by_id[uid]] + late.get(place, 0)
    }


def nothing_is_left(rows):
    for row in rows:
        delivery = row.delivery
        assert delivery.due_at is None
        if delivery.state == "held":
            assert row.subscription.state == "disabled"
            assert row.subscription.disabled_reason
        elif delivery.state == "delivered":
            assert delivery.lease_owner is None
        else:
            assert delivery.state in {"exhausted", "cancelled"}
            assert delivery.reason


def nothing_was_lost(rows, campaign):
    told = Counter(row.notice for row in rows)
    everybody = ACCOUNTS * EACH + 4
    assert len(told) == len(campaign.announced)
    assert set(told.values()) == {everybody}


def everything_has_its_id(rows, received):
    """What came twice came under one id, and nothing came that was not meant."""
    known = {row.id: row for row in rows}
    for each in received:
        row = known[each["id"]]
        told = (row.path, row.notice, row.delivery.owner)
        assert told == (each["path"], each["notice"], each["account"])
    taken = {each["id"] for each in received if each["answer"] in {"ok", "late"}}
    assert {row.id for row in rows if row.delivery.state == "delivered"} <= taken


async def test_a_server_killed_while_it_delivers_loses_nothing(
    serve, sqlite_url, receiving, verdict
):
    chance = random.Random(20261122)  # noqa: S311 -- seeded, to be repeated
    server = serve(sqlite_url, run=QUICK, **ENVIRONMENT).ready().fill()
    async with looking(sqlite_url) as outbox:
        campaign = Campaign(server, receiving, outbox)
        await campaign.prepare()

        while campaign.going_on:
            await campaign.kill(campaign.server, chance)
            campaign.server = serve(sqlite_url, run=QUICK, **ENVIRONMENT).ready()

        assert await settled(campaign) == {}
    assert (await asyncio.to_thread(verdict, sqlite_url)).whole


async def test_workers_killed_beside_each_other_and_a_store_that_goes_away_lose_nothing(
    serve, database, receiving, verdict, start_worker
):
    chance = random.Random(20261123)  # noqa: S311 -- seeded, to be repeated
    environment = ENVIRONMENT | {"LIFECYCLE_WORKER": "no"}
    server = serve(database.url, **environment).ready().fill()
    workers = [start_worker(database.url, run=QUICK, **ENVIRONMENT) for _ in range(WORKERS)]
    async with looking(database.url) as outbox:
        campaign = Campaign(server, receiving, outbox)
        await campaign.prepare()

        while campaign.going_on:
            place = chance.randrange(WORKERS)
            await campaign.kill(workers[place].ready(), chance)
            if len(campaign.held) % 5 == 3:
                for other in workers[:place] + workers[place + 1 :]:
                    other.ready()  # none can start without a store
                database.stop(chance.choice(["fast", "immediate"]))
                await asyncio.sleep(chance.uniform(0, 0.5))
                database.start()
                campaign.stopped += 1
            workers[place] = start_worker(database.url, run=QUICK, **ENVIRONMENT)

        await settled(campaign)
    assert [worker.process.poll() for worker in workers] == [None] * WORKERS
    assert (await asyncio.to_thread(verdict, database.url)).whole
