import json
import sys
from datetime import date

import pytest

from lifecycle.accounts.account_inputs import AccountIn
from lifecycle.accounts.actions import create_account
from lifecycle.accounts.queries import find_account
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.cli.clock import by_hand
from lifecycle.cli.local_store import with_store


@pytest.fixture(autouse=True)
def _customer(cli):
    async def add(store):
        known = Vocabulary(frozenset(), frozenset())
        facts = AccountIn(slug="acme", name="Acme", tier="pro")
        async with store.writing() as session:
            await create_account(
                session, facts, by=by_hand(), today=date(2026, 1, 1), vocabulary=known
            )

    cli("db", "upgrade")
    with_store(add)


def is_there():
    async def look(store):
        async with store.reading() as session:
            return await find_account(session, "acme") is not None

    return with_store(look)


def test_an_account_is_erased_once_it_is_confirmed(cli):
    code, out, err = cli("account", "erase", "acme", "--yes")

    assert (code, err.startswith("Store: ")) == (0, True)
    assert out.startswith("acme is erased.\n  instances: 0\n")
    assert not is_there()
    assert cli("audit", "verify")[0] == 0


def test_programs_are_told_under_which_pseudonym_it_is_counted(cli):
    code, out, _ = cli("account", "erase", "acme", "--yes", "--format", "json")

    assert code == 0
    assert json.loads(out)["account"].startswith("erased-")


def test_nothing_is_erased_where_nobody_can_confirm_it(cli):
    code, out, err = cli("account", "erase", "acme")

    assert (code, out) == (2, "")
    assert "confirm it with --yes" in err
    assert is_there()


@pytest.mark.parametrize(("typed", "code"), [("acme", 0), ("acne", 2)])
def test_on_a_terminal_the_slug_is_typed_to_confirm_it(cli, environ, typed, code):
    environ.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    environ.setattr("click.prompt", lambda *_words, **_how: typed)

    assert cli("account", "erase", "acme")[0] == code
    assert is_there() is (code != 0)


def test_an_account_that_is_not_there_is_named(cli):
    code, _, err = cli("account", "erase", "nobody", "--yes")

    assert code == 2
    assert "nobody" in err
