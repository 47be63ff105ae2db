"""How long commands of a pipeline take from start to exit, beside ``python -c "import httpx"``.

    python tests/benchmarks/gating_start.py

Medians of rounds that take turns, after one in which modules are compiled; the service runs beside
them and holds the demo vendor.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROUNDS = 15
YARDSTICK = 'python -c "import httpx"'
TOKEN = "the-operators-own-token-of-forty-letters"
MANIFESTS = {
    "a release that passes": "product: clairdash\nversion: 3.39.2\n",
    "a release that fails": "product: clairdash\nversion: 3.40.0\nremoves: [ldap-sync]\n",
}


@contextlib.contextmanager
def serving(lifecycle, folder):
    """Serve a store with the demo vendor; give the environment in which commands find it."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as bound:
        port = bound.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    own = keeping_bytecode(Path(folder) / "bytecode")
    own |= {"LIFECYCLE_DATABASE_URL": f"sqlite:///{folder}/store", "LIFECYCLE_ADMIN_TOKEN": TOKEN}
    command = [lifecycle, "serve", "--demo", "--no-worker", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=own, **quiet) as server:
        try:
            while not ready(address):
                time.sleep(0.1)
            yield own | {"LIFECYCLE_SERVER": address, "LIFECYCLE_TOKEN": TOKEN}
        finally:
            server.terminate()


def keeping_bytecode(folder):
    """Return this environment, but that modules are compiled once, as in an installation."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def ready(address):
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{address}/health/ready").is_success
    return False


def seconds(command, environment):
    start = time.perf_counter()
    done = subprocess.run(command, check=False, env=environment, capture_output=True)
    assert done.returncode in {0, 1}, done.stderr
    return time.perf_counter() - start


def main():
    lifecycle = str(Path(sys.executable).with_name("lifecycle"))
    commands = {YARDSTICK: [sys.executable, "-c", "import httpx"]}
    with tempfile.TemporaryDirectory() as folder, serving(lifecycle, folder) as environment:
        commands["lifecycle gate --help"] = [lifecycle, "gate", "--help"]
        asked = ["status", "clairdash", "3.39.1"]
        commands["lifecycle status, of a server"] = [lifecycle, *asked]
        for name, text in MANIFESTS.items():
            file = Path(folder) / f"{name}.yaml"
            file.write_text(text)
            commands[f"lifecycle gate, {name}"] = [lifecycle, "gate", str(file)]
        took = {name: [] for name in commands}
        for _ in range(1 + ROUNDS):
            for name, command in commands.items():
                took[name].append(seconds(command, environment))
    yardstick = statistics.median(took[YARDSTICK][1:])
    for name, times in took.items():
        print(f"{statistics.median(times[1:]) / yardstick:6.2f}  {name}")


if __name__ == "__main__":
    main()
