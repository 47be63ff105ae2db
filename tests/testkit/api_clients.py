"""Asking the application over HTTP, in this process, on a store that is filled."""

from __future__ import annotations

import contextlib

import httpx

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.database import open_store


@contextlib.asynccontextmanager
async def asking(url, now):
    """Give a function that asks for JSON; the application believes it to be ``now``."""
    store = open_store(url)
    app = create_app(settings.load({}, database_url=url), store, lambda: now)

    async def ask(path, **query):
        response = await client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test") as client:
        yield ask
    await store.close()


async def every_page(ask, path, **query):
    """Give the items of all pages of a list."""
    page = await ask(path, **query)
    found = page["items"]
    while page["next"]:
        page = await ask(path, **query, cursor=page["next"])
        found += page["items"]
    return found
