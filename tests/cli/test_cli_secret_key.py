"""A secret key that is lost, wrong or too short is refused before anything starts."""

import asyncio
import os

import pytest

from lifecycle import settings
from lifecycle.database import open_store
from lifecycle.keys import check_key

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
