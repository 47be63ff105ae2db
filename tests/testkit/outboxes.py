"""What the tests of deliveries share: a receiver, customers who listen there, and their outbox."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from time import monotonic, sleep

import httpx
from sqlalchemy import func, select

from lifecycle.accounts.account_inputs import AccountIn
from lifecycle.accounts.actions import put_account
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.database import open_store
from lifecycle.deprecations.models import Notice
from lifecycle.errors import Unavailable
from notifications import subscriptions
from notifications.identity import webhook_id
from notifications.models import Attempt, Delivery, Subscription
from notifications.secrets import Vault
from testkit import receiver_process
from testkit.forked_processes import start_forked
from testkit.server_processes import DEADLINE, PRODUCT, RUN, Server

KEY = "the-secret-key-that-all-processes-of-a-test-share"
NOON = hour(12, tzinfo=UTC)
KNOWN = Vocabulary(frozenset({"clairdash"}), frozenset({"community", "pro", "enterprise"}))
HOSTS = receiver_process.HOSTS
SENDING = {
    "LIFECYCLE_SECRET_KEY": KEY,
    "LIFECYCLE_ALLOW_PRIVATE_ADDRESSES": "yes",
    "LIFECYCLE_POLL_SECONDS": "0.1",
}


def scaling_waits(factor):
    """Return a program that is `lifecycle`, but waits so many times as long between tries."""
    return (
        "import functools\n"
        "from lifecycle.scheduler import worker_process as process\n"
        f"scaled = functools.partial(process.WorkerSettings, retry_scale={factor})\n"
        "process.WorkerSettings = scaled\n"
        f"{RUN}\n"
    )


class Receiving:
    """A receiver's process, and what it was sent."""

    def __init__(self, seed=1):
        self.client = httpx.Client(timeout=DEADLINE)
        reading, writing = os.pipe()
        with os.fdopen(reading) as printed:
            with os.fdopen(writing) as output:
                run = "from testkit.receiver_process import main; main()"
                self.process = start_forked(
                    run, [str(seed)], dict(os.environ), stdout=output, stderr=2
                )
            self.port = int(re.search(r"\d+", printed.readline())[0])

    def url(self, path, place=0):
        """Give the address of a path at one of the hosts."""
        return f"http://{HOSTS[place % len(HOSTS)]}:{self.port}{path}"

    def trust(self, secrets):
        """Have it verify what comes to these paths."""
        self.client.put(self.url("/-/secrets"), content=json.dumps(secrets)).raise_for_status()

    def received(self):
        return self.client.get(self.url("/-/received")).json()

    def close(self):
        self.client.close()
        self.process.kill()
        self.process.wait()


class WorkerProcess(Server):
    """A `lifecycle worker` in a process of its own; it does not outlive its test."""

    def __init__(self, url, folder, **environment):
        super().__init__(url, folder, command=("worker",), **environment)

    def ready(self):
        """Wait until it looks for what is due; give itself."""
        while "looks for what is due" not in self.printed():
            assert self.process.poll() is None, self.printed()
            sleep(0.02)
        return self


async def announce(client, reason, *, on=None, **said):
    """Announce that everything of the product breaks; give the deprecation's id."""
    product = PRODUCT.rpartition("/")[2]
    body = {"product": product, "kind": "breaking_change", "whole_product": True, "reason": reason}
    drafted = await client.post("/v1/deprecations", json=body | said)
    drafted.raise_for_status()
    uid, unchanged = drafted.json()["id"], {"If-Match": drafted.headers["etag"]}
    path, when = f"/v1/deprecations/{uid}/announce", {"on": on} if on else {}
    (await client.post(path, json=when, headers=unchanged)).raise_for_status()
    return uid


class Outbox:
    """The deliveries of a store, read beside whoever works on it."""

    def __init__(self, url):
        self._store = open_store(url)

    async def enrol(self, customers):
        """Make accounts and have each told at its addresses; give the secrets by their paths."""
        by, secrets = By("test", datetime.now(UTC)), {}

        async def record(session, event):
            append(session, by, event.action, event.owner, details=event.details)

        async with self._store.writing() as session:
            for account, addresses in customers.items():
                facts = AccountIn(slug=account, tier="enterprise")
                await put_account(session, facts, by=by, today=by.at.date(), vocabulary=KNOWN)
                for address in addresses:
                    added = await subscriptions.add(
                        session,
                        account,
                        channel="webhook",
                        address=address,
                        topics=["*"],
                        now=by.at,
                        record=record,
                        vault=Vault(KEY),
                        allow_http=True,
                    )
                    secrets[path_of(address)] = added.secret
        return secrets

    async def ask(self, statement):
        async with self._store.reading() as session:
            return (await session.execute(statement)).all()

    async def to_come(self):
        """Count the deliveries that will be tried, and the notices still to be handed out."""
        waiting = select(func.count(Delivery.id)).where(Delivery.due_at.is_not(None))
        ((due,),) = await self.ask(waiting)
        ((unfilled,),) = await self.ask(
            select(func.count(Notice.id)).where(
                Notice.milestone == "announcement", Notice.state.in_(("waiting", "filling"))
            )
        )
        return due + unfilled

    async def held_by(self, pid):
        """Give the deliveries that a process holds, or held when it died.

        Those of an address that was disabled meanwhile are among them: one may be under way.
        """
        held = Delivery.lease_owner.like(f"worker:{pid}-%")
        return {row.id for row in await self.ask(select(Delivery.id).where(held))}

    async def leases(self):
        ((count,),) = await self.ask(
            select(func.count(Delivery.id)).where(Delivery.lease_owner.is_not(None))
        )
        return count

    async def deliveries(self):
        """Give every delivery with its subscription and the uid of its notice."""
        statement = (
            select(Delivery, Subscription, Notice.uid.label("notice"))
            .join(Subscription, Subscription.id == Delivery.subscription_id)
            .join(Notice, Notice.id == Delivery.notice_id)
            .order_by(Delivery.id)
        )
        return [Row(*row) for row in await self.ask(statement)]

    async def attempts(self):
        return [row[0] for row in await self.ask(select(Attempt).order_by(Attempt.id))]

    async def until(self, condition, what, *, seconds=DEADLINE):
        """Wait for a coroutine function to give something; that it never does is the failure."""
        end = monotonic() + seconds
        while monotonic() < end:
            try:
                if found := await condition():
                    return found
            except Unavailable:
                pass
            await asyncio.sleep(0.05)
        raise AssertionError(f"waited {seconds} s in vain for: {what}")

    async def done(self, seconds=DEADLINE):
        """Wait until nothing is to come."""

        async def nothing():
            return not await self.to_come()

        await self.until(nothing, "an outbox with nothing to come", seconds=seconds)

    async def close(self):
        await self._store.close()


class Row:
    """A delivery, and what it is known by outside."""

    def __init__(self, delivery, subscription, notice):
        self.delivery, self.subscription, self.notice = delivery, subscription, notice
        self.id = webhook_id(notice, subscription.uid)
        self.path = path_of(subscription.address)


def path_of(address):
    return "/" + address.split("/", 3)[3]


@asynccontextmanager
async def looking(url):
    """Open a store to look at its outbox."""
    outbox = Outbox(url)
    try:
        yield outbox
    finally:
        await outbox.close()


def repeats(received, answers=("ok", "late")):
    """Count by id how often more than once a message was taken."""
    taken = Counter(each["id"] for each in received if each["answer"] in answers)
    return {uid: count - 1 for uid, count in taken.items() if count > 1}


class MovedClock:
    """The clock of servers started with its ``run`` and ``environment``; it stands in a file."""

    run = f"""
import os, pathlib
from datetime import UTC, datetime, timedelta
import lifecycle.app
said = pathlib.Path(os.environ["CLOCK_OF_THE_TEST"])
lifecycle.app.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=float(said.read_text()))
{RUN}
"""

    def __init__(self, path):
        """Begin at noon tomorrow, so that hours more or less are still that day."""
        self.path, now = path, datetime.now(UTC)
        self.today = now.date() + timedelta(days=1)
        self.moved = datetime.combine(self.today, NOON) - now
        self.environment = {"CLOCK_OF_THE_TEST": str(path)}
        self.move()

    def move(self, **length):
        """Jump, back where the length is negative; no reader sees half a number."""
        self.moved += timedelta(**length)
        part = self.path.with_suffix(".part")
        part.write_text(str(self.moved.total_seconds()))
        part.replace(self.path)

    def day(self, days):
        return (self.today + timedelta(days=days)).isoformat()
