"""A secret key that is lost, wrong or too short is refused before anything starts."""

import asyncio
import json
import os
import sqlite3
from datetime import UTC, datetime

import pytest

from lifecycle import settings
from lifecycle.database import open_store
from lifecycle.errors import Unavailable
from lifecycle.keys import check_key
from lifecycle.scheduler import key_rotation, key_uses
from notifications import sealing
from notifications.secrets import BadLinkError, Links, Vault

ADDED = ("subscription", "add", "acme", "webhook", "https://acme.example/hook")


@pytest.fixture
def key_file(store_file):
    return store_file.with_name(f"{store_file.name}.key")


@pytest.fixture
def sealed(cli, environ, tmp_path):
    """A store with a webhook, whose secret the key beside the store encrypts."""
    customers = tmp_path / "customers.csv"
    customers.write_text("account,name,tier\nacme,Acme,pro\n")
    answer = cli("import", "accounts", customers)
    assert answer[0] == 0, answer
    code, _, errors = cli(*ADDED)
    assert code == 0, errors


def refused(answer, words):
    code, output, errors = answer
    assert code == 2
    assert words in errors
    assert "Traceback" not in errors
    assert "defect" not in errors
    assert "serves" not in output
    return True


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_lost_key_is_refused_at_the_start_and_no_other_is_made(
    cli, environ, sealed, key_file, command
):
    environ.setenv("LIFECYCLE_PORT", "0")
    key_file.unlink()

    assert refused(cli(command), f"there is no file {key_file}")
    assert not key_file.exists()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_another_key_than_the_stores_is_refused_at_the_start(cli, environ, sealed, command):
    environ.setenv("LIFECYCLE_PORT", "0")
    environ.setenv("LIFECYCLE_SECRET_KEY", "the key of some other store")

    assert refused(cli(command), "LIFECYCLE_SECRET_KEY is not the one")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_key_that_is_too_short_is_refused_at_the_start(cli, environ, command):
    environ.setenv("LIFECYCLE_PORT", "0")
    environ.setenv("LIFECYCLE_SECRET_KEY", "short")
    cli("db", "upgrade")

    assert refused(cli(command), "LIFECYCLE_SECRET_KEY is too short")


def test_an_empty_key_file_is_refused_at_the_start(cli, environ, key_file):
    environ.setenv("LIFECYCLE_PORT", "0")
    cli("db", "upgrade")
    key_file.touch()

    assert refused(cli("serve"), f"The secret key at {key_file} is empty")


def test_a_command_makes_no_other_key_for_a_store_that_lost_its_own(
    cli, environ, sealed, key_file, tmp_path
):
    key_file.unlink()
    customers = tmp_path / "more.csv"
    customers.write_text("account,name,tier\nother,Other,pro\n")

    refused(cli(*ADDED[:-1], "https://acme.example/other"), "there is no file")
    refused(cli("import", "accounts", customers), "there is no file")

    assert not key_file.exists()


def test_no_newer_key_is_put_where_the_stores_own_is_lost_or_another(cli, sealed, key_file):
    key_file.unlink()
    refused(cli("key", "new"), "there is no file")
    assert not key_file.exists()

    key_file.write_text("the key of some other store\n")
    refused(cli("key", "new"), f"{key_file} is not the one")
    assert key_file.read_text() == "the key of some other store\n"


def test_no_newer_key_is_made_where_there_is_no_store_yet(cli, key_file):
    refused(cli("key", "new"), "so there is no key to replace")

    assert not key_file.exists()


def test_a_key_lost_for_good_is_replaced_by_rotating_the_webhooks(
    cli, environ, sealed, key_file, tmp_path
):
    key_file.unlink()
    environ.setenv("LIFECYCLE_SECRET_KEY", "the key that comes after")
    environ.setenv("LIFECYCLE_PORT", "0")
    refused(cli("serve"), "lifecycle subscription rotate")
    uid = cli("subscription", "list", "acme", "--format", "json")[1].split('"id": "')[1][:36]

    code, _, errors = cli("subscription", "rotate", "acme", uid)

    assert code == 0, errors
    assert asyncio.run(opens()) is None


async def opens():
    """Check the key as a start does."""
    chosen = settings.load(os.environ)
    store = open_store(chosen.database_url)
    try:
        return await check_key(chosen, store)
    finally:
        await store.close()


def stored_secrets(store_file):
    with sqlite3.connect(store_file) as database:
        rows = database.execute("SELECT secret FROM subscriptions ORDER BY id").fetchall()
    database.close()
    return [secret for (secret,) in rows]


def entries(store_file):
    with sqlite3.connect(store_file) as database:
        rows = database.execute(
            "SELECT details FROM audit_entries WHERE action = 'key.rotated'"
        ).fetchall()
    database.close()
    return [json.loads(details) for (details,) in rows]


def note_running(keys, *, ended=False):
    """Note that a process runs with some keys, as services and workers do, or that it ended."""

    async def note():
        store = open_store(settings.load(os.environ).database_url)
        mark = key_uses.mark_of(keys)
        if ended:
            await key_uses.forget_key_use(store, mark)
        else:
            await key_uses.note_key_use(store, mark, datetime.now(UTC))
        await store.close()

    asyncio.run(note())


class TestRotating:
    def test_what_the_old_key_sealed_is_sealed_anew(self, cli, sealed, key_file, store_file):
        old = key_file.read_text().strip()
        (before,) = stored_secrets(store_file)
        plain = Vault(old).decrypt(before)

        made = cli("key", "new")
        code, out, _ = cli("key", "rotate")

        newest, former = key_file.read_text().splitlines()
        assert (made[0], former, key_file.stat().st_mode & 0o777) == (0, old, 0o600)
        assert (code, out) == (0, "1 secret encrypted anew with the newest key.\n")
        assert Vault(newest).decrypt(*stored_secrets(store_file)) == plain
        assert entries(store_file) == [{"resealed": 1}]
        assert cli("audit", "verify")[0] == 0

    def test_once_done_nothing_is_left_and_the_old_key_can_go(
        self, cli, sealed, key_file, store_file
    ):
        cli("key", "new")
        cli("key", "rotate")
        after = stored_secrets(store_file)

        code, out, _ = cli("key", "rotate")
        key_file.write_text(key_file.read_text().splitlines()[0])

        assert (code, out) == (0, "Everything is encrypted with the newest key already.\n")
        assert stored_secrets(store_file) == after
        assert len(entries(store_file)) == 1
        assert cli("key", "rotate")[0] == 0

    def test_links_hold_until_the_old_key_is_removed(self, cli, sealed, key_file):
        link = Links(key_file.read_text()).sign("unsubscribe", "acme")
        cli("key", "new")
        both = key_file.read_text()

        assert Links(both).unsign("unsubscribe", link) == "acme"
        with pytest.raises(BadLinkError):
            Links(both.splitlines()[0]).unsign("unsubscribe", link)

    def test_a_key_of_the_operators_is_printed_and_put_there_by_hand(
        self, cli, environ, sealed, key_file, store_file
    ):
        environ.setenv("LIFECYCLE_SECRET_KEY", key_file.read_text())

        code, out, err = cli("key", "new")

        assert (code, "on the first line of LIFECYCLE_SECRET_KEY" in err) == (0, True)
        environ.setenv("LIFECYCLE_SECRET_KEY", f"{out.strip()}\n{key_file.read_text()}")
        assert cli("key", "rotate")[:2] == (0, "1 secret encrypted anew with the newest key.\n")
        assert Vault(out.strip()).decrypt(*stored_secrets(store_file))

    def test_a_key_in_a_file_of_the_operators_is_named_by_that_file(
        self, cli, environ, sealed, tmp_path
    ):
        file = tmp_path / "secrets" / "key"
        file.parent.mkdir()
        file.write_text("another key, of some length\n")
        environ.setenv("LIFECYCLE_SECRET_KEY_FILE", str(file))

        made = cli("key", "new")
        examined = cli("doctor")

        assert f"Put it on the first line of {file}, above the old key." in made[2]
        assert f"The secret key in {file} is not the one" in examined[1]

    def test_a_key_file_ends_its_line_so_that_another_can_be_appended(self, sealed, key_file):
        assert key_file.read_text().endswith("\n")

    def test_it_is_refused_while_a_process_runs_that_knows_the_older_key_alone(
        self, cli, sealed, key_file, store_file
    ):
        former = key_file.read_text()
        cli("key", "new")
        note_running(former)

        refused = cli("key", "rotate")
        note_running(former, ended=True)
        note_running(key_file.read_text())

        assert refused[0] == 2
        assert "does not have the newest key first" in refused[2]
        assert "Restart all of them with the newest key, then repeat this." in refused[2]
        assert cli("key", "rotate")[:2] == (0, "1 secret encrypted anew with the newest key.\n")

    def test_what_no_key_opens_is_named_and_left(self, cli, sealed, key_file, store_file):
        before = stored_secrets(store_file)
        key_file.write_text("another key, of some length")

        code, _, err = cli("key", "rotate")

        assert code == 1
        assert "No key opens the secret of subscription" in err
        assert stored_secrets(store_file) == before

    def test_broken_off_it_goes_on(self, cli, sealed, key_file, store_file, monkeypatch):
        for number in range(4):
            assert cli(*ADDED[:-1], f"{ADDED[-1]}/{number}")[0] == 0
        cli("key", "new")
        monkeypatch.setattr(key_rotation, "AT_ONCE", 2)
        reseal, batches = sealing.reseal, []

        async def break_off(session, vault, **chosen):
            batches.append(chosen["after"])
            if len(batches) == 2:
                raise Unavailable
            return await reseal(session, vault, **chosen)

        monkeypatch.setattr(sealing, "reseal", break_off)
        assert cli("key", "rotate")[0] == 2
        monkeypatch.setattr(sealing, "reseal", reseal)

        assert cli("key", "rotate")[1] == "3 secrets encrypted anew with the newest key.\n"
        newest = Vault(key_file.read_text().splitlines()[0])
        assert all(newest.decrypt(secret) for secret in stored_secrets(store_file))
