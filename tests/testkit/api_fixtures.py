"""The application in this process with a client, tokens and a product, as fixtures."""

import asyncio
import contextlib
from importlib.resources import files

import httpx
import pytest

from lifecycle import settings
from lifecycle.accounts import tokens
from lifecycle.app import create_app
from lifecycle.audit.chain import By
from lifecycle.catalogue.queries import all_slugs
from testkit.clock import Clock
from testkit.responses import ok

CLAIRDASH = "/v1/products/clairdash"
ADMIN = "the admin's token of these tests"
AS_ADMIN = {"Authorization": f"Bearer {ADMIN}"}


@pytest.fixture
def configuration():
    return {}


@pytest.fixture
async def app(store, clock, configuration):
    application = create_app(in_tests(**configuration), store, clock)
    async with running(application):
        yield application


@contextlib.asynccontextmanager
async def running(application):
    """Start and stop an application as a server does, in a task of its own."""
    asked, answered = asyncio.Queue(), asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(application(scope, asked.get, answered.put))
    await asked.put({"type": "lifespan.startup"})
    assert (await answered.get())["type"] == "lifespan.startup.complete"
    yield application
    await asked.put({"type": "lifespan.shutdown"})
    assert (await answered.get())["type"] == "lifespan.shutdown.complete"
    await task


@pytest.fixture
async def client(app):
    async with connected(app) as client:
        yield client


def in_tests(**chosen):
    """Return the settings of an application that tests make."""
    chosen = {"LIFECYCLE_SECRET_KEY": "a key that only tests know"} | chosen
    return settings.load(chosen, database_url="unused", worker=False)


def connected(application):
    """Return a client of an application in this process."""
    transport = httpx.ASGITransport(application)
    return httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test")


@pytest.fixture
def make_token(store, by):
    """Give the headers that carry a token of a scope."""

    async def make(scope="admin", **said):
        async with store.writing() as session:
            said = {"label": scope, "products": await all_slugs(session)} | said
            _, secret = await tokens.create(session, scope=scope, by=by, **said)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
async def admin(store, by, arrangement):
    """Give the headers that carry an admin's token."""
    if sell_clairdash not in arrangement:
        async with store.writing() as session:
            await tokens.ensure_admin(session, ADMIN, by=by)
    return AS_ADMIN


@pytest.fixture
def arrangement(request, further_steps):
    """Begin with the product that a test names among its fixtures, and with its feature."""
    if "clairdash" not in request.fixturenames:
        return ()
    feature = (put_rest,) if "rest" in request.fixturenames else ()
    return (sell_clairdash, *feature, *further_steps)


async def sell_clairdash(store):
    """Store an admin, and a product with ten minors and the policy of the preset."""
    clock = Clock()
    async with store.writing() as session:
        await tokens.ensure_admin(session, ADMIN, by=By("test", clock.now))
    releases = [
        {"version": f"3.{minor}.0", "released_on": f"2026-{minor:02}-01"} for minor in range(1, 11)
    ]
    policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_bytes()
    kind = {"Content-Type": "application/yaml"}
    async with asking(store) as client:
        await ok(client.post("/v1/products", json={"slug": "clairdash"}, headers=AS_ADMIN))
        await ok(client.post(f"{CLAIRDASH}/releases", json=releases, headers=AS_ADMIN))
        await ok(client.put(f"{CLAIRDASH}/policy", content=policy, headers=AS_ADMIN | kind))


async def put_rest(store):
    """Store a feature of the product."""
    ga = {"name": "REST", "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    async with asking(store) as client:
        await ok(client.put(f"{CLAIRDASH}/features/rest-v1", json=ga, headers=AS_ADMIN))


@contextlib.asynccontextmanager
async def asking(store):
    """Yield a client of an application that arranges a store."""
    application = create_app(in_tests(), store, Clock())
    async with running(application), connected(application) as client:
        yield client


@pytest.fixture
def clairdash():
    """Return the path of the product that the arrangement stored."""
    return CLAIRDASH
