"""How long other answers pause while a product of 20,000 releases is written to.

    python tests/benchmarks/writing_pauses.py [--writes 20]

One server on one core, one client on the other, over one connection: first the answers of a small
product alone, then the same while releases of the large one are registered, each followed by a
question about it, so that its snapshot is built anew every time, and once more with the gate asked
as well. Before that, how long each one keeps others from writing: of a new line, which ends the
support of another, of a patch, and of a new line that the gate lets out (asked of a server without
a worker, which would write as well). At most 100 ms are wanted of the slowest answer in a hundred,
and of the lock. Then a second server on the same store:
how long until it answers with what the first was told.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from status_answers import free_port, start, store_of

TOKEN = "benchmark-benchmark-benchmark-benchmark"
SECONDS = 3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--writes", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        url = store_of(Path(folder), 20_000)
        with contextlib.ExitStack() as alone:
            port = serve(alone, url, "--no-worker")
            measure_lock(client(port), url.removeprefix("sqlite:///"), chosen.writes)
        ports = serve(running, url), serve(running, url)
        os.sched_setaffinity(0, {1})
        first, second = (client(port) for port in ports)
        make_small(first)
        measure_pauses(first, ports[0], chosen.writes)
        measure_visibility(first, second)


def serve(running, url, *options):
    port = free_port()
    lifecycle = str(Path(sys.executable).with_name("lifecycle"))
    command = [lifecycle, "serve", "--port", str(port), *options]
    environment = {"LIFECYCLE_DATABASE_URL": url, "LIFECYCLE_ADMIN_TOKEN": TOKEN}
    start(running, command, port, environment)
    return port


def client(port):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60)


def make_small(writer):
    policy = writer.get("/v1/products/p/policy").json()
    writer.post("/v1/products", json={"slug": "small"}).raise_for_status()
    writer.put("/v1/products/small/policy", json=policy).raise_for_status()
    release(writer, "small", "1.0.0")


def release(writer, product, version, day="2026-01-02", **query):
    body = {"version": version, "released_on": day}
    writer.post(f"/v1/products/{product}/releases", json=body, params=query).raise_for_status()


def yesterday():
    return f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"


def measure_pauses(writer, port, writes):
    path = "/v1/products/small/versions/1.0.0"
    alone = ask_for(port, path, lambda: time.sleep(SECONDS))
    builds = []

    def write(major, **query):
        for number in range(writes):
            release(writer, "p", f"{major}.{number}.0", yesterday(), **query)
            begun = time.perf_counter()
            found = writer.get(f"/v1/products/p/versions/{major}.{number}.0")
            builds.append(time.perf_counter() - begun)
            found.raise_for_status()

    beside = ask_for(port, path, lambda: write(11_000))
    judged = ask_for(port, path, lambda: write(12_000, gate="enforce"))
    for what, took in (("alone", alone), ("beside writes", beside), ("under the gate", judged)):
        print(
            f"{what + ':':15} median {ms(statistics.median(took))},"
            f" 99 % within {ms(statistics.quantiles(took, n=100)[-1])}, longest {ms(max(took))}"
        )
    print(f"first answer after a write: median {ms(statistics.median(builds))}")


def ask_for(port, path, work):
    """Ask over one connection, again and again, until the work is done; give the latencies."""
    took, worker = [], threading.Thread(target=work)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as reader:
        reader.get(path).raise_for_status()
        worker.start()
        while worker.is_alive():
            begun = time.perf_counter()
            reader.get(path).raise_for_status()
            took.append(time.perf_counter() - begun)
    worker.join()
    return took


def measure_lock(writer, file, writes):
    day = yesterday()
    for what, version, query in (
        ("a new line", "10000.{}.0", {}),
        ("a patch", "10000.{}.1", {}),
        ("a new line under the gate", "10001.{}.0", {"gate": "enforce"}),
    ):
        held = []
        for number in range(writes):
            named, said = version.format(number), query
            held.append(
                held_during(file, lambda v=named, q=said: release(writer, "p", v, day, **q))
            )
        print(f"locked for {what}: median {ms(statistics.median(held))}, longest {ms(max(held))}")


def held_during(file, work):
    """Give how long another writer was kept out, at most, while the work was done."""
    longest, since, worker = 0.0, None, threading.Thread(target=work)
    with contextlib.closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as rival:
        worker.start()
        while worker.is_alive():
            try:
                rival.execute("BEGIN IMMEDIATE").connection.rollback()
            except sqlite3.OperationalError:
                since = since or time.perf_counter()
                longest = max(longest, time.perf_counter() - since)
            else:
                since = None
                time.sleep(0.0005)
    worker.join()
    return longest


def measure_visibility(first, second):
    waits = []
    for number in range(5):
        second.get("/v1/products/p/versions/3.1.0").raise_for_status()
        release(first, "p", f"13000.1.{number}")
        begun = time.perf_counter()
        path = f"/v1/products/p/versions/13000.1.{number}"
        while second.get(path).status_code != httpx.codes.OK:
            time.sleep(0.01)
        waits.append(time.perf_counter() - begun)
    print(f"seen by another process after {ms(statistics.median(waits))}, at most {ms(max(waits))}")


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
