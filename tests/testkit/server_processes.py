"""A `lifecycle serve` in a process of its own, and what tests ask it over a real socket."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from importlib.resources import files

import httpx
import pytest

from testkit.forked_processes import start_forked

RUN = "from lifecycle.cli import main; main()"
IMPATIENT = f"from lifecycle.server import http_protocol as p; p.PATIENCE_SECONDS = 1.0; {RUN}"
"""A server that waits for a second where others wait for thirty."""
SECRET = "the-operators-own-token-of-forty-letters"
HEADERS = {"Authorization": f"Bearer {SECRET}"}
PRODUCT = "/v1/products/clairdash"
RELEASES = f"{PRODUCT}/releases"
DEADLINE = 30


class Server:
    """One server process on loopback; it does not outlive its test."""

    def __init__(
        self,
        url,
        folder,
        *,
        through=None,
        run=RUN,
        command=("serve", "--port", "0"),
        **environment,
    ):
        """Start it as a fork, or through a Python started anew, with arguments of its own."""
        self.output = folder / f"output-{time.monotonic_ns()}"
        clean = {name: v for name, v in os.environ.items() if not name.startswith("LIFECYCLE_")}
        own = {"LIFECYCLE_DATABASE_URL": url, "LIFECYCLE_ADMIN_TOKEN": SECRET}
        environment = clean | own | environment
        with self.output.open("w") as output:
            if through is None:
                self.process = start_forked(run, command, environment, stdout=output, stderr=output)
            else:
                self.process = subprocess.Popen(
                    [sys.executable, *through, "-c", run, *command],
                    env=environment,
                    stdout=output,
                    stderr=output,
                )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def printed(self):
        return self.output.read_text()

    def ready(self, deadline=DEADLINE):
        """Wait until it says where it is, for so many seconds at most; give itself."""
        for _ in range(deadline * 50):
            if match := re.search(r"Listening on http://127.0.0.1:(\d+)", self.printed()):
                self.port = int(match[1])
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(self.printed())

    def fill(self):
        """Store a product with ten minors and a policy, and an account; give itself."""
        with self.client() as client:
            client.post("/v1/products", json={"slug": "clairdash"}).raise_for_status()
            releases = [fact(f"3.{minor}.0") for minor in range(1, 11)]
            client.post(RELEASES, json=releases).raise_for_status()
            policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_bytes()
            kind = {"Content-Type": "application/yaml"}
            client.put(f"{PRODUCT}/policy", content=policy, headers=kind).raise_for_status()
            account = {"slug": "acme", "tier": "enterprise"}
            client.post("/v1/accounts", json=account).raise_for_status()
        return self

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options):
        """Give a client of its own connections, with the admin's token."""
        return httpx.Client(base_url=self.address, headers=HEADERS, timeout=60, **options)

    def asynchronous(self, **options):
        return httpx.AsyncClient(base_url=self.address, headers=HEADERS, timeout=60, **options)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(timeout=DEADLINE)

    def kill(self):
        self.process.kill()
        return self.wait()


@pytest.fixture
def serve(tmp_path):
    """Start servers; all of them end with the test."""
    started = []

    def serve(url, **options):
        started.append(Server(url, tmp_path, **options))
        return started[-1]

    yield serve
    for server in started:
        server.kill()


@pytest.fixture(scope="module")
def lasting_url(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("lasting") / "store.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def lasting(lasting_url, tmp_path_factory):
    """A server that many tests ask, where none of them needs one of its own."""
    with Server(lasting_url, tmp_path_factory.mktemp("lasting")) as server:
        yield server.ready().fill()


@pytest.fixture(scope="module")
def client(lasting):
    with lasting.client() as client:
        yield client


def fact(version, day="2026-01-31"):
    return {"version": version, "released_on": day}
