import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from lifecycle.audit.chain import By
from lifecycle.cli import run
from lifecycle.cli.local_service import LocalService
from lifecycle.database import open_store
from lifecycle.demo import installation
from notifications.secrets import Vault

KEY = "k" * 32


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """A user whose default store lies in a folder of the test's own; only settings given count."""
    for name in [name for name in os.environ if name.startswith("LIFECYCLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{tmp_path}/lifecycle.sqlite3")
    return monkeypatch


@pytest.fixture
def cli(environ, capsys, served_here):
    """Carry out a command line in this process: exit code, output, errors.

    What it reads of the local store, it reads without the service in this process.
    """

    def cli(*arguments):
        served_here.clear()
        code = run([str(argument) for argument in arguments])
        assert not [request for request in served_here if is_read(request)]
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return cli


@pytest.fixture
def served_here(monkeypatch):
    """The requests that the service in this process was sent."""
    requests = []
    handle = LocalService.handle_request

    def handle_request(self, request):
        requests.append(request)
        return handle(self, request)

    monkeypatch.setattr(LocalService, "handle_request", handle_request)
    return requests


def is_read(request):
    """Say whether a request changes nothing: a GET, or a check that nobody wants stored."""
    asks = request.url.path.endswith("/check") and "report" not in request.url.params
    return request.method == "GET" or asks


@pytest.fixture
def store_file(tmp_path):
    return tmp_path / "lifecycle.sqlite3"


@pytest.fixture
def newer_store(cli, store_file):
    """A store that a later version of the program wrote."""
    cli("db", "upgrade")
    with sqlite3.connect(store_file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    return store_file


@pytest.fixture
def python(environ):
    """Run Python code in a process of its own."""

    def python(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return python


@pytest.fixture(scope="session")
def demo_store(sqlite_template, tmp_path_factory):
    """A store with the demo vendor in it, made once a process: its past takes a while."""
    path = tmp_path_factory.mktemp("demo") / "lifecycle.sqlite3"
    shutil.copyfile(sqlite_template, path)

    async def fill():
        store = open_store(f"sqlite:///{path}")
        async with store.writing() as session:
            await installation.fill(session, by=By("test", datetime.now(UTC)), vault=Vault(KEY))
        await store.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def demo(environ, demo_store, store_file):
    """The demo vendor in the user's default store."""
    shutil.copyfile(demo_store, store_file)
    environ.setenv("LIFECYCLE_SECRET_KEY", KEY)
