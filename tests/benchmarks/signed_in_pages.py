"""What each signed-in page costs beside the JSON that it shows: under three times as much.

    python tests/benchmarks/signed_in_pages.py [--rounds 15] [--store sqlite]

The demo of a certain day, in this process: a page and what the API answers of the same take turns,
asked by one token, without a network between. Where a page shows several answers of the API, the
other side is their sum. Pages that show no answer of the API are named at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from datetime import date

import msgspec
from gating import BY, databases, ms

from lifecycle import settings
from lifecycle.app import clock_of, create_app
from lifecycle.cli import startup
from lifecycle.database import open_store
from lifecycle.server.authorization import ALWAYS

TOKEN = "benchmark-benchmark-benchmark-benchmark"
DAY = date(2026, 11, 30)
MOST = 3
DRAFT, ANNOUNCED = "/v1/deprecations/{draft}", "/v1/deprecations/{announced}"
ACCOUNT, CONSOLE = "/v1/accounts/{account}", "/console/"
SHOWS = {
    "/console": ["/v1/worklist"],
    f"{CONSOLE}work/{{group}}": ["/v1/worklist"],
    "/console/deprecations": ["/v1/deprecations?limit=50"],
    "/console/deprecations/{draft}": [f"{DRAFT}/preview"],
    "/console/deprecations/{draft}/announce": [f"{DRAFT}/preview"],
    "/console/deprecations/{draft}/affected": [f"{DRAFT}/preview"],
    "/console/deprecations/{draft}/delete": [DRAFT],
    "/console/deprecations/{draft}/waiver": [f"{DRAFT}/preview"],
    "/console/deprecations/{announced}": [ANNOUNCED],
    "/console/deprecations/{announced}/amend": [ANNOUNCED],
    "/console/deprecations/{announced}/withdraw": [ANNOUNCED],
    "/console/deprecations/{announced}/reach": [f"{ANNOUNCED}/reach"],
    "/console/releases/{product}": ["/v1/products/{product}/releases?limit=50"],
    "/console/products/{product}": ["/v1/products/{product}", "/v1/products/{product}/support"],
    "/console/products/{product}/lines": ["/v1/products/{product}/lines"],
    "/console/products/{product}/features": ["/v1/products/{product}/features"],
    "/console/policy/{product}": ["/v1/products/{product}/policy"],
    "/console/accounts": ["/v1/accounts?limit=50"],
    "/console/accounts/{account}": [
        f"{ACCOUNT}/status",
        f"{ACCOUNT}/notices?limit=20",
        f"{ACCOUNT}/subscriptions",
    ],
    "/console/log": ["/v1/audit?limit=100"],
    "/console/log/verification": ["/v1/audit/verify"],
    "/console/deliveries": ["/v1/deliveries?limit=50"],
    "/console/deliveries/{delivery}": ["/v1/deliveries/{delivery}"],
    "/my/{account}": [
        f"{ACCOUNT}/status?within=365",
        f"{ACCOUNT}/notices",
        f"{ACCOUNT}/subscriptions",
    ],
    "/my/{account}/notices": [f"{ACCOUNT}/notices?limit=50"],
    "/my/{account}/notices/{notice}": [
        f"{ACCOUNT}/notices/{{notice}}",
        f"{ACCOUNT}/subscriptions",
        f"{ACCOUNT}/deliveries?limit=5",
    ],
    "/my/{account}/instances": [f"{ACCOUNT}/instances"],
    "/my/{account}/addresses": [f"{ACCOUNT}/subscriptions"],
    "/my/{account}/addresses/{subscription}": [
        f"{ACCOUNT}/subscriptions/{{subscription}}",
        f"{ACCOUNT}/deliveries?limit=25",
    ],
}
"""Each page, and the answers of the API that hold what it shows."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = parser.parse_args()
    with databases(chosen.store) as urls:
        asyncio.run(measure(urls[0], chosen.rounds))


async def measure(url, rounds):
    environment = {
        "LIFECYCLE_DATABASE_URL": url,
        "LIFECYCLE_ADMIN_TOKEN": TOKEN,
        "LIFECYCLE_SECRET_KEY": "a key that only benchmarks know",
        "LIFECYCLE_BASE_URL": "http://lifecycle.test",
    }
    chosen = settings.load(environment, at=DAY, worker=False)
    await startup.prepare(chosen, demo=True, by=BY)
    store = open_store(url)
    app = create_app(chosen, store, clock_of(chosen))
    names = await names_of(app)
    ratios = {
        page: await compare(
            app, page.format(**names), [path.format(**names) for path in shown], rounds
        )
        for page, shown in SHOWS.items()
    }
    for page, (ratio, page_took, shown_took) in sorted(ratios.items(), key=lambda one: one[1]):
        note = "" if ratio < MOST else f"  <- {MOST} or more"
        print(f"{ratio:5.2f} x  {page} ({ms([page_took])}, JSON {ms([shown_took])}){note}")
    print("Without an answer of the API:", ", ".join(sorted(others(app))))
    await store.close()


async def names_of(app):
    """Name one of everything that the demo has."""

    async def first(path):
        return msgspec.json.decode(await ask(app, path))["items"][0]

    account = "/v1/accounts/acme"
    return {
        "account": "acme",
        "product": "clairdash",
        "group": "drafts",
        "draft": (await first("/v1/deprecations?status=draft"))["id"],
        "announced": (await first("/v1/deprecations?status=announced"))["id"],
        "delivery": (await first("/v1/deliveries"))["id"],
        "notice": (await first(f"{account}/notices"))["id"],
        "subscription": (await first(f"{account}/subscriptions"))["id"],
    }


def others(app):
    """Give the signed-in pages that no answer of the API stands beside."""
    listed = {page.replace("{announced}", "{draft}") for page in SHOWS}
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_page = handler.opt.get("signed_in") == ALWAYS and handler.media_type == "text/html"
            path = route.path.replace(":str", "").replace("{deprecation}", "{draft}")
            if is_page and "GET" in handler.http_methods and path not in listed:
                yield route.path.replace(":str", "")


async def compare(app, page, shown, rounds):
    """Give the ratio of the medians, and both, after one round that counts for nothing."""
    pages, answers = [], []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        await ask(app, page, b"text/html")
        between = time.perf_counter()
        for path in shown:
            await ask(app, path)
        answers.append(time.perf_counter() - between)
        pages.append(between - begun)
    page_took, shown_took = statistics.median(pages[1:]), statistics.median(answers[1:])
    return page_took / shown_took, page_took, shown_took


async def ask(app, address, accept=b"application/json"):
    """Ask the application as a server does; give the body of its answer."""
    path, _, query = address.partition("?")
    body, status = bytearray(), []
    headers = [(b"host", b"lifecycle.test"), (b"accept", accept)]
    headers.append((b"authorization", f"Bearer {TOKEN}".encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            status.append(message["status"])
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    assert status == [200], (address, status, bytes(body[:500]))
    return bytes(body)


if __name__ == "__main__":
    main()
