"""A setting that cannot be meant is refused in a sentence: its name, its value, what it may be."""

import pytest

from lifecycle import setting_values, settings
from lifecycle.errors import BadRequest
from testkit.forked_processes import run_forked
from testkit.server_processes import RUN

STORES = "sqlite:///path/to/file or postgresql://user:password@host/database"
REFUSED = [
    ("PORT", "abc", "a whole number from 0 to 65535"),
    ("PORT", "65536", "a whole number from 0 to 65535"),
    ("PORT", "80 80", "a whole number from 0 to 65535"),
    ("PUBLIC_READS", "maybe", "true or false"),
    ("CROSS_ORIGIN_READS", "*", "true or false"),
    ("WORKER", "2", "true or false"),
    ("ALLOW_PRIVATE_ADDRESSES", "10.0.0.0/8", "true or false"),
    ("OPERATOR_ROUTES", "shut", "open, token or off"),
    ("LOG_LEVEL", "loud", "debug, info, warning or error"),
    ("LOG_FORMAT", "xml", "auto, json or console"),
    ("MAX_BODY_BYTES", "16MB", "a whole number of at least 1024"),
    ("MAX_BODY_BYTES", "10", "a whole number of at least 1024"),
    ("MAX_AGE_SECONDS", "-1", "a whole number from 0 to 86400"),
    ("CACHE_BYTES", "1 GB", "a whole number of at least 0"),
    ("ANONYMOUS_SECONDS_PER_MINUTE", "-1", "a number from 0 to 6000"),
    ("TRUSTED_PROXIES", "10.0.0.0/8, localhost", setting_values.NETWORKS),
    ("DRAIN_SECONDS", "nan", "a number from 0 to 3600"),
    ("POLL_SECONDS", "0", "a number above 0, at most 3600"),
    ("LEASE_SECONDS", "inf", "a number above 0, at most 86400"),
    ("ARCHIVE", "archive", setting_values.FOLDER),
    ("KEEP_PROOF_DAYS", "-1", "a whole number from 0 to 36500"),
    ("KEEP_ATTEMPTS_DAYS", "0", "a whole number from 1 to 36500"),
    ("KEEP_MESSAGES_DAYS", "0", "a whole number from 1 to 36500"),
    ("KEEP_SESSIONS_DAYS", "0", "a whole number from 1 to 3650"),
    ("KEEP_IDEMPOTENCY_HOURS", "23", "a whole number from 24 to 720"),
    ("WORKER_PORT", "65536", "a whole number from 0 to 65535"),
    ("AT", "2026-02-30", "a date such as 2026-02-28"),
    ("BASE_URL", "ftp://x", setting_values.BASE_URL),
    ("TITLE", "  \t", setting_values.TITLE),
    ("CONTACT", "javascript:alert(1)", setting_values.CONTACT),
    ("OIDC_ISSUER", "http://login.example", setting_values.ISSUER),
    ("PROXY_USER_HEADER", "Remote User", setting_values.HEADER),
    ("PROXY_NAME_HEADER", "Remote-Name:", setting_values.HEADER),
    ("PROXY_GROUPS_HEADER", "a, b", setting_values.HEADER),
    ("SERVER", "nonsense", "an address such as https://lifecycle.example"),
    ("DATABASE_URL", "nonsense", STORES),
    ("DATABASE_URL", "mysql://host/name", STORES),
    ("DATABASE_DIRECT_URL", "host:5432", STORES),
]
WITHOUT_A_USER = """
import os, pwd
def unknown(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown
from lifecycle.cli import main
main()
"""


@pytest.mark.parametrize(("name", "value", "allowed"), REFUSED)
def test_a_bad_setting_is_refused_by_name_with_its_value_and_what_it_may_be(name, value, allowed):
    with pytest.raises(BadRequest) as refused:
        settings.load({f"LIFECYCLE_{name}": value})

    assert refused.value.detail == (
        f"Invalid setting LIFECYCLE_{name}: {value!r} is not valid; use {allowed}"
    )


@pytest.mark.parametrize("command", ["settings", "serve"])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMTP_URL", "ftp://mail.example", "Use smtp://"),
        ("MAIL_FROM", "me", "'me'. Use an e-mail address"),
        ("ADMIN_TOKEN", "short", "is too short; it needs at least 16 characters"),
        ("SECRET_KEY", "abc", "is too short: it needs at least 16 characters"),
        ("OIDC_ISSUER", "https://login.example", "needs LIFECYCLE_OIDC_CLIENT_ID"),
        ("PROXY_USER_HEADER", "Remote-User", "needs LIFECYCLE_TRUSTED_PROXIES"),
        ("PROXY_GROUPS_HEADER", "Remote-Groups", "needs LIFECYCLE_PROXY_USER_HEADER"),
    ],
)
def test_what_a_start_would_refuse_is_refused_when_the_settings_are_shown(
    command, name, value, said, tmp_path
):
    environ = {
        "LIFECYCLE_DATABASE_URL": f"sqlite:///{tmp_path}/store",
        "LIFECYCLE_PORT": "0",
        f"LIFECYCLE_{name}": value,
    }
    done = run_forked(RUN, [command], environ)

    assert (done.returncode, f"LIFECYCLE_{name}" in done.stderr) == (2, True), done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def test_every_setting_but_a_plain_text_was_tried_with_a_bad_value():
    texts = {"HOST", "MAIL_FROM", "ADMIN_TOKEN", "TOKEN", "SECRET_KEY", "SMTP_URL"}
    texts |= {"OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REQUESTS", "PEOPLE_SCOPES"}

    tried = {name for name, _, _ in REFUSED}

    every = {name.removeprefix("LIFECYCLE_") for name, _, _ in settings.load({}).describe()}
    assert every - texts == tried


def test_a_password_in_a_refused_address_is_not_repeated():
    with pytest.raises(BadRequest) as refused:
        settings.load({"LIFECYCLE_DATABASE_URL": "mysql://me:hush@host/name"})

    assert "'mysql://me:***@host/name' is not valid" in refused.value.detail
    assert "hush" not in f"{refused.value.detail} {refused.value.problems!r}"


@pytest.mark.parametrize("command", ["settings", "serve", "worker"])
@pytest.mark.parametrize("home", [{}, {"HOME": ""}], ids=["no HOME", "an empty HOME"])
def test_a_user_without_a_home_is_told_which_setting_to_give(command, home, tmp_path):
    done = run_forked(WITHOUT_A_USER, [command], home, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (2, f"Error: {settings.NO_HOME}\n")
    assert "LIFECYCLE_DATABASE_URL" in done.stderr


def test_a_user_without_a_home_may_name_the_store(tmp_path):
    environ = {"LIFECYCLE_DATABASE_URL": f"sqlite:///{tmp_path}/store"}
    done = run_forked(WITHOUT_A_USER, ["settings"], environ)

    assert (done.returncode, done.stderr) == (0, "")
