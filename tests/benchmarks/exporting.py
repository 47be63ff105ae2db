"""What exporting all products costs, beside GETs of the same addresses.

    LIFECYCLE_TEST_DATA=../shared python tests/benchmarks/exporting.py [--products 103] [--only P]

Real products of endoflife.date are entered, each under a policy, and their lifecycles published
as by a worker. They are exported into a new
folder, the same addresses are asked for by plain GETs, and exported again with nothing changed;
each in a process of its own, on a service in that process that has answered nothing before.
Prints files a second, and the ratios to the GETs: of the time on the clock, and of the
processor's, which does not count what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from catalogue_page import enter, read

from lifecycle.audit.chain import By
from lifecycle.cli.connections import connect_as_anybody
from lifecycle.cli.export import OF_THIS_PROCESS, file_reader
from lifecycle.database import open_store, schema_upgrade
from lifecycle.scheduler.lifecycle_logs import LifecycleLogs
from lifecycle.static_export import exports

BASE = "https://support.example.com/life"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--products", type=int, default=1000, help="at most so many")
    parser.add_argument("--only", help="this product alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.sqlite3'}"
        products, releases = asyncio.run(fill(url, chosen))
        say(f"{products} products, {releases:,} releases")
        addresses = str(Path(folder) / "addresses.json")
        first = in_a_process(export, url, f"{folder}/public", addresses)
        gets = in_a_process(get, url, addresses)
        again = in_a_process(export, url, f"{folder}/public", None)
        for name, (seconds, worked, files, changed) in (
            ("plain GETs", gets),
            ("a new export", first),
            ("again, unchanged", again),
        ):
            say(
                f"{name:18} {files:8,} files in {seconds:7.1f} s: {files / seconds:6,.0f} a second;"
                f" to the GETs {seconds / gets[0]:.2f}, of the processor {worked / gets[1]:.2f};"
                f" {changed:,} written"
            )


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def in_a_process(work, *arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def opened(url):
    environ = {
        **os.environ,
        **OF_THIS_PROCESS,
        "LIFECYCLE_DATABASE_URL": url,
        "LIFECYCLE_BASE_URL": BASE,
        "LIFECYCLE_SECRET_KEY": "k" * 32,
    }
    return connect_as_anybody(None, environ)


def get(url, asked):
    """Ask for each address once; return the seconds, the processor's, and how many there were."""
    addresses = json.loads(Path(asked).read_text())
    with opened(url) as client:
        client.get("/v1/products", limit="1")
        begun, began_working = time.perf_counter(), time.process_time()
        for address in addresses:
            client.get_answer(address, headers={"Accept": "text/html, */*;q=0.8"})
        seconds, worked = time.perf_counter() - begun, time.process_time() - began_working
    return seconds, worked, len(addresses), 0


def export(url, folder, asked):
    """Export once; return the seconds, the processor's, and the files: all, and those written."""
    addresses = []
    with opened(url) as client:
        reader = file_reader(client)
        client.get("/v1/products", limit="1")

        def ask(address):
            addresses.append(address)
            return reader(address)

        begun, began_working = time.perf_counter(), time.process_time()
        summary = exports.export(
            ask, Path(folder), every_version=False, replace=False, begin=lambda *_: None
        )
        seconds, worked = time.perf_counter() - begun, time.process_time() - began_working
    if asked is not None:
        Path(asked).write_text(json.dumps(addresses))
    return seconds, worked, summary.files, summary.changed


async def fill(url, chosen):
    """Enter the products, each with its policy; return how many they and their releases are."""
    await schema_upgrade.upgrade(url)
    data = Path(os.environ.get("LIFECYCLE_TEST_DATA", "../shared")) / "data/endoflife"
    files = sorted((data / "products").glob("*"))[: chosen.products]
    if chosen.only:
        files = [data / "products" / f"{chosen.only}.md"]
    store, by, releases = open_store(url), By("benchmark", datetime.now(UTC)), 0
    for number, file in enumerate(files):
        imported = read(file, data / "release-data")
        await enter(store, imported, number, by)
        releases += len(imported.releases)
    logs = LifecycleLogs(store)
    while await logs.tick(by.at):
        pass
    await store.close()
    return len(files), releases


if __name__ == "__main__":
    main()
