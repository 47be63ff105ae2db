"""A token that cannot be one is refused in a sentence by every command, and never repeated."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import click
import pytest

from lifecycle import settings
from lifecycle.cli import commands, run
from lifecycle.errors import BadRequest
from lifecycle.policy import presets

SECRET = "lct_hush-hush-hush-hush"
REFUSED = {
    "a line break inside": f"{SECRET}\n{SECRET}",
    "a header of its own": f"{SECRET}\r\nX-Evil: 1",
    "a non-ASCII letter": f"{SECRET}ä",
    "a mark read as Latin-1": f"ï»¿{SECRET}",
    "a mark inside": f"{SECRET}\ufeff{SECRET}",
    "a space inside": f"{SECRET} {SECRET}",
    "a control character": f"{SECRET}\x07",
    "bytes that are no text": f"{SECRET}\udcff",
}
TAKEN = {
    "as it is": SECRET,
    "a line break at the end": f"{SECRET}\r\n",
    "a byte order mark": f"\ufeff{SECRET}",
    "both": f"\ufeff{SECRET}\n",
}
NOWHERE = "http://127.0.0.1:9"
COMPLETE = {
    "account erase 123456": ("account", "erase", "123456", "--yes"),
    "gate 123456": ("gate", "file"),
    "check": ("check", "--account", "acme"),
    "policy diff 123456 file": ("policy", "diff", "p", "policy.yaml"),
    "policy test 123456": ("policy", "test", "cases.csv", "--product", "p"),
    "policy put 123456 file": ("policy", "put", "p", "policy.yaml"),
    "subscription resend 123456 123456": (
        *("subscription", "resend", "123456", "123456"),
        *("--since", "2026-11-01"),
    ),
    "feature stage 123456 123456 experimental": (
        *("feature", "stage", "123456", "123456", "experimental"),
        *("--from-version", "1"),
    ),
    "policy show": ("policy", "show", "--product", "p"),
}
"""What some command lines must say before a service is asked at all."""


@pytest.fixture
def client(monkeypatch, capsys, tmp_path):
    """Carry out a command line against a service that is not there."""
    for name in [name for name in os.environ if name.startswith("LIFECYCLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("product: p\nversion: 1.0.0\n")
    (tmp_path / "policy.yaml").write_text(presets.preset("nodejs"))
    case = "version,tier,day,expected\n1.0.0,pro,2026-11-21,supported\n"
    (tmp_path / "cases.csv").write_text(case)

    def client(token, *arguments):
        monkeypatch.setenv("LIFECYCLE_TOKEN", token)
        code = run([*arguments])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return client


def remote_commands(group=commands, path=()):
    """Find every command that asks a service, with something for whatever it needs to be given."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from remote_commands(found, (*path, name))
        elif any("--server" in param.opts for param in found.params):
            line = (*path, name, *needed(found))
            yield COMPLETE.get(" ".join(line), line)


def needed(command):
    for param in command.params:
        if isinstance(param, click.Argument) and param.required:
            yield given(param.type)
        elif param.required:
            yield from (param.opts[0], given(param.type))


def given(kind):
    if isinstance(kind, click.Choice):
        return kind.choices[0]
    if isinstance(kind, click.Path | click.File):
        return "file"
    return "123456"  # a number, and as much of an id as suffices


# An export asks as somebody without a token does, and sends none.
COMMANDS = [command for command in remote_commands() if command[0] != "export"]


def test_all_that_ask_a_service_are_found():
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_bad_token_without_repeating_it(client, arguments):
    for token in REFUSED.values():
        code, said = client(token, *arguments, "--server", NOWHERE)

        assert code == 2, said
        assert "hush" not in said
        assert "defect" not in said
        assert "Traceback" not in said
        assert "LIFECYCLE_TOKEN" in said


@pytest.fixture
def service():
    """Listen, refuse everything, and note the authorization that came."""
    shown = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            shown.append(self.headers["Authorization"])
            self.send_error(401)

        do_POST = do_GET  # noqa: N815 -- the base class says how it is called

        def log_message(self, *_):
            """Write nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", shown
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("token", TAKEN.values(), ids=TAKEN)
@pytest.mark.parametrize("arguments", [("deliveries", "list"), ("check", "--account", "acme")])
def test_what_stands_around_a_token_is_not_sent(client, service, arguments, token):
    address, shown = service

    client(token, *arguments, "--server", address)

    assert shown == [f"Bearer {SECRET}"]


def test_a_token_in_a_file_is_shown_as_well(client, service, tmp_path, monkeypatch):
    address, shown = service
    file = tmp_path / "token"
    file.write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")
    monkeypatch.setenv("LIFECYCLE_TOKEN_FILE", str(file))

    client("", "deliveries", "list", "--server", address)

    assert shown == [f"Bearer {SECRET}"]


@pytest.mark.parametrize("name", ["LIFECYCLE_TOKEN", "LIFECYCLE_ADMIN_TOKEN"])
@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED)
def test_a_setting_refuses_a_bad_token_without_repeating_it(name, token):
    with pytest.raises(BadRequest) as refused:
        settings.load({name: token})

    assert name in str(refused.value)
    assert "hush" not in str(refused.value) + repr(refused.value.problems)


@pytest.mark.parametrize("server", ["http://me:hush@127.0.0.1:9", "ftp://me:hu/sh@h", "me:hush@h"])
@pytest.mark.parametrize("arguments", [("deliveries", "list"), ("check", "--account", "acme")])
def test_a_password_in_the_service_s_address_is_not_repeated(client, arguments, server):
    code, said = client(SECRET, *arguments, "--server", server)

    assert code == 2
    assert "hush" not in said
    assert "hu/sh" not in said


def test_a_token_given_in_place_of_its_number_is_not_repeated(client):
    client("", "db", "upgrade")

    code, said = client("", "token", "revoke", "a-token-that-was-chosen")

    assert code == 2
    assert "a-to" in said
    assert "a-tok" not in said
