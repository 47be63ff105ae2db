"""What the worst requests without a token cost: processor seconds, and how long others wait.

    python tests/benchmarks/hostile_requests.py

Prints for each the answer's status, the processor seconds of the server's process, and the longest
answer of /health/live meanwhile; then the server's memory before, during and after 100 bodies that
are sent halfway and left. 50 products with 400 releases each are stored.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
from checking import PRODUCTS, TOKEN, fill, wait_for

HALF_SENT = 100
MANY = 16 << 20
FEW = 2 << 20
PATIENCE = 45.0
TICKS = os.sysconf("SC_CLK_TCK")


def components(size, make):
    """Give a body for a check of at most ``size`` bytes, and of the components that are taken."""
    parts, length = [], 200
    for n in range(20_000):
        part = json.dumps(make(n))
        length += len(part) + 1
        if length > size:
            break
        parts.append(part)
    return f'{{"tier": "pro", "components": [{",".join(parts)}]}}'.encode()


def qualified(n):
    """Give a package URL that is all qualifiers."""
    qualifiers = "&".join(f"k{k}={n}" for k in range(200))
    return {"purl": f"pkg:npm/acme/product-{n % PRODUCTS}@1.{n % 40}.3?{qualifiers}"[:2000]}


def known(n):
    return {"product": f"product-{n % PRODUCTS}", "version": f"1.{n % 40}.{n % 10}"}


def unknown(n):
    return {"product": f"product-{n % PRODUCTS}", "version": f"1.{n}.{n}"}


def mistaken(n):
    return {"prod": n, "version": n, "tier": n}


def requests():
    """Give the requests by what they are, each with its body if it has one."""
    for size, name in ((MANY, "16 MiB"), (FEW, "2 MiB")):
        yield f"check, qualifiers, {name}", "/v1/check", components(size, qualified)
    yield "check, 20,000 of known versions, 2 MiB", "/v1/check", components(FEW, known)
    yield "check, 20,000 of unknown versions, 2 MiB", "/v1/check", components(FEW, unknown)
    yield "check, mistakes alone, 2 MiB", "/v1/check", components(FEW, mistaken)
    yield "check, brackets alone, 2 MiB", "/v1/check", b"[" * FEW
    yield "check, empty objects, 2 MiB", "/v1/check", b"[" + b"{}," * (FEW // 3) + b"{}]"
    yield "a matrix of another day", "/v1/products/product-1/support?at=2021-03-04", None
    yield "a version unknown and long", f"/v1/products/product-1/versions/1.{'2' * 90}.3", None


class Watching(threading.Thread):
    """Asks /health/live without pause; keeps the longest answer's seconds."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.longest, self.over = address, 0.0, False

    def run(self):
        with httpx.Client(base_url=self.address, timeout=120) as client:
            while not self.over:
                begun = time.perf_counter()
                client.get("/health/live")
                self.longest = max(self.longest, time.perf_counter() - begun)
                time.sleep(0.01)


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes(pid):
    (line,) = (
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line
    )
    return int(line.split()[1]) / 1024


def measure_request(address, pid, name, path, body):
    watching = Watching(address)
    watching.start()
    time.sleep(0.2)
    before, watching.longest = processor_seconds(pid), 0.0
    begun = time.perf_counter()
    with httpx.Client(base_url=address, timeout=120) as client:
        try:
            answer = client.get(path) if body is None else client.post(path, content=body)
            status = answer.status_code
        except httpx.HTTPError as error:
            status = type(error).__name__
    took = time.perf_counter() - begun
    watching.over = True
    watching.join()
    spent = processor_seconds(pid) - before
    print(
        f"{spent:7.2f} s of processor, {took:6.2f} s in all, /health/live at most "
        f"{watching.longest * 1000:7.0f} ms   {status}   {name}"
    )


def measure_memory(address, pid, size):
    port = int(address.rpartition(":")[2])
    before = megabytes(pid)
    head = f"POST /v1/check HTTP/1.1\r\nHost: h\r\nContent-Length: {size + 1}\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for _ in range(HALF_SENT):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.settimeout(5)
            with contextlib.suppress(OSError):
                one.sendall(head + b" " * size)
        time.sleep(1)
        during = megabytes(pid)
        time.sleep(PATIENCE)
        after = megabytes(pid)
    time.sleep(2)
    print(
        f"{before:7.0f} MiB before, {during:.0f} with {HALF_SENT} halves of {size / 2**20:.0f} MiB,"
        f" {after:.0f} after {PATIENCE:g} s, {megabytes(pid):.0f} when they have gone"
    )


def main():
    lifecycle = str(Path(sys.executable).with_name("lifecycle"))
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = os.environ | {
            "LIFECYCLE_DATABASE_URL": f"sqlite:///{folder}/store",
            "LIFECYCLE_ADMIN_TOKEN": TOKEN,
            "LIFECYCLE_LOG_LEVEL": "error",
        }
        serve = [lifecycle, "serve", "--port", str(port), "--no-worker"]
        with subprocess.Popen(serve, env=environment, stdout=subprocess.DEVNULL) as server:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            fill(address)
            for name, path, body in requests():
                measure_request(address, server.pid, name, path, body)
            for size in (1 << 20, 14 << 20):
                measure_memory(address, server.pid, size)
            server.terminate()


if __name__ == "__main__":
    main()
