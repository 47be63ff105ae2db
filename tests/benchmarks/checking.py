"""How long `lifecycle check` takes with an SBOM of 5,000 components, beside reading the SBOM.

    python tests/benchmarks/checking.py

Each is a process from start to exit, in rounds that take turns; the service is local. One component
in ten is of a product that the service knows.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROUNDS = 7
COMPONENTS = 5_000
PRODUCTS = 50
TOKEN = "the-token-of-this-benchmark-alone"
POLICY = {
    "policy": "support",
    "version": "1",
    "in_force_from": "2020-01-01",
    "tiers": {"pro": {"rank": 0, "window": {"newest": {"count": 5, "of": "minor"}}}},
}
BY_LIBRARY = (
    "import json, sys; from cyclonedx.model.bom import Bom;"
    " Bom.from_json(json.load(open(sys.argv[1])))"
)
BY_US = (
    "import sys; from lifecycle.interchange.sboms import read_sbom;"
    " read_sbom(open(sys.argv[1], 'rb').read(), file='')"
)


def write_sbom(path):
    bom = Bom()
    for n in range(COMPONENTS):
        known = n % 10 == 0
        name = f"product-{n // 10 % PRODUCTS}" if known else f"package-{n}"
        version = f"1.{n % 40}.{n // 500}"
        purl = PackageURL("npm", "acme", name, version)
        bom.components.add(Component(name=name, version=version, purl=purl, bom_ref=str(n)))
    path.write_text(JsonV1Dot6(bom).output_as_string())


def fill(address):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        for n in range(PRODUCTS):
            slug = f"product-{n}"
            identifiers = [f"pkg:npm/acme/{slug}"]
            product = {"slug": slug, "identifiers": identifiers}
            client.post("/v1/products", json=product).raise_for_status()
            releases = [
                {"version": f"1.{minor}.{patch}", "released_on": f"202{minor // 12}-01-01"}
                for minor in range(40)
                for patch in range(10)
            ]
            client.post(f"/v1/products/{slug}/releases", json=releases).raise_for_status()
            client.put(f"/v1/products/{slug}/policy", json=POLICY).raise_for_status()


def seconds(command):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    took = time.perf_counter() - start
    if done.returncode not in (0, 1):
        sys.exit(done.stderr.decode())
    return took


def wait_for(address):
    while True:
        try:
            httpx.get(f"{address}/health/ready").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return


def main():
    lifecycle = str(Path(sys.executable).with_name("lifecycle"))
    with tempfile.TemporaryDirectory() as folder:
        sbom = Path(folder) / "sbom.json"
        write_sbom(sbom)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = os.environ | {
            "LIFECYCLE_DATABASE_URL": f"sqlite:///{folder}/store",
            "LIFECYCLE_ADMIN_TOKEN": TOKEN,
            "LIFECYCLE_LOG_LEVEL": "warning",
        }
        serve = [lifecycle, "serve", "--port", str(port), "--no-worker"]
        with subprocess.Popen(serve, env=environment, stdout=subprocess.DEVNULL) as server:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            fill(address)
            measure(lifecycle, sbom, address)
            server.terminate()


def measure(lifecycle, sbom, address):
    check = "lifecycle check SBOM"
    commands = {
        check: [lifecycle, "check", str(sbom), "--server", address, "--tier", "pro"],
        "reading it with cyclonedx-python-lib": [sys.executable, "-c", BY_LIBRARY, str(sbom)],
        "reading it as the check does": [sys.executable, "-c", BY_US, str(sbom)],
        'python -c "import httpx"': [sys.executable, "-c", "import httpx"],
    }
    took = {name: [] for name in commands}
    for round_ in range(ROUNDS + 1):
        for name, command in commands.items():
            measured = seconds(command)
            if round_:  # the first warms up
                took[name].append(measured)
    for name, times in took.items():
        ratio = statistics.median(took[check]) / statistics.median(times)
        print(f"{statistics.median(times):7.3f} s   the check to this: {ratio:6.2f}   {name}")


if __name__ == "__main__":
    main()
