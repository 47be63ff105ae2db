"""How long the command line takes to start, beside importing what opens a SQLite store.

    python tests/benchmarks/starting_commands.py

Medians of rounds that take turns, after one in which modules are compiled; the store holds the demo
vendor.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from gating_start import keeping_bytecode

from lifecycle.audit.chain import By
from lifecycle.database import open_store, schema_upgrade
from lifecycle.demo import installation
from notifications.secrets import Vault

ROUNDS = 11
YARDSTICK = "import sqlalchemy.ext.asyncio, aiosqlite"


async def fill(url):
    await schema_upgrade.upgrade(url)
    store = open_store(url)
    async with store.writing() as session:
        by = By("benchmark", datetime.now(UTC))
        await installation.fill(session, by=by, vault=Vault("k" * 32))
    await store.close()


def seconds(command, environment):
    start = time.perf_counter()
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return time.perf_counter() - start


def main():
    lifecycle = str(Path(sys.executable).with_name("lifecycle"))
    commands = {
        YARDSTICK: [sys.executable, "-c", YARDSTICK],
        "python -c pass": [sys.executable, "-c", "pass"],
        "lifecycle --help": [lifecycle, "--help"],
        "lifecycle status clairdash 3.39.1": [lifecycle, "status", "clairdash", "3.39.1"],
        "lifecycle deprecation list": [lifecycle, "deprecation", "list"],
        "lifecycle deliveries list": [lifecycle, "deliveries", "list"],
    }
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs.yaml"
        runs.write_text("- {product: clairdash, version: 3.39.1, tier: pro}\n")
        commands["lifecycle check LIST"] = [lifecycle, "check", str(runs), "--within", "0d"]
        url = f"sqlite:///{folder}/store"
        asyncio.run(fill(url))
        environment = keeping_bytecode(Path(folder) / "bytecode")
        environment["LIFECYCLE_DATABASE_URL"] = url
        took = {name: [] for name in commands}
        for _ in range(1 + ROUNDS):
            for name, command in commands.items():
                took[name].append(seconds(command, environment))
    yardstick = statistics.median(took[YARDSTICK][1:])
    for name, times in took.items():
        print(f"{statistics.median(times[1:]) / yardstick:6.2f}  {name}")


if __name__ == "__main__":
    main()
