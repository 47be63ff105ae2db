from datetime import UTC, date

import pytest

from lifecycle import settings
from lifecycle.app import clock_of


@pytest.mark.parametrize("variables", [{}, {"LIFECYCLE_AT": "2027-01-31"}])
def test_only_a_demo_shows_another_day(cli, environ, variables):
    for name, value in variables.items():
        environ.setenv(name, value)
    arguments = () if variables else ("--at", "2027-01-31")

    code, _, errors = cli("serve", *arguments)

    assert (code, "--at and LIFECYCLE_AT need --demo" in errors) == (2, True)


def test_a_day_that_is_none_is_refused(cli):
    code, _, errors = cli("serve", "--demo", "--at", "2027-02-31")

    assert (code, "'2027-02-31' is not a valid date" in errors) == (2, True)


def test_a_worker_makes_no_store_of_its_own(cli, store_file):
    code, _, errors = cli("worker")

    assert code == 2
    assert errors.strip()
    assert not store_file.exists()


@pytest.mark.parametrize("command", ["worker", "serve"])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "LIFECYCLE_SMTP_URL",
            "gopher://me:hush@mail",
            "LIFECYCLE_SMTP_URL. Use smtp://user:password@host:port or smtps://…, with",
        ),
        (
            "LIFECYCLE_MAIL_FROM",
            "no address at all",
            "LIFECYCLE_MAIL_FROM: 'no address at all'. Use an e-mail address, or a name and",
        ),
    ],
)
def test_settings_with_which_no_mail_can_go_out_are_refused_at_the_start(
    cli, environ, store_file, command, name, value, said
):
    environ.setenv(name, value)

    code, _, errors = cli(command)

    assert (code, errors.startswith(f"Error: Invalid setting {said}")) == (2, True)
    assert "hush" not in errors
    assert not store_file.exists()


def test_a_clock_is_moved_to_the_day_that_is_asked_for():
    chosen = settings.load({"LIFECYCLE_AT": "2031-05-17"})

    moved = clock_of(chosen)()

    # A test that begins just before midnight sees the next day begin.
    assert moved.date() in {date(2031, 5, 17), date(2031, 5, 18)}
    assert moved.tzinfo is UTC
