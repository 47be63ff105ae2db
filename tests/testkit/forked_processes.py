"""Processes that begin with everything imported: forks of one that does nothing but fork.

To import and to register handlers is four fifths of the work of starting a server, and tests start
more than a hundred. What is left is mostly to compile the first statements and templates, so the
one that forks has answered some requests before. A fork is a process of its own in all else: it has
its own environment and output, takes signals and dies alone. Tests of the start itself run Python
anew.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
IMPORTED = (
    "aiosqlite",
    "asyncpg",
    "lifecycle.asgi",
    "lifecycle.cli.demo_setup",
    "lifecycle.cli.serve",
    "lifecycle.cli.startup",
    "lifecycle.cli.worker",
    "lifecycle.demo.history",
    "lifecycle.scheduler.worker_process",
    "notifications.channels.email_transport",
    "notifications.channels.webhook_transport",
    "testkit.receiver_process",
    "uvloop",
)
"""What a server, a worker and a demo import when they come to need it."""
DEADLINE = 60
LONGEST = 200_000
"""Bytes of a question; an environment is the most of it."""


class Forked:
    """A fork that runs code with arguments; what is used of ``subprocess.Popen``, it has."""

    def __init__(self, server, run, arguments, environment, *, stdout, stderr, cwd):
        self._server, self.returncode = server, None
        question = {"run": run, "arguments": arguments, "environment": environment, "cwd": cwd}
        files = [each if isinstance(each, int) else each.fileno() for each in (stdout, stderr)]
        self.pid = server.ask(question, files)

    def poll(self):
        if self.returncode is None:
            self.returncode = self._server.ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks, as long as this one lives."""

    def __init__(self):
        self._asked, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        clean = {name: v for name, v in os.environ.items() if not name.startswith("LIFECYCLE_")}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=clean,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def ask(self, question, files=()):
        socket.send_fds(self._asked, [json.dumps(question).encode()], files)
        return json.loads(self._asked.recv(LONGEST))

    def close(self):
        self._asked.close()
        self._process.wait()


_servers = []


def start_forked(run, arguments, environment, *, stdout, stderr, cwd=None):
    """Run code in a process of its own, with arguments and nothing but an environment."""
    if sys.platform != "linux":
        command = [sys.executable, "-c", run, *arguments]
        return subprocess.Popen(command, env=environment, stdout=stdout, stderr=stderr, cwd=cwd)
    if not _servers:
        _servers.append(ForkServer())
    where = None if cwd is None else str(cwd)
    return Forked(
        _servers[0], run, list(arguments), environment, stdout=stdout, stderr=stderr, cwd=where
    )


def run_forked(run, arguments, environment, *, cwd=None):
    """Run code to its end in a process of its own, and return its code and what it printed."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = start_forked(run, arguments, environment, stdout=stdout, stderr=stderr, cwd=cwd)
        code, printed = process.wait(DEADLINE), []
        for file in (stdout, stderr):
            file.seek(0)
            printed.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, code, *printed)


def serve(asked):
    """Fork for whoever asks, until nobody can any more; in each fork, return what it is to run."""
    while True:
        text, files, *_ = socket.recv_fds(asked, LONGEST, 2)
        if not text:
            sys.exit()
        question = json.loads(text)
        if "ended" in question:
            answer = ended(question["ended"])
        elif answer := os.fork():
            for each in files:
                os.close(each)
        else:
            asked.close()
            become(question, files)
            return question["run"]
        asked.send(json.dumps(answer).encode())


def ended(pid):
    """Return the code that a fork has ended with, None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def become(question, files):
    for number, each in enumerate(files, start=1):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(question["environment"])
    sys.argv = ["-c", *question["arguments"]]
    if question["cwd"] is not None:
        os.chdir(question["cwd"])


def prepare():
    """Import what a server and a worker do, register the handlers, and answer some requests."""
    sys.path.insert(0, str(TESTS))
    for each in IMPORTED:
        importlib.import_module(each)
    import structlog  # noqa: PLC0415

    from testkit.shared_handlers import share_handlers  # noqa: PLC0415
    from testkit.shared_statements import share_statements  # noqa: PLC0415
    from testkit.sqlite_in_place import ask_in_place  # noqa: PLC0415

    share_handlers()
    share_statements()
    ask_in_place(True)  # no thread outlives a fork
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(rehearse(f"sqlite:///{folder}/store.sqlite3"))
    structlog.reset_defaults()
    ask_in_place(False)
    gc.freeze()


async def rehearse(url):
    """Do in this process once what most servers are asked first, on a store of its own."""
    from lifecycle.app import create_app  # noqa: PLC0415
    from lifecycle.database import open_store, schema_upgrade  # noqa: PLC0415
    from testkit import api_fixtures as here  # noqa: PLC0415

    await schema_upgrade.upgrade(url)
    store = open_store(url)
    await here.sell_clairdash(store)
    async with here.connected(create_app(here.in_tests(), store)) as client:
        for path in ("/products/clairdash", f"{here.CLAIRDASH}/support", "/v1/accounts"):
            answer = await client.get(path, headers=here.AS_ADMIN)
            answer.raise_for_status()
    await store.close()


if __name__ == "__main__":
    prepare()
    with contextlib.suppress(KeyboardInterrupt):
        code = serve(socket.socket(fileno=int(sys.argv[1])))
        exec(code, {"__name__": "__main__"})  # noqa: S102 -- what the test gave
