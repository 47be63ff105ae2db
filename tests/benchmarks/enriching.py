"""How long enriching an SBOM of 5,000 components takes, beside reading it.

    python tests/benchmarks/enriching.py [--rounds 15]

Three ways to enrich it: putting in what is known already, by a request to a local service, and by
the command. Three ways to read it: as JSON, as the check does, and with CycloneDX' own library. One
component in ten is of a product that the service knows. Medians of interleaved rounds; the request
and the command are whole, so they include finding out what is known.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path

import httpx
from checking import COMPONENTS, TOKEN, fill, wait_for, write_sbom
from cyclonedx.model.bom import Bom
from status_answers import free_port

from lifecycle.check.running_versions import Running
from lifecycle.check.sbom_enrichment import enrich_sbom
from lifecycle.interchange.sboms import read_sbom

PUTTING, ASKING, COMMAND = "putting in what is known", "a request to the service", "the command"
PARSING, READING, LIBRARY = "json.loads", "reading as the check does", "cyclonedx-python-lib"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        sbom, port = Path(folder) / "sbom.json", free_port()
        write_sbom(sbom)
        environment = os.environ | {
            "LIFECYCLE_DATABASE_URL": f"sqlite:///{folder}/store",
            "LIFECYCLE_ADMIN_TOKEN": TOKEN,
            "LIFECYCLE_LOG_LEVEL": "warning",
        }
        lifecycle = str(Path(sys.executable).with_name("lifecycle"))
        serve = [lifecycle, "serve", "--port", str(port), "--no-worker"]
        with subprocess.Popen(serve, env=environment, stdout=subprocess.DEVNULL) as server:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            fill(address)
            with httpx.Client(base_url=address, timeout=60) as client:
                client.headers["Authorization"] = f"Bearer {TOKEN}"
                measure(ways(sbom, client, [lifecycle, "check", str(sbom)]), rounds)
            server.terminate()


def ways(sbom, client, check):
    text = sbom.read_bytes()
    enriched = sbom.with_name("enriched.json")
    server = str(client.base_url)
    command = [*check, "--server", server, "--tier", "pro", "--enrich", str(enriched)]
    return {
        PARSING: partial(json.loads, text),
        READING: partial(read_sbom, text, file="sbom.json"),
        LIBRARY: lambda: Bom.from_json(json.loads(text)),
        PUTTING: partial(enrich_sbom, text, known(), file="sbom.json"),
        ASKING: partial(ask, client, text),
        COMMAND: partial(subprocess.run, command, stdout=subprocess.DEVNULL, check=False),
    }


def known():
    """Return answers for one component in ten."""
    days = {"at": date(2026, 1, 1), "released_on": date(2025, 1, 1)}
    answered = {"product": "p", "status": "", "reason": "", "supported_until": date(2027, 1, 1)}
    return [Running(places=(place,), **days, **answered) for place in range(0, COMPONENTS, 10)]


def ask(client, text):
    answer = client.post("/v1/check/enrich?tier=pro", content=text).raise_for_status()
    assert b"generalAvailability" in answer.content


def measure(timed, rounds):
    took = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, act in timed.items():
            start = time.perf_counter()
            act()
            if number:  # the first warms up
                took[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(seconds) for name, seconds in took.items()}
    for name in (PUTTING, ASKING, COMMAND):
        ratios = ", ".join(
            f"{medians[name] / medians[read]:5.2f} of {read}"
            for read in (PARSING, READING, LIBRARY)
        )
        sys.stdout.write(f"{medians[name] * 1000:7.0f} ms  {name}: {ratios}\n")


if __name__ == "__main__":
    main()
