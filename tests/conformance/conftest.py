"""Where the real data lies that these tests read, and how a filled store is asked over HTTP."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import httpx
import pytest

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.database import open_store

ROOT = Path(__file__).parents[2]


def folder(name: str) -> Path:
    """Give the folder of shared test data, or skip the test with a reason."""
    shared = Path(os.environ.get("LIFECYCLE_TEST_DATA", ROOT.parent / "shared"))
    if not (shared / name).is_dir():
        pytest.skip(f"no real data: LIFECYCLE_TEST_DATA names no folder with {name}/ in it")
    return shared / name


@pytest.fixture(scope="session")
def data() -> Path:
    return folder("data")


@pytest.fixture(scope="session")
def standards() -> Path:
    return folder("standards")


@pytest.fixture(scope="module")
def own_url(sqlite_template, tmp_path_factory):
    """A store that one module fills once and then only asks."""
    path = tmp_path_factory.mktemp("conformance") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def ask(own_url, now):
    """Give the JSON that the application answers to GET, at the moment ``now`` of the module."""
    async with asking(own_url, now) as ask:
        yield ask


@pytest.fixture
def pages(ask):
    """Give the items of all pages of a list."""

    async def pages(path, **query):
        page = await ask(path, **query)
        found = page["items"]
        while page["next"]:
            page = await ask(path, **query, cursor=page["next"])
            found += page["items"]
        return found

    return pages


@contextlib.asynccontextmanager
async def asking(url, now):
    store = open_store(url)
    app = create_app(settings.load({}, database_url=url), store, lambda: now)
    transport = httpx.ASGITransport(app)

    async def ask(path, **query):
        response = await client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async with httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test") as client:
        yield ask
    await store.close()
