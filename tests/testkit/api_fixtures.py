"""The application in this process with a client, tokens and a product, as fixtures."""

import asyncio
import contextlib
from importlib.resources import files

import httpx
import pytest

from lifecycle import settings
from lifecycle.accounts import tokens
from lifecycle.app import create_app
from testkit.responses import ok


@pytest.fixture
def configuration():
    return {}


@pytest.fixture
async def app(store, clock, configuration):
    chosen = {"LIFECYCLE_SECRET_KEY": "a key that only tests know"} | configuration
    application = create_app(
        settings.load(chosen, database_url="unused", worker=False), store, clock
    )
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
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test") as client:
        yield client


@pytest.fixture
def make_token(store, by):
    """Give the headers that carry a token of a scope."""

    async def make(scope="admin", **said):
        async with store.writing() as session:
            _, secret = await tokens.create(session, label=scope, scope=scope, by=by, **said)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
async def admin(make_token):
    return await make_token()


@pytest.fixture
async def clairdash(client, admin):
    """Store a product with ten minors and the policy of the preset."""
    await ok(client.post("/v1/products", json={"slug": "clairdash"}, headers=admin))
    releases = [
        {"version": f"3.{minor}.0", "released_on": f"2026-{minor:02}-01"} for minor in range(1, 11)
    ]
    path = "/v1/products/clairdash"
    await ok(client.post(f"{path}/releases", json=releases, headers=admin))
    policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_bytes()
    kind = {"Content-Type": "application/yaml"}
    await ok(client.put(f"{path}/policy", content=policy, headers=admin | kind))
    return path
