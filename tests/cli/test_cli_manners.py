"""What all commands have in common: help that is whole, examples that run, JSON, quiet."""

import json
import os
import re
import shlex
import subprocess
import sys

import click
import pytest

from lifecycle.cli import COMMANDS, commands
from lifecycle.cli.connections import connect
from testkit.manual_pages import MANUAL, table

COLUMNS = 80
WITHOUT_JSON = {
    "serve": "it runs until it is stopped",
    "worker": "it runs until it is stopped",
    "demo-receiver": "it runs until it is stopped",
    "help": "it prints Markdown",
    "completion": "it prints a script",
    "schema": "it prints JSON",
    "evidence": "it writes JSON to a file",
}
PROSE = {"policy show", "audit verify", "deprecation show", "rules"}
"""Commands that print sentences or documents, which nothing breaks."""


def every_command():
    """Give each command with the words that name it."""
    context = click.Context(commands)
    for name in COMMANDS:
        command = commands.get_command(context, name)
        if isinstance(command, click.Group):
            yield name, command
            for below in command.commands.values():
                yield f"{name} {below.name}", below
        else:
            yield name, command


ALL = [pytest.param(name, command, id=name) for name, command in every_command()]
LEAVES = [pytest.param(*param.values, id=param.id) for param in ALL
          if not isinstance(param.values[1], click.Group)]  # fmt: skip


@pytest.mark.parametrize(("name", "command"), [("", commands), *ALL])
def test_no_help_is_cut_or_wider_than_a_terminal(name, command):
    context = click.Context(command, info_name=f"lifecycle {name}".strip(), max_content_width=80)

    lines = command.get_help(context).splitlines()

    assert not [line for line in lines if len(line) > COLUMNS]
    assert not [line for line in lines if line.rstrip().endswith("...") and "Usage" not in line]


@pytest.mark.parametrize(("name", "command"), LEAVES)
def test_every_command_has_an_example_that_parses(tmp_path, monkeypatch, name, command):
    monkeypatch.chdir(tmp_path)
    for file in re.findall(r"[\w-]+\.(?:yaml|json|csv)", command.example):
        (tmp_path / file).write_text("{}")
    (tmp_path / "products").mkdir()

    assert command.example
    for line in command.example.replace("\\\n", "").splitlines():
        if name == "completion":
            assert "lifecycle completion" in line
            continue
        program, *words = shlex.split(line)
        assert program == "lifecycle"
        assert words[: len(name.split())] == name.split()
        command.make_context(name, words[len(name.split()) :]).close()


READING = [
    (name, command)
    for name, command in every_command()
    if name.split()[-1] in {"list", "show", "status", "support", "entitlements", "worklist"}
    or name in {"compare", "rules", "audit verify", "simulate release", "policy presets"}
]


@pytest.mark.parametrize(("name", "command"), READING)
def test_the_examples_of_commands_that_read_run(cli, demo, environ, name, command):
    environ.setenv("COLUMNS", str(COLUMNS))
    (line,) = command.example.splitlines()
    words = [known_id(word) if word == "3f9a2c" else word for word in shlex.split(line)[1:]]

    code, out, err = cli(*words)

    assert (code, err if "More follow" not in err else "") == (0, "")
    assert out
    assert name in PROSE or not [line for line in out.splitlines() if len(line) > COLUMNS]


def known_id(_):
    with connect(None) as client:
        return next(iter(client.items("/v1/deprecations")))["id"][:6]


@pytest.mark.parametrize(("name", "command"), LEAVES)
def test_every_command_has_json(name, command):
    options = {option for parameter in command.params for option in parameter.opts}

    assert ("--format" in options) is (name not in WITHOUT_JSON)
    assert "--quiet" in options


@pytest.mark.parametrize(("name", "command"), LEAVES)
def test_every_list_is_shown_by_part(name, command):
    options = {option for parameter in command.params for option in parameter.opts}

    is_list = name.endswith(" list") or name in {"notices", "worklist"}
    assert ({"--limit", "--after"} <= options) is is_list


@pytest.mark.parametrize("row", table(MANUAL / "commands.md", "command"), ids=lambda row: row[0])
def test_a_commands_json_is_what_the_api_answers(cli, demo, row):
    line, address = (cell.strip("`") for cell in row)
    with connect(None) as client:
        names = known_names(client)
        for name, value in names.items():
            line = re.sub(rf"\b{name}\b", value, line)
            address = address.replace(f"{{{name.lower()}}}", value)
        path, _, query = address.partition("?")
        parameters = dict(part.split("=") for part in query.split("&") if part)
        document = client.get(path, **parameters)
        if "items" in document:
            document = list(client.items(path, **parameters))

    code, out, err = cli(*line.split(), "--format", "json")

    assert (code, err) == (0, "")
    assert whole(json.loads(out)) == whole(document)


def whole(document):
    """Leave out what leads from page to page."""
    return document if isinstance(document, list) else {**document, "next": None}


def known_names(client):
    instance = client.get("/v1/accounts/hooli/instances")["items"][0]["name"]
    notice = client.get("/v1/accounts/hooli/notices")["items"][0]["id"]
    deprecation = client.get("/v1/deprecations", status="announced")["items"][0]["id"]
    line = client.get("/v1/products/clairdash/lines")["items"][0]["line"]
    feature = client.get("/v1/products/clairdash/features")["items"][0]["key"]
    return {
        "PRODUCT": "clairdash",
        "VERSION": "3.39.1",
        "TIER": "pro",
        "LINE": line,
        "FEATURE": feature,
        "ACCOUNT": "hooli",
        "INSTANCE": instance,
        "NOTICE": notice,
        "ID": deprecation,
    }


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("status clairdash 3.39.1 --teir pro", "--tier"),
        ("release list clairdash --newest-frist", "--newest-first"),
        ("deprecation list --satus draft", "--status"),
    ],
)
def test_a_misspelt_option_is_answered_with_the_one_that_is_meant(cli, line, meant):
    code, out, err = cli(*line.split())

    assert (code, out) == (2, "")
    assert meant in err


def test_the_version_is_told(cli):
    code, out, _ = cli("--version")

    assert (code, out.startswith("lifecycle, version ")) == (0, True)


def script_of(shell):
    program = "from lifecycle.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "completion", shell],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_bash_completes_commands_and_options(tmp_path):
    program = tmp_path / "lifecycle"
    program.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'from lifecycle.cli import main; main()' \"$@\"\n"
    )
    program.chmod(0o755)
    asks = """
source script
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _lifecycle_completion lifecycle
        echo "${COMPREPLY[@]}"; }
complete -p lifecycle
ask lifecycle rele
ask lifecycle release pub
ask lifecycle release publish --ga
ask lifecycle token cre
"""
    (tmp_path / "script").write_text(script_of("bash"))
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    ran = subprocess.run(
        ["bash", "-c", asks], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )

    registered, *completed = ran.stdout.splitlines()
    assert registered.endswith("-F _lifecycle_completion lifecycle")
    assert completed == ["release", "publish", "--gate", "create"]
    assert ran.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_answered_with_words_and_their_purposes(shell):
    words = {"COMP_WORDS": "lifecycle sup", "COMP_CWORD": "sup" if shell == "fish" else "1"}
    environ = {**os.environ, **words, "_LIFECYCLE_COMPLETE": f"{shell}_complete"}
    program = "from lifecycle.cli import main; main()"

    ran = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "support" in ran.stdout
    assert shell == "bash" or COMMANDS["support"] in ran.stdout
