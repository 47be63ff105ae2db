"""Twenty writers over the network, in two processes, and a worker beside them, on one store."""

import asyncio
from datetime import UTC, datetime

from lifecycle.accounts import actions, queries
from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.audit.chain import By
from lifecycle.catalogue.queries import vocabulary
from lifecycle.database.store import open_store
from testkit.server_processes import PRODUCT, RELEASES, fact

WRITERS = 20
ROUNDS = 3


async def write(server, writer):
    """Register releases and report an instance, over connections of its own."""
    statuses = []
    async with server.asynchronous() as client:
        for number in range(ROUNDS):
            made = await client.post(RELEASES, json=fact(f"{writer + 10}.{number}.0"))
            instance = f"/v1/accounts/acme/instances/{writer}-{number}"
            body = {"product": "clairdash", "version": f"{writer + 10}.{number}.0"}
            reported = await client.put(instance, json=body)
            seen = await client.get(f"{PRODUCT}/versions/{writer + 10}.{number}.0?tier=pro")
            statuses += [made.status_code, reported.status_code, seen.status_code]
    return statuses


async def work(url, stopped):
    """Change the store without a server, as a worker does; give how often it did."""
    store, done = open_store(url), 0
    while not stopped.is_set():
        async with store.writing() as session:
            account = await queries.get_account(session, "acme", lock=True)
            facts = InstanceIn(product="clairdash", version=f"{done}.0.0")
            by, known = By("worker", datetime.now(UTC)), await vocabulary(session)
            await actions.put_instance(session, account, "worker", facts, by=by, vocabulary=known)
        done += 1
        await asyncio.sleep(0.005)
    await store.close()
    return done


async def everybody(url, servers):
    stopped = asyncio.Event()
    worker = asyncio.create_task(work(url, stopped))
    writing = [write(servers[number % 2], number) for number in range(WRITERS)]
    statuses = [status for each in await asyncio.gather(*writing) for status in each]
    stopped.set()
    return statuses, await worker


def listed(client, path):
    """Give all items of a list, page by page."""
    items, cursor = [], None
    while True:
        query = {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=query).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_twenty_writers_and_a_worker_lose_nothing_and_none_is_locked_out(serve, store_url, verdict):
    servers = [serve(store_url), serve(store_url)]
    servers[0].ready().fill()
    servers[1].ready()

    statuses, worked = asyncio.run(everybody(store_url, servers))

    assert statuses == [201, 201, 200] * WRITERS * ROUNDS
    assert worked > 0
    with servers[1].client() as client:
        releases = listed(client, RELEASES)
        instances = listed(client, "/v1/accounts/acme/instances")
        entries = listed(client, "/v1/audit")
    assert len(releases) == 10 + WRITERS * ROUNDS
    assert len(instances) == 1 + WRITERS * ROUNDS
    made = [entry["action"] for entry in entries]
    assert made.count("release.registered") == 1 + WRITERS * ROUNDS
    reports = [entry for entry in entries if entry["action"].startswith("instance.")]
    assert len(reports) == worked + WRITERS * ROUNDS
    assert sorted(entry["seq"] for entry in entries) == list(range(1, len(entries) + 1))
    assert verdict(store_url).whole
