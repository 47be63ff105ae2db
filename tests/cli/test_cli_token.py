import json

import pytest

from testkit.served_apps import serving


@pytest.fixture(autouse=True)
def _store(cli):
    cli("db", "upgrade")


def create(cli, scope="publish", *more):
    return cli("token", "create", "--scope", scope, "--label", "bot", *more)


def test_a_token_is_shown_once_and_kept_as_a_hash(cli, store_file):
    code, out, err = create(cli)

    assert (code, out.startswith("lct_")) == (0, True)
    assert "not shown again" in err
    assert create(cli, "release", "-q")[2] == ""
    assert out.strip().encode() not in store_file.read_bytes()
    assert out.strip() not in cli("token", "list")[1]


def test_the_list_tells_scope_state_and_use(cli):
    create(cli, "release", "--expires", "30d")

    code, out, _ = cli("token", "list", "--format", "json")

    (token,) = json.loads(out)
    assert code == 0
    assert (token["scope"], token["label"], token["last_used_at"]) == ("release", "bot", None)
    assert token["expires_at"] is not None


def test_a_day_that_has_passed_is_refused_by_the_name_of_its_option(cli):
    assert (
        "--expires: must lie in the future" in create(cli, "release", "--expires", "2020-01-15")[2]
    )


def test_a_revoked_token_is_listed_as_such(cli):
    secret = create(cli)[1].strip()

    code, out, _ = cli("token", "revoke", secret[:12])

    assert (code, "is revoked" in out) == (0, True)
    assert "revoked 2" in cli("token", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scope", "root", "--label", "x"), "account:<slug>"),
        (("--scope", "account:nobody", "--label", "x"), "nobody"),
        (("--scope", "publish:nothing", "--label", "x"), "unknown product 'nothing'"),
        (("--scope", "admin", "--label", "x\x00"), "control character"),
        (("--scope", "admin", "--label", "x", "--expires", "2020-01-01"), "expire"),
        (("--scope", "admin", "--label", "x", "--expires", "2027-02-30"), "--expires"),
        (("--scope", "admin", "--label", "x", "--expires", "0d"), "--expires"),
        (("--scope", "admin"), "--label"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_words(cli, arguments, words):
    code, out, err = cli("token", "create", *arguments)

    assert (code, out) == (2, "")
    assert words in err


def test_making_a_token_for_programs_gives_its_secret_with_what_the_list_shows(cli):
    code, out, _ = create(cli, "release", "--format", "json")
    made = json.loads(out)
    secret = made.pop("secret")

    (listed,) = json.loads(cli("token", "list", "--format", "json")[1])

    assert (code, listed) == (0, made)
    assert secret.startswith(made["begins_with"])


def test_tokens_of_a_service_are_made_listed_and_revoked(cli, environ, store_file):
    admin = create(cli, "admin")[1].strip()
    environ.setenv("LIFECYCLE_TOKEN", admin)
    with serving(store_file) as service:
        environ.setenv("LIFECYCLE_DATABASE_URL", "sqlite:////nowhere/at-all.sqlite3")
        environ.setenv("LIFECYCLE_SERVER", service)
        made = create(cli, "release", "--expires", "2099-01-31")
        listed = cli("token", "list")
        revoked = cli("token", "revoke", made[1].strip(), "--server", service)
        environ.setenv("LIFECYCLE_TOKEN", made[1].strip())
        refused = cli("token", "list")

    assert (made[0], made[1][:4]) == (0, "lct_")
    assert "expires 2099-01-31" in listed[1]
    assert made[1].strip() not in listed[1]
    assert revoked == (0, "Token 2 (bot) is revoked.\n", f"Server: {service}\n")
    assert (refused[0], refused[1]) == (2, "")
    assert "LIFECYCLE_TOKEN is refused" in refused[2]


def test_a_narrow_token_makes_none(cli, environ, store_file):
    environ.setenv("LIFECYCLE_TOKEN", create(cli, "publish")[1].strip())
    with serving(store_file) as service:
        code, out, err = create(cli, "publish", "--server", service)

    assert (code, out) == (2, "")
    assert "needs a token of scope admin; the one sent has publish" in err


def test_revoking_an_unknown_token_is_refused(cli):
    code, _, err = cli("token", "revoke", "lct_unknown")

    assert code == 2
    assert err.endswith("Error: No token has the number or beginning 'lct_unknown'.\n")
