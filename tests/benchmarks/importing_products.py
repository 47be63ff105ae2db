"""What importing endoflife.date's products with their releases costs, beside reading the files.

    LIFECYCLE_TEST_DATA=../shared python tests/benchmarks/importing_products.py

Each round imports every product into a fresh SQLite store and, in turn, only parses the same files
with PyYAML and json. Prints releases a second, and the ratio of the medians.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import yaml

from lifecycle.audit.chain import By
from lifecycle.database import open_store, schema_upgrade
from lifecycle.imports import import_steps

ROUNDS = 5


async def import_all(files, release_data, url):
    store = open_store(url)
    try:
        return await import_steps.endoflife(
            store, files, release_data, by=By("benchmark", datetime.now(UTC))
        )
    finally:
        await store.close()


def parse_all(files, release_data):
    for file in files:
        yaml.load(file.read_text().split("\n---\n", 1)[0], Loader=yaml.CSafeLoader)
        beside = release_data / f"{file.stem}.json"
        if beside.exists():
            json.loads(beside.read_bytes())


def main():
    data = Path(os.environ.get("LIFECYCLE_TEST_DATA", "../shared")) / "data/endoflife"
    files, release_data = sorted((data / "products").glob("*.md")), data / "release-data"
    importing_took, parsing_took, again_took = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template"
        asyncio.run(schema_upgrade.upgrade(f"sqlite:///{template}"))
        for _ in range(ROUNDS):
            store = Path(folder) / "store"
            shutil.copyfile(template, store)
            for took in (importing_took, again_took):
                start = time.perf_counter()
                outcome = asyncio.run(import_all(files, release_data, f"sqlite:///{store}"))
                took.append(time.perf_counter() - start)
                count = sum(
                    len(report.releases.created) + report.releases.unchanged
                    for report in outcome.reports
                )
            start = time.perf_counter()
            parse_all(files, release_data)
            parsing_took.append(time.perf_counter() - start)
    first, again, parsing = map(statistics.median, (importing_took, again_took, parsing_took))
    print(f"{len(files)} products, {count} releases")
    print(f"import: {count / first:,.0f} releases a second, {first / parsing:.1f} x bare parsing")
    print(f"again:  {count / again:,.0f} releases a second, {again / parsing:.1f} x bare parsing")


if __name__ == "__main__":
    main()
