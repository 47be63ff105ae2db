"""What a product's page costs: its bytes, its rate beside the JSON matrix and nginx, and a write.

    python tests/benchmarks/product_pages.py [--seconds 2] [--rounds 5] [--writes 10]

A product of 100 lines, all compressed as browsers ask for it: the page's bytes (under 40 kB), and
its requests a second to those of the JSON matrix through the same cached responses (over 0.8) and
to nginx serving the same bytes (over 0.25); and how long it takes for a version that nobody has
asked about yet. Then one of 20,000 releases, which have 1,000 lines: how long the first page after
a write takes, and how long answers about another product pause meanwhile. Needs wrk and nginx.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from status_answers import free_port, serve_files, store_of, wrk
from writing_pauses import ask_for, client, make_small, ms, release, serve, yesterday

from lifecycle.database.store import open_store
from lifecycle.scheduler.lifecycle_logs import LifecycleLogs

PAGE = "/products/p"
MATRIX = "/v1/products/p/support"
LINES = 100
LARGE = 20_000
MOST_BYTES = 40_000
VERSIONS = 50


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--writes", type=int, default=10)
    chosen = parser.parse_args()
    if not (shutil.which("wrk") and shutil.which("nginx")):
        sys.exit("wrk and nginx are needed.")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        measure_rates(Path(folder), running, chosen)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        measure_writes(Path(folder), running, chosen.writes)


def measure_rates(folder, running, chosen):
    url = store_of(folder, LINES * 20)
    asyncio.run(publish(url))
    port = serve(running, url, "--no-worker")
    accepting = {"Accept-Encoding": "gzip"}
    address = f"http://127.0.0.1:{port}{PAGE}"
    with httpx.stream("GET", address, headers=accepting, timeout=60) as response:
        response.raise_for_status()
        body = b"".join(response.iter_raw())
    print(f"page of {LINES} lines: {len(body):,} bytes compressed (at most {MOST_BYTES:,})")
    print(f"page for a version not asked about before: {ms(statistics.median(asked_once(port)))}")
    nginx = free_port()
    serve_files(running, folder, nginx, body, 1)
    runs = {
        "page": lambda: wrk(chosen, port, PAGE, compressed=True),
        "matrix": lambda: wrk(chosen, port, MATRIX, compressed=True),
        "nginx": lambda: wrk(chosen, nginx, "/0", compressed=True),
    }
    rates = {name: [] for name in runs}
    for _ in range(chosen.rounds):
        for name, run in runs.items():
            rates[name].append(run())
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for name, rate in medians.items():
        print(f"{name:8} {rate:10,.0f} requests a second")
    print(f"page to matrix {medians['page'] / medians['matrix']:.2f} (at least 0.8)")
    print(f"page to nginx  {medians['page'] / medians['nginx']:.2f} (at least 0.25)")


async def publish(url):
    """Publish the lifecycle, as a worker would have: a page without one is kept by nobody."""
    store = open_store(url)
    await LifecycleLogs(store).tick(datetime.now(UTC))
    await store.close()


def asked_once(port):
    """Give how long the page takes for each of some versions."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as reader:
        releases = reader.get(f"/v1{PAGE}/releases", params={"limit": VERSIONS}).json()["items"]
        times = []
        for each in releases:
            begun = time.perf_counter()
            reader.get(PAGE, params={"version": each["version"]}).raise_for_status()
            times.append(time.perf_counter() - begun)
    return times


def measure_writes(folder, running, writes):
    port = serve(running, store_of(folder, LARGE))
    os.sched_setaffinity(0, {1})
    writer = client(port)
    make_small(writer)
    other = "/v1/products/small/versions/1.0.0"
    reader = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
    first_pages = []

    def write():
        for number in range(writes):
            release(writer, "p", f"11000.{number}.0", yesterday())
            begun = time.perf_counter()
            reader.get(PAGE).raise_for_status()
            first_pages.append(time.perf_counter() - begun)

    alone = ask_for(port, other, lambda: time.sleep(3))
    beside = ask_for(port, other, write)
    print(f"first page after a write, {LARGE:,} releases: {ms(statistics.median(first_pages))}")
    for name, took in (("alone", alone), ("beside writes", beside)):
        print(
            f"other answers {name}: median {ms(statistics.median(took))},"
            f" 99 % within {ms(statistics.quantiles(took, n=100)[-1])}, longest {ms(max(took))}"
        )


if __name__ == "__main__":
    main()
