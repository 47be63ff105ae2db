"""How fast a status answer is served, beside a raw ASGI app and nginx serving the same bytes.

One core for the server, the other for wrk; medians of interleaved rounds. Needs wrk and nginx.

    python tests/benchmarks/status_answers.py [--seconds 2] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import httpx

from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, products
from lifecycle.catalogue.catalogue_inputs import ProductIn, ReleaseIn
from lifecycle.database import schema_upgrade
from lifecycle.database.store import open_store
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch

TIERS = ("community", "pro", "enterprise")
SPREAD = 5000
SERVER = "0"
LOAD = "1"

RAW = """
import json, os
from pathlib import Path

headers, body = json.loads(Path(os.environ["ANSWER"]).read_text())
START = {"type": "http.response.start", "status": 200,
         "headers": [(name.encode(), value.encode()) for name, value in headers]}
BODY = {"type": "http.response.body", "body": body.encode()}

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send(START)
        await send(BODY)
        return
    message = {}
    while message.get("type") != "lifespan.shutdown":
        message = await receive()
        await send({"type": message["type"] + ".complete"})
"""

SERVE = """
import sys
from importlib import import_module
from lifecycle import asgi, settings

async def main():
    module, _, name = sys.argv[1].partition(":")
    application = getattr(import_module(module), name)
    bound = asgi.listen("127.0.0.1", int(sys.argv[2]))
    return await asgi.serve(settings.load({}), application, bound=bound)

sys.exit(asgi.run(main))
"""

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type application/json; sendfile on; tcp_nopush on;
  open_file_cache max=20000; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; etag on;
    add_header Cache-Control "public, max-age=60"; }}
}}
"""

LUA = """
local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local place = 0
request = function()
  place = (place + 7919) % #paths
  return wrk.format("GET", paths[place + 1])
end
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    chosen = parser.parse_args()
    if not (shutil.which("wrk") and shutil.which("nginx")):
        sys.exit("wrk and nginx are needed.")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        measure(Path(folder), running, chosen)


def measure(folder, running, chosen):
    stores = {200: store_of(folder, 200), 20_000: store_of(folder, 20_000)}
    ports = {size: free_port() for size in stores}
    for size, url in stores.items():
        # Where a machine is slow, asking for all answers once takes more than a stranger may.
        unbounded = {"LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0"}
        own = {"LIFECYCLE_DATABASE_URL": url} | unbounded
        serve(running, "lifecycle.asgi:app", ports[size], own)
    one = "/v1/products/p/versions/3.5.1?tier=enterprise"
    spread = [
        f"/v1/products/p/versions/{version}?tier={tier}"
        for version in versions(20_000)[:SPREAD]
        for tier in TIERS
    ]
    warm(ports[20_000], [one, *spread])
    warm(ports[200], [one])
    raw, nginx = free_port(), free_port()
    serve_raw(running, folder, raw, f"http://127.0.0.1:{ports[20_000]}{one}")
    serve_nginx(running, folder, nginx, f"http://127.0.0.1:{ports[20_000]}{one}", len(spread))
    (folder / "spread").write_text("\n".join(spread))
    (folder / "files.txt").write_text("\n".join(f"/{n}" for n in range(len(spread))))
    (folder / "spread.lua").write_text(LUA)
    runs = {
        "raw": lambda: wrk(chosen, raw, one),
        "raw, spread": lambda: wrk(chosen, raw, None, folder, "spread"),
        "nginx": lambda: wrk(chosen, nginx, "/0"),
        "nginx, spread": lambda: wrk(chosen, nginx, None, folder, "files.txt"),
        "answer, 200 releases": lambda: wrk(chosen, ports[200], one),
        "answer, 20,000 releases": lambda: wrk(chosen, ports[20_000], one),
        "answers, spread": lambda: wrk(chosen, ports[20_000], None, folder, "spread"),
    }
    figures = {name: [] for name in runs}
    for _ in range(chosen.rounds):
        for name, run in runs.items():
            figures[name].append(run())
    report({name: statistics.median(rates) for name, rates in figures.items()})


def report(medians):
    for name, rate in medians.items():
        sys.stdout.write(f"{name:28} {rate:10,.0f} requests a second\n")
    ratios = {
        "one answer to raw ASGI": ("answer, 20,000 releases", "raw", 0.6),
        "one answer to nginx": ("answer, 20,000 releases", "nginx", 0.25),
        "15,000 answers to raw ASGI": ("answers, spread", "raw, spread", 0.5),
        "15,000 answers to nginx": ("answers, spread", "nginx, spread", 0.2),
        "20,000 releases to 200": ("answer, 20,000 releases", "answer, 200 releases", 0.9),
    }
    for name, (one, other, wanted) in ratios.items():
        sys.stdout.write(f"{name:28} {medians[one] / medians[other]:10.2f} (at least {wanted})\n")


def versions(count):
    return [f"3.{minor}.{patch}" for minor in range(count // 20) for patch in range(20)]


def store_of(folder, count):
    url = f"sqlite:///{folder / f'{count}.sqlite3'}"

    async def fill():
        await schema_upgrade.upgrade(url)
        store = open_store(url)
        by = By("benchmark", datetime.now(UTC))
        today = by.at.date()
        first = today - timedelta(days=count // 20)
        facts = [ReleaseIn(version=v, released_on=day_of(v, first)) for v in versions(count)]
        async with store.writing() as session:
            product, _ = await products.put(session, ProductIn(slug="p"), by=by)
            policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_bytes()
            await policies.put(session, product, policy, by=by, format="yaml")
            await registration.register(session, product, Batch(facts), None, by=by, today=today)
        await store.close()

    asyncio.run(fill())
    return url


def day_of(version: str, first: date) -> date:
    return first + timedelta(days=int(version.split(".")[1]))


def serve(running, target, port, environment):
    """Serve an application just as ``lifecycle serve`` does, so that both get the same server."""
    start(running, [sys.executable, "-c", SERVE, target, str(port)], port, environment)


def serve_raw(running, folder, port, address):
    answer = httpx.get(address)
    kept = [(name, value) for name, value in answer.headers.items() if name != "date"]
    (folder / "answer.json").write_text(json.dumps([kept, answer.text]))
    (folder / "raw_app.py").write_text(RAW)
    environment = {"PYTHONPATH": str(folder), "ANSWER": str(folder / "answer.json")}
    serve(running, "raw_app:app", port, environment)


def serve_nginx(running, folder, port, address, count):
    serve_files(running, folder, port, httpx.get(address).content, count)


def serve_files(running, folder, port, body, count):
    """Serve the same bytes under so many numbers."""
    (folder / "files").mkdir()
    for number in range(count):
        (folder / "files" / str(number)).write_bytes(body)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    Path(folder).chmod(0o755)
    start(running, ["nginx", "-c", str(folder / "nginx.conf")], port, {})


def start(running, command, port, environment):
    process = subprocess.Popen(
        ["taskset", "-c", SERVER, *command], env={**os.environ, **environment}
    )
    running.callback(process.wait)
    running.callback(process.terminate)
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    sys.exit(f"{command} did not start.")


def warm(port, paths):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for path in paths:
            client.get(path).raise_for_status()


def wrk(chosen, port, path, folder=None, listed=None, *, compressed=False):
    command = ["taskset", "-c", LOAD, "wrk", "-t1", f"-c{chosen.connections}"]
    command += [f"-d{chosen.seconds}s"]
    command += ["-H", "Accept-Encoding: gzip"] if compressed else []
    environment = dict(os.environ)
    if path is None:
        command += ["-s", str(folder / "spread.lua")]
        environment["PATHS"] = str(folder / listed)
    command.append(f"http://127.0.0.1:{port}{path or '/'}")
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    if "Non-2xx" in told.stdout:
        sys.exit(told.stdout)
    rate = next(line for line in told.stdout.splitlines() if line.startswith("Requests/sec"))
    return float(rate.split()[1])


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    main()
