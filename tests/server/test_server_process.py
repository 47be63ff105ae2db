"""The process that serves: how it starts, what it bears, and how it ends."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from lifecycle import asgi
from testkit.forked_processes import start_forked

PROGRAM = """
import asyncio, os, sys
from lifecycle import asgi, settings
from lifecycle.app import build
from lifecycle.telemetry import configure_logs

class Slow:
    "The application, with a path that takes its time."

    def __init__(self, application):
        self.application = application
        self.on_death = application.on_death

    @property
    def dead(self):
        return self.application.dead

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and scope["path"].startswith("/slow/"):
            print("asked", flush=True)
            await asyncio.sleep(float(scope["path"].removeprefix("/slow/")))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"done"})
        else:
            await self.application(scope, receive, send)

async def main():
    chosen = settings.load(os.environ)
    configure_logs("info", "json")
    bound = asgi.listen(chosen.host, chosen.port)
    application = await build(chosen)
    if "BREAK" in os.environ:
        async def broken():
            raise RuntimeError("broken")
        application.app_state.snapshots.refresh = broken
    ready = lambda: print(bound.getsockname()[1], flush=True)
    return await asgi.serve(chosen, Slow(application), bound=bound, ready=ready)

sys.exit(asgi.run(main))
"""


def opened_pipe():
    """Return both ends of a pipe, to read from and to write to."""
    reading, writing = os.pipe()
    return os.fdopen(reading, encoding="utf-8"), os.fdopen(writing, "w", encoding="utf-8")


@pytest.fixture
def start(sqlite_url):
    """Start a server of the store; give the process and its address."""
    with contextlib.ExitStack() as running:

        def started(**environment):
            own = {"LIFECYCLE_DATABASE_URL": sqlite_url, "LIFECYCLE_PORT": "0"}
            ends = [map(running.enter_context, opened_pipe()) for _ in range(2)]
            (printed, output), (told, errors) = ends
            with output, errors:
                environment = {**os.environ, **own, **environment}
                process = start_forked(PROGRAM, (), environment, stdout=output, stderr=errors)
            process.stdout, process.stderr = printed, told
            running.callback(process.wait)
            running.callback(process.kill)
            return process, f"http://127.0.0.1:{printed.readline().strip()}"

        yield started


def ask(process, address, seconds):
    """Ask for something slow in a thread; give where the answer will be."""
    answers = []

    def run():
        with contextlib.suppress(httpx.HTTPError):
            answers.append(httpx.get(f"{address}/slow/{seconds}", timeout=60))

    thread = threading.Thread(target=run)
    thread.start()
    assert process.stdout.readline() == "asked\n"
    return thread, answers


def test_sigterm_lets_what_is_under_way_finish_and_exits_with_0(start):
    process, address = start()
    thread, answers = ask(process, address, 1)

    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/health/live")
    thread.join()

    assert process.wait(timeout=10) == 0
    assert answers[0].text == "done"


def test_what_takes_longer_than_the_deadline_is_cut_off_and_it_exits_with_0(start):
    process, address = start(LIFECYCLE_DRAIN_SECONDS="1")
    thread, answers = ask(process, address, 60)

    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=20) == 0
    assert time.monotonic() - begun < 10
    thread.join()
    assert not any(answer.text == "done" for answer in answers)


def test_idle_connections_hold_up_neither_answers_nor_the_end(start):
    process, address = start()
    port = int(address.rpartition(":")[2])
    with contextlib.ExitStack() as opened:
        for _ in range(500):
            opened.enter_context(socket.create_connection(("127.0.0.1", port)))

        begun = time.monotonic()
        answer = httpx.get(f"{address}/health/live")
        taken = time.monotonic() - begun
        process.send_signal(signal.SIGTERM)

        assert answer.status_code == 200
        assert taken < 2
        assert process.wait(timeout=10) == 0


def test_a_head_that_does_not_end_is_refused_before_it_fills_the_memory(start):
    _, address = start()
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nX: ")

        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(5_000):  # what the system holds meanwhile is far less
                connection.sendall(b"a" * 10_000)

    assert httpx.get(f"{address}/health/live").status_code == 200


def test_head_and_unchanged_answers_have_no_body_on_the_wire(start):
    _, address = start()
    with httpx.Client(base_url=address) as client:
        whole = client.get("/v1/products")
        head = client.head("/v1/products")
        unchanged = client.get("/v1/products", headers={"If-None-Match": whole.headers["etag"]})
        again = client.get("/v1/products")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert again.content == whole.content


def test_it_is_one_process_of_which_sigkill_leaves_nothing(start):
    process, address = start()
    httpx.get(f"{address}/health/ready")
    assert children_of(process.pid) == []

    process.kill()
    process.wait()

    port = int(address.rpartition(":")[2])
    asgi.listen("127.0.0.1", port).close()


def children_of(pid):
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def test_it_ends_with_1_when_something_inside_dies(start):
    process, _ = start(BREAK="1")

    assert process.wait(timeout=20) == 1
    assert "something inside died" in process.stderr.read()


def test_a_store_that_is_away_is_waited_for(start, tmp_path):
    process, address = start(LIFECYCLE_DATABASE_URL=f"sqlite:///{tmp_path}/none")

    answer = httpx.get(f"{address}/health/ready")
    process.send_signal(signal.SIGTERM)

    assert answer.status_code == 503
    assert answer.json()["error"] == "Unavailable"
    assert process.wait(timeout=20) == 0


def test_a_port_in_use_is_refused_and_not_shared():
    with contextlib.closing(asgi.listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(asgi.PortUnavailable, match=f"Port {port} on 127.0.0.1 is in use"):
            asgi.listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_this_machines_is_refused(host):
    with pytest.raises(asgi.PortUnavailable, match="Cannot listen on"):
        asgi.listen(host, 0)


def test_any_other_server_runs_the_application_from_the_environment(sqlite_url):
    code = (
        "import asyncio, lifecycle.asgi as a\n"
        "async def main():\n"
        "    async def receive():\n"
        "        return {'type': 'lifespan.startup'}\n"
        "    told = []\n"
        "    async def send(message):\n"
        "        told.append(message['type'])\n"
        "        if len(told) == 1: raise asyncio.CancelledError\n"
        "    try: await a.app({'type': 'lifespan', 'state': {}}, receive, send)\n"
        "    except asyncio.CancelledError: pass\n"
        "    print(told[0])\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "LIFECYCLE_DATABASE_URL": sqlite_url}

    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )

    assert told.stdout.strip() == "lifespan.startup.complete", told.stderr


async def test_under_any_server_a_start_that_is_refused_says_why(monkeypatch, sqlite_url, tmp_path):
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LIFECYCLE_SECRET_KEY", "short")
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await asgi._FromEnvironment()({"type": "lifespan"}, receive, send)

    (failed,) = sent
    assert failed["type"] == "lifespan.startup.failed"
    assert "LIFECYCLE_SECRET_KEY is too short" in failed["message"]


def test_every_address_of_both_kinds_is_listened_on():
    bound = asgi.listen("::", 0)
    port = bound.getsockname()[1]
    reached = []
    for host in ("::1", "127.0.0.1"):
        with socket.create_connection((host, port), timeout=5) as connection:
            reached.append(connection.getpeername()[:2])
    bound.close()

    assert reached == [("::1", port), ("127.0.0.1", port)]
