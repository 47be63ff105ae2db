"""What probes are told of the worker, the key and what waits; and a worker's own port."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest

from lifecycle import settings
from lifecycle.accounts import tokens
from lifecycle.asgi import listen
from lifecycle.audit.chain import By
from lifecycle.scheduler import key_uses
from lifecycle.scheduler.vitals import SILENT_AFTER, Vitals, WorkerState, give_sign_of_life
from lifecycle.server.worker_health import TokenCheck, WorkerHealth, run_worker
from lifecycle.telemetry import Telemetry
from notifications.models import Delivery, Subscription
from notifications.secrets import Vault

KEY = "k" * 32


@pytest.fixture
def chosen(store_url):
    return settings.load({}, database_url=store_url, secret_key=KEY)


@pytest.fixture
def vitals(store, chosen, clock):
    return Vitals(store, chosen, clock)


async def seal(store, clock, key=KEY, *, late=timedelta()):
    """Store a webhook whose secret a key sealed, and a delivery to it that is late."""
    async with store.writing() as session:
        subscription = Subscription(
            uid="u",
            owner="acme",
            channel="webhook",
            address="https://acme.example",
            address_digest="d",
            target="acme.example",
            state="active",
            secret=Vault(key).encrypt("whsec_1"),
            created_at=clock(),
        )
        session.add(subscription)
        await session.flush()
        session.add(
            Delivery(
                kind="notice",
                subscription_id=subscription.id,
                owner="acme",
                target="acme.example",
                state="waiting",
                created_at=clock(),
                due_at=clock() - late,
            )
        )


async def test_a_worker_lives_until_it_is_silent_for_a_minute(store, vitals, clock):
    await vitals.measure()
    assert vitals.worker is WorkerState.NONE
    await give_sign_of_life(store, clock())
    await vitals.measure()
    assert vitals.worker is WorkerState.ALIVE

    clock.now += timedelta(seconds=SILENT_AFTER + 1)

    assert vitals.worker is WorkerState.SILENT


async def test_what_waits_is_counted_and_how_long(store, vitals, clock):
    await seal(store, clock, late=timedelta(seconds=90))

    await vitals.measure()

    assert vitals.summary() == {
        "worker": "none",
        "key_opens": True,
        "deliveries_waiting": 1,
        "oldest_due_seconds": 90.0,
    }


@pytest.mark.parametrize(("key", "opens"), [(KEY, True), ("another key of 16 letters", False)])
async def test_a_key_that_does_not_open_what_is_sealed_is_trouble(store, vitals, clock, key, opens):
    await seal(store, clock, key)

    await vitals.measure()

    assert vitals.key_opens is opens
    assert (vitals.trouble is None) is opens


async def test_ready_tells_of_them_and_is_a_503_without_the_key(store, client, clock, app):
    await give_sign_of_life(store, clock())
    await app.app_state.vitals.measure()
    answer = await client.get("/health/ready")
    await seal(store, clock, "another key of 16 letters")
    await app.app_state.vitals.measure()

    refused = await client.get("/health/ready")

    assert answer.json()["worker"] == "alive"
    assert answer.json()["deliveries_waiting"] == 0
    assert (refused.status_code, "secret key does not open" in refused.text) == (503, True)


async def test_the_metrics_tell_of_them(vitals):
    telemetry = Telemetry()
    vitals.show(telemetry)
    await vitals.measure()

    text = telemetry.render().decode()

    assert "lifecycle_worker_alive 0.0" in text
    assert "lifecycle_store_writable 1.0" in text
    assert "lifecycle_key_opens 1.0" in text
    assert "lifecycle_deliveries_oldest_seconds 0.0" in text


@pytest.fixture
async def answer(vitals):
    """Ask a worker's own port."""
    transport = httpx.ASGITransport(app=WorkerHealth(vitals, Telemetry()))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("HEAD", "/health/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/v1/products", 404),
        ("POST", "/health/live", 405),
    ],
)
async def test_a_workers_port_answers_three_routes_alone(answer, method, path, status):
    response = await answer.request(method, path)

    assert response.status_code == status
    assert bool(response.content) == (method != "HEAD")


async def test_a_workers_port_is_a_503_while_nothing_can_be_stored(answer, store):
    store.trouble = "The disk is full."

    response = await answer.get("/health/ready")

    assert (response.status_code, response.json()["detail"]) == (503, "The disk is full.")


@pytest.mark.parametrize(
    ("scope", "header", "status"),
    [
        ("admin", "Bearer {}", 200),
        ("publish", "Bearer {}", 403),
        ("admin", "Bearer {}x", 401),
        ("admin", "Basic {}", 401),
        ("admin", None, 401),
    ],
)
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_a_workers_port_asks_for_a_token_where_the_service_does(
    store, vitals, clock, scope, header, status, path
):
    async with store.writing() as session:
        _, secret = await tokens.create(session, label="t", scope=scope, by=By("t", clock()))
    check = TokenCheck(store, clock)
    transport = httpx.ASGITransport(app=WorkerHealth(vitals, Telemetry(), check))
    headers = {"Authorization": header.format(secret)} if header else {}

    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        response = await client.get(path, headers=headers)

    assert response.status_code == status
    assert ("www-authenticate" in response.headers) == (status == 401)


async def test_a_workers_port_is_a_503_while_no_token_can_be_checked(vitals, clock, monkeypatch):
    def reading():
        raise ConnectionRefusedError

    away = SimpleNamespace(reading=reading)
    transport = httpx.ASGITransport(WorkerHealth(vitals, Telemetry(), TokenCheck(away, clock)))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        response = await client.get("/metrics", headers={"Authorization": "Bearer lct_x"})

    assert response.status_code == 503


async def test_a_worker_answers_at_its_port_and_stops(store, chosen, clock):
    bound, stop = listen("127.0.0.1", 0), asyncio.Event()
    port = bound.getsockname()[1]
    running = asyncio.create_task(run_worker(store, chosen, clock, stop, bound=bound))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        ready = await client.get("/health/ready")
        metrics = await client.get("/metrics")
    stop.set()
    await asyncio.wait_for(running, 20)

    assert ready.json()["status"] == "ready"
    assert "lifecycle_untold_accounts 0.0" in metrics.text


async def test_a_running_worker_notes_the_key_it_knows_until_it_ends(store, chosen, clock):
    newer = key_uses.mark_of(f"a newer key of some length\n{KEY}")
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(store, chosen, clock, stop, bound=None))
    try:
        for _ in range(2000):
            if (noted := await other_use(store, newer, clock)) is not None:
                break
            await asyncio.sleep(0.01)
    finally:
        stop.set()
        await working

    assert noted is not None
    assert await other_use(store, newer, clock) is None


async def other_use(store, mark, clock):
    async with store.reading() as session:
        return await key_uses.seconds_since_other_use(session, mark, clock())
