"""How fast endoflife.date's answers about a product are served, beside nginx serving the bytes.

    python tests/benchmarks/endoflife_answers.py [--seconds 2] [--rounds 5]

A product of 100 lines whose tiers stand for the phases: requests a second of v1's answer (over 0.25
of nginx) and of v0's, as they are and compressed; and how long v1's takes that nobody has asked for
since the product was changed. One core for the server, the other for wrk; medians of interleaved
rounds. Needs wrk and nginx.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from status_answers import free_port, serve, serve_files, store_of, warm, wrk

from lifecycle.audit.chain import By
from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.presentations import EndoflifeTiers
from lifecycle.database.store import open_store

V1, V0 = "/api/v1/products/p", "/api/p.json"
RELEASES = 2_000
CHANGES = 10
WANTED = 0.25


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    chosen = parser.parse_args()
    if not (shutil.which("wrk") and shutil.which("nginx")):
        sys.exit("wrk and nginx are needed.")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        measure(Path(folder), running, chosen)


def measure(folder, running, chosen):
    url = store_of(folder, RELEASES)
    asyncio.run(give_phases_to_tiers(url, "Product"))
    port, nginx = free_port(), free_port()
    serve(running, "lifecycle.asgi:app", port, {"LIFECYCLE_DATABASE_URL": url})
    warm(port, [V1, V0])
    body = httpx.get(f"http://127.0.0.1:{port}{V1}").content
    serve_files(running, folder, nginx, body, 1)
    sys.stdout.write(f"v1's answer has {len(body):,} bytes\n")
    runs = {
        "v1": lambda: wrk(chosen, port, V1),
        "v1, compressed": lambda: wrk(chosen, port, V1, compressed=True),
        "v0": lambda: wrk(chosen, port, V0),
        "nginx": lambda: wrk(chosen, nginx, "/0"),
    }
    rates = {name: [] for name in runs}
    for _ in range(chosen.rounds):
        for name, run in runs.items():
            rates[name].append(run())
    medians = {name: statistics.median(of_one) for name, of_one in rates.items()}
    for name, rate in medians.items():
        sys.stdout.write(f"{name:28} {rate:10,.0f} requests a second\n")
    ratio = medians["v1"] / medians["nginx"]
    sys.stdout.write(f"{'v1 to nginx':28} {ratio:10.2f} (at least {WANTED})\n")
    after = statistics.median(after_a_change(url, port, number) for number in range(CHANGES))
    sys.stdout.write(f"{'first answer after a change':28} {after * 1000:10.1f} ms\n")


def after_a_change(url, port, number):
    """Return the seconds that an answer takes after another process changed the product."""
    name = f"Product {number}"
    asyncio.run(give_phases_to_tiers(url, name))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            begun = time.perf_counter()
            answer = client.get(V1).json()
            if answer["result"]["label"] == name:
                return time.perf_counter() - begun


async def give_phases_to_tiers(url, name):
    """Change the product."""
    store = open_store(url)
    tiers = EndoflifeTiers(support="pro", eol="enterprise")
    async with store.writing() as session:
        facts = ProductIn(slug="p", name=name, endoflife=tiers)
        await products.put(session, facts, by=By("benchmark", datetime.now(UTC)))
    await store.close()


if __name__ == "__main__":
    main()
