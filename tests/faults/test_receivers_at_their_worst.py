"""Receivers at their worst, through a server and its worker: what became of each is on record."""

import asyncio
import signal

import pytest

from testkit.outboxes import HOSTS, SENDING, announce, looking, repeats, scaling_waits

ONCE = SENDING | {
    "LIFECYCLE_LEASE_SECONDS": "24",  # a try takes 8 seconds at most
}
SLOW = scaling_waits(100)  # a second try comes after minutes
ANSWERS = {
    "redirect": ("waiting", 302, "answered 302, a redirect, and none is followed"),
    "endless": ("delivered", 200, "answered 200"),
    "huge": ("waiting", 500, "answered 500: " + "x" * 200),
    "rude": ("waiting", 500, "answered 500: [31mred \ufffd <b>bold</b>"),
    "slow-headers": ("waiting", None, "it took too long"),
    "limit": ("waiting", 429, "answered 429"),
    "reset": ("waiting", None, "the connection was broken off without an answer"),
    "gone": ("held", 410, "answered 410: nothing more is wanted here"),
    "ok": ("delivered", 200, "answered 200"),
}
ELSEWHERE = {
    "tls": ("https://{host}:{port}/ok/tls", "no encrypted connection could be made"),
    "nowhere": ("https://hooks.nobody.invalid/in", "the name does not resolve"),
    "closed": ("http://127.0.0.1:1/in", "the connection was refused"),
}
GUARDED = {
    "loopback": "https://127.0.0.2:{port}/ok/loopback",
    "mapped": "https://[::ffff:127.0.0.2]:{port}/ok/mapped",
    "private": "https://10.0.0.1/ok/private",
    "metadata": "https://169.254.169.254/latest",
    "localhost": "https://localhost:{port}/ok/localhost",
}
LATE = {f"late-{number}": [f"/late/{number}/{each}" for each in range(5)] for number in range(40)}
PRIVATE = "the address is private, and notices go to public addresses only"


async def listening(outbox, receiving, customers):
    """Have accounts told at paths of the receiver; whoever stalls is a host of its own."""
    addresses = {
        account: [receiving.url(path, number % 2 if account != "stalling" else 5) for path in paths]
        for number, (account, paths) in enumerate(customers.items())
    }
    receiving.trust(await outbox.enrol(addresses))


async def reached(client, deprecation):
    """Give the one delivery of each account, as its reach shows it."""
    answer = await client.get(f"/v1/deprecations/{deprecation}/reach", params={"limit": 500})
    return {each["account"]: each["deliveries"] for each in answer.json()["accounts"]}


async def tried(outbox, count):
    """Wait until so many tries are on record."""

    async def enough():
        return len(await outbox.attempts()) >= count

    await outbox.until(enough, f"{count} tries")


async def test_what_every_receiver_did_is_in_the_reach_and_in_the_evidence(
    serve, store_url, outbox, receiving
):
    server = serve(store_url, run=SLOW, **ONCE).ready().fill()
    here = {kind: [receiving.url(f"/{kind}/it", place)] for place, kind in enumerate(ANSWERS)}
    elsewhere = {
        kind: [address.format(host=HOSTS[-1], port=receiving.port)]
        for kind, (address, _) in ELSEWHERE.items()
    }
    receiving.trust(await outbox.enrol(here | elsewhere))
    async with server.asynchronous() as client:
        deprecation = await announce(client, "everything changes")
        await tried(outbox, len(ANSWERS) + len(ELSEWHERE))
        deliveries = await reached(client, deprecation)
        evidence = (await client.get("/v1/accounts/rude/evidence")).text

    assert deliveries.pop("acme") == []
    found = {}
    for account, (delivery,) in deliveries.items():
        (attempt,) = delivery["attempts"]
        found[account] = (delivery["state"], attempt["status"], attempt["answer"])
    elsewhere = {kind: ("waiting", None, answer) for kind, (_, answer) in ELSEWHERE.items()}
    assert found == ANSWERS | elsewhere
    assert all(answer.isprintable() for _, _, answer in found.values())
    assert "answered 500: " in evidence
    assert "\\u001b" not in evidence
    received = receiving.received()
    assert {each["path"] for each in received} == {f"/{kind}/it" for kind in ANSWERS}
    assert all(each["verified"] for each in received)


async def test_nothing_is_sent_to_an_address_that_was_allowed_and_is_private(
    serve, store_url, outbox, receiving
):
    environment = ONCE | {"LIFECYCLE_ALLOW_PRIVATE_ADDRESSES": "no"}
    server = serve(store_url, run=SLOW, **environment).ready().fill()
    listed = {account: [url.format(port=receiving.port)] for account, url in GUARDED.items()}
    await outbox.enrol(listed)
    async with server.asynchronous() as client:
        deprecation = await announce(client, "everything changes")
        await tried(outbox, len(GUARDED))
        deliveries = await reached(client, deprecation)

    for account in GUARDED:
        (delivery,) = deliveries[account]
        (attempt,) = delivery["attempts"]
        assert (delivery["state"], attempt["answer"]) == ("waiting", PRIVATE)
    assert receiving.received() == []


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.example/" + "x" * 2000,
        "https://" + "x" * 2000 + ".example/",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nhost: other.example",
        "https://user:word@hooks.example/",
        "ftp://hooks.example/",
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://",
        "",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(client, address):
    client.post("/v1/accounts", json={"slug": "odd", "tier": "enterprise"})
    body = {"channel": "webhook", "address": address}

    answer = client.post("/v1/accounts/odd/subscriptions", json=body)

    assert answer.status_code in {400, 422}, answer.text
    assert client.get("/v1/accounts/odd/subscriptions").json()["items"] == []


async def test_hundreds_are_served_while_some_stall(serve, store_url, outbox, receiving):
    server = serve(store_url, **SENDING).ready().fill()
    well = {f"well-{number}": [f"/ok/{number}/{each}" for each in range(5)] for number in range(60)}
    customers = well | {"stalling": [f"/stall/{each}" for each in range(40)]}
    await listening(outbox, receiving, customers)
    async with server.asynchronous() as client:
        await announce(client, "everything changes")

        async def served():
            rows = await outbox.deliveries()
            well = [row for row in rows if row.delivery.owner != "stalling"]
            return len(well) == 300 and all(each.delivery.state == "delivered" for each in well)

        await outbox.until(served, "three hundred who were served")

    rows = await outbox.deliveries()
    waiting = [row.delivery for row in rows if row.delivery.owner == "stalling"]
    assert {each.state for each in waiting} == {"waiting"}
    assert any(each.lease_owner for each in waiting)
    assert {each.tries for each in waiting} == {0}
    assert repeats(receiving.received()) == {}


async def test_a_server_told_to_stop_finishes_or_gives_back_what_it_is_sending(
    serve, store_url, outbox, receiving
):
    environment = SENDING | {"LIFECYCLE_DRAIN_SECONDS": "5"}
    server = serve(store_url, **environment).ready().fill()
    await listening(outbox, receiving, LATE | {"stalling": ["/stall/1", "/stall/2"]})
    async with server.asynchronous() as client:
        await announce(client, "everything changes")

        async def sending():
            return len(receiving.received()) > 20

        await outbox.until(sending, "some that are under way")
    server.signal(signal.SIGTERM)
    code = server.wait()
    rows, before = await outbox.deliveries(), receiving.received()

    assert code == 0, server.printed()
    assert await outbox.leases() == 0
    done = {row.id for row in rows if row.delivery.state == "delivered"}
    assert done == {each["id"] for each in before if each["answer"] == "late"}
    assert len(done) < 200

    serve(store_url, **environment).ready()

    async def all_delivered():
        found = await outbox.deliveries()
        return sum(row.delivery.state == "delivered" for row in found) == 200

    await outbox.until(all_delivered, "the rest, from another server")
    received = receiving.received()
    assert repeats(received, ("late",)) == {}
    stalled = [each["id"] for each in received if each["answer"] == "stall"]
    assert len(set(stalled)) == 2


async def test_a_worker_told_to_stop_leaves_the_rest_to_the_next_one(
    serve, postgresql_url, receiving, start_worker
):
    environment = SENDING | {"LIFECYCLE_DRAIN_SECONDS": "5"}
    server = serve(postgresql_url, LIFECYCLE_WORKER="no", **SENDING).ready().fill()
    workers = [start_worker(postgresql_url, **environment).ready() for _ in range(2)]
    async with looking(postgresql_url) as outbox:
        await listening(outbox, receiving, LATE)
        async with server.asynchronous() as client:
            await announce(client, "everything changes")

            async def sending():
                return [worker for worker in workers if await outbox.held_by(worker.process.pid)]

            first, *_ = await outbox.until(sending, "a worker that sends")
        first.signal(signal.SIGTERM)
        code = await asyncio.to_thread(first.wait)

        assert code == 0, first.printed()
        assert await outbox.held_by(first.process.pid) == set()
        await outbox.done()
        assert {row.delivery.state for row in await outbox.deliveries()} == {"delivered"}
    received = receiving.received()
    assert len(received) == 200
    assert repeats(received) == {}
