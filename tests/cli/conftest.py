import asyncio
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from lifecycle.accounts import actions, tokens
from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, policies, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import vocabulary
from lifecycle.cli import delivery_progress, run
from lifecycle.cli.local_service import LocalService
from lifecycle.database import open_store
from lifecycle.demo import installation
from notifications.secrets import Vault
from testkit.made_once import made_once
from testkit.registered_releases import register_releases
from testkit.served_apps import serving

KEY = "k" * 32
BY = By("test", datetime.now(UTC))
TODAY = date.today()  # noqa: DTZ011 -- only for days far away from it


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """A user whose default store lies in a folder of the test's own; only settings given count."""
    for name in [name for name in os.environ if name.startswith("LIFECYCLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")  # so that what is looked for is not broken
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
def demo_store(sqlite_template, shared_folder):
    """A store with the demo vendor in it, made once a run: its past takes a while."""

    def make(folder):
        path = shutil.copyfile(sqlite_template, folder / "lifecycle.sqlite3")

        async def fill():
            store = open_store(f"sqlite:///{path}")
            async with store.writing() as session:
                await installation.fill(session, by=By("test", datetime.now(UTC)), vault=Vault(KEY))
            await store.close()

        asyncio.run(fill())

    return made_once(shared_folder, "demo-of-commands", make) / "lifecycle.sqlite3"


@pytest.fixture(scope="module")
def arranged(request, sqlite_template, tmp_path_factory):
    """A store that a module's own ``fill`` or else the one below was done to, and what it gave."""
    path = tmp_path_factory.mktemp("arranged") / "lifecycle.sqlite3"
    shutil.copyfile(sqlite_template, path)

    async def run():
        store = open_store(f"sqlite:///{path}")
        given = await getattr(request.module, "fill", fill)(store)
        await store.close()
        return given

    return path, asyncio.run(run())


@pytest.fixture
def demo(environ, demo_store, store_file):
    """The demo vendor in the user's default store."""
    shutil.copyfile(demo_store, store_file)
    environ.setenv("LIFECYCLE_SECRET_KEY", KEY)


async def fill(store):
    """Store a product with a feature, a policy, and an account that uses the feature."""
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="clairdash"), by=BY)
        released = date(2026, 1, 31)
        facts = [ReleaseIn(version=f"3.{n}.0", released_on=released) for n in range(1, 4)]
        await register_releases(session, product, facts, by=BY, today=max(TODAY, released))
        policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_bytes()
        await policies.put(session, product, policy, by=BY)
        ga = FeatureIn(stages=(StageIn(stage="ga", from_version="3.1.0"),))
        await features.put(session, product, "rest-v1", ga, by=BY)
        known = await vocabulary(session)
        facts = AccountIn(slug="acme", tier="pro")
        await actions.create_account(session, facts, by=BY, today=TODAY, vocabulary=known)
    async with store.writing() as session:
        account, _ = await actions.put_account(
            session, AccountIn(slug="acme", tier="pro"), by=BY, today=TODAY, vocabulary=known
        )
        runs = InstanceIn(product="clairdash", version="3.3.0", features=("rest-v1",))
        await actions.put_instance(session, account, "prod", runs, by=BY, vocabulary=known)
        _, secret = await tokens.create(session, label="cli", scope="publish", by=BY)
    return secret


@pytest.fixture(params=["here", "there"])
def lifecycle(request, cli, environ, store_file, arranged):
    """Carry out a command line that must succeed; give what it printed, JSON as a document."""
    path, secret = arranged
    shutil.copyfile(path, store_file)
    environ.setenv("LIFECYCLE_SECRET_KEY", "a key that only tests know")
    environ.setattr(delivery_progress, "PATIENCE_SECONDS", 0.0)

    def lifecycle(line, *more, code=0):
        found, out, err = cli(*line.split(), *more)
        assert found == code, err or out
        return json.loads(out) if out.startswith(("{", "[")) else out + err

    with contextlib.ExitStack() as stack:
        if request.param == "there":
            address = stack.enter_context(serving(store_file))
            environ.setenv("LIFECYCLE_SERVER", address)
            environ.setenv("LIFECYCLE_TOKEN", secret)
            environ.setenv("LIFECYCLE_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
        yield lifecycle
