"""What the page of all products costs: 464 of them, as many as endoflife.date has.

    LIFECYCLE_TEST_DATA=../shared python tests/benchmarks/catalogue_page.py [--writes 10]

Real products of endoflife.date are entered again under other slugs until there are 464, each under
a policy. Prints the page's bytes, how long the first page after a start takes, and the first one
after a write beside that of the product that was written to; and how long answers about another
product pause meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
from writing_pauses import ask_for, client, ms, serve

from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, queries
from lifecycle.database import open_store, schema_upgrade
from lifecycle.gate import registration
from lifecycle.interchange.endoflife import parse_product

PRODUCTS = 464
PAGE = "/products"
POLICY = """
policy: promise-{number}
version: "1"
in_force_from: 2010-01-01
tiers:
  community: {{rank: 0, window: {{declared: [active_support, end_of_life]}}}}
  enterprise: {{rank: 1, window: {{declared: [extended_support, end_of_life]}}}}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--writes", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        url = f"sqlite:///{Path(folder) / 'store.sqlite3'}"
        releases = asyncio.run(fill(url))
        print(f"{PRODUCTS} products, {releases:,} releases")
        measure(serve(running, url, "--no-worker"), chosen.writes)


async def fill(url):
    """Enter the products, each with its policy; return how many releases they have."""
    await schema_upgrade.upgrade(url)
    store = open_store(url)
    by = By("benchmark", datetime.now(UTC))
    releases = 0
    for number, imported in zip(range(PRODUCTS), read_again_and_again(), strict=False):
        await enter(store, imported, number, by)
        releases += len(imported.releases)
    await store.close()
    return releases


async def enter(store, imported, number, by):
    """Enter a product, with a policy of its own that its number names."""
    async with store.writing() as session:
        await registration.import_product(session, imported, by=by, today=by.at.date())
        product = await queries.get_product(session, imported.product.slug)
        policy = POLICY.format(number=number)
        await policies.put(session, product, policy, by=by, format="yaml")


def read_again_and_again():
    """Yield the products that there are data of, and then again, with numbers."""
    data = Path(os.environ.get("LIFECYCLE_TEST_DATA", "../shared")) / "data/endoflife"
    products = [read(file, data / "release-data") for file in sorted((data / "products").glob("*"))]
    for number in range(PRODUCTS):
        for imported in products:
            facts = imported.product
            slug = f"{facts.slug}-{number}" if number else facts.slug
            named = msgspec.structs.replace(
                facts,
                slug=slug,
                name=f"{facts.name} {number or ''}".strip(),
                aliases=(),
                identifiers=tuple(f"{each}-{number}" for each in facts.identifiers)
                if number
                else facts.identifiers,
            )
            yield msgspec.structs.replace(imported, product=named)


def read(file, release_data):
    beside = release_data / f"{file.stem}.json"
    imported, _ = parse_product(
        file.read_bytes(),
        slug=file.stem,
        today=datetime.now(UTC).date(),
        release_data=beside.read_bytes() if beside.exists() else None,
        file=file.name,
    )
    return imported


def measure(port, writes):
    os.sched_setaffinity(0, {os.cpu_count() - 1})
    writer = client(port)
    reader = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
    print(f"first page after a start: {ms(timed(reader, PAGE))}; again: {ms(timed(reader, PAGE))}")
    with reader.stream("GET", PAGE, headers={"Accept-Encoding": "gzip"}) as response:
        compressed = sum(len(chunk) for chunk in response.iter_raw())
    print(f"{len(reader.get(PAGE).content):,} bytes, {compressed:,} compressed")
    pages, own_pages = [], []
    other = "/v1/products/nodejs-1/support"

    def write():
        facts = writer.get("/v1/products/nodejs").json()
        stated = {key: facts[key] for key in ("scheme", "line_by", "identifiers", "aliases")}
        for number in range(writes):
            named = stated | {"name": f"Node {number}"}
            writer.put("/v1/products/nodejs", json=named).raise_for_status()
            own_pages.append(timed(reader, "/products/nodejs"))
            pages.append(timed(reader, PAGE))

    alone = ask_for(port, other, lambda: time.sleep(3))
    beside = ask_for(port, other, write)
    page, own = statistics.median(pages), statistics.median(own_pages)
    print(f"after a write: {ms(page)}, and the product's own page {ms(own)}: {page / own:.2f}")
    for name, took in (("alone", alone), ("beside writes", beside)):
        print(
            f"other answers {name}: median {ms(statistics.median(took))}, longest {ms(max(took))}"
        )


def timed(reader, path):
    begun = time.perf_counter()
    reader.get(path).raise_for_status()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
