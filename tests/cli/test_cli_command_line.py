import atexit
import gc
import json
import subprocess
import sys

import pytest

from lifecycle import asgi
from lifecycle.cli import COMMANDS, garbage_collection

HEAVY = ["litestar", "sqlalchemy", "pydantic", "holidays", "univers", "uvicorn"]


@pytest.fixture
def imported(python):
    """Give which of the heavy libraries a command line imports, in a process of its own."""

    def imported(*arguments):
        code = (
            "import json, sys; from lifecycle.cli import run; "
            f"run({list(arguments)!r}); "
            f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
        )
        return json.loads(python(code).stdout.splitlines()[-1])

    return imported


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("status", "--help"),
        ("deprecation", "draft", "--help"),
        ("help",),
        ("help", "gate"),
    ],
)
def test_help_imports_nothing_heavy(imported, arguments):
    assert imported(*arguments) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "clairdash", "3.35.2", "--server", "http://127.0.0.1:9"),
        ("audit", "verify", "--server", "http://127.0.0.1:9"),
        ("deprecation", "list", "--server", "http://127.0.0.1:9"),
        ("deliveries", "list", "--server", "http://127.0.0.1:9"),
        ("evidence", "--account", "acme", "--server", "http://127.0.0.1:9"),
        ("settings", "--format", "json"),
    ],
)
def test_client_commands_import_nothing_of_the_server(imported, arguments):
    assert imported(*arguments) == []


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_garbage_is_collected_seldom_but_in_processes_that_go_on(cli, monkeypatch, name):
    before, seen = gc.get_threshold(), []
    monkeypatch.setattr(asgi, "run", lambda _: seen.append(gc.get_threshold()) or 0)
    monkeypatch.setattr(atexit, "register", seen.append)
    try:
        garbage_collection.collect_seldom()
        seldom = gc.get_threshold()
        code, _, err = cli(name)
    finally:
        gc.set_threshold(*before)

    assert (code, err) == (0, "")
    assert seldom[0] == garbage_collection.SELDOM
    assert seen == [gc.freeze, garbage_collection.USUALLY]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_purpose_its_group_announces(cli, name):
    code, out, _ = cli(name, "--help")

    assert code == 0
    assert COMMANDS[name].split(";")[0].rstrip(".") in " ".join(out.split())


def test_an_unknown_command_is_a_sentence_and_exit_code_2(cli):
    code, out, err = cli("nope")

    assert (code, out) == (2, "")
    assert "No such command 'nope'" in err


def test_who_wants_to_rename_is_told_how_and_not_to_remove(cli):
    _, _, product = cli("product", "rename", "orbit")
    _, _, release = cli("release", "rename", "orbit")

    assert "`lifecycle product put PRODUCT --name NAME`" in product
    assert "remove" not in product + release


@pytest.mark.parametrize(
    ("line", "meant"),
    [("chekc", "check"), ("deprecations", "deprecation"), ("tokens list", "token"),
     ("token creat", "create"), ("deprecation anounce", "announce"), ("db back-up", "backup")],
)  # fmt: skip
def test_a_misspelt_command_is_answered_with_the_one_that_is_meant(cli, line, meant):
    code, out, err = cli(*line.split())

    assert (code, out) == (2, "")
    assert f"; did you mean `{meant}`?" in err


def test_a_defect_is_a_sentence_too(cli, environ):
    environ.setattr("lifecycle.settings.load", lambda *_: 1 / 0)

    code, _, err = cli("settings")

    assert code == 2
    assert err.startswith("Error: This is a defect in lifecycle (ZeroDivisionError")
    assert "Traceback" not in err


def test_settings_tell_where_each_comes_from_and_no_secret(cli, environ):
    environ.setenv("LIFECYCLE_PORT", "9000")
    environ.setenv("LIFECYCLE_ADMIN_TOKEN", "a-very-secret-token")
    environ.setenv("LIFECYCLE_DATABASE_URL", "postgresql://me:hush@db/lifecycle")
    environ.setenv("LIFECYCLE_PROT", "1")

    code, out, err = cli("settings", "--format", "json")

    shown = json.loads(out)
    assert code == 0
    assert shown["LIFECYCLE_PORT"] == {"value": "9000", "from": "environment"}
    assert shown["LIFECYCLE_HOST"]["from"] == "default"
    assert "very-secret" not in out
    assert "hush" not in out
    assert err == (
        "Warning: LIFECYCLE_PROT is set, but is not a known setting;"
        " did you mean `LIFECYCLE_PORT`?\n"
    )


def test_a_wrong_setting_is_named(cli, environ):
    environ.setenv("LIFECYCLE_PORT", "many")

    code, _, err = cli("settings")

    assert (code, "LIFECYCLE_PORT" in err) == (2, True)


def test_bytes_that_are_no_text_are_refused(cli):
    code, _, err = cli("status", "\udcff\udcfe", "1.0.0")

    assert (code, "not UTF-8" in err) == (2, True)


def test_a_reader_that_leaves_is_neither_a_no_nor_a_failure(environ):
    code = "from lifecycle.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "policy", "show", "clairdash"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (141, b"")
