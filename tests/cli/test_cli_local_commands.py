"""Commands that work on the local store alone never change it in place of the service meant."""

import click
import pytest

from lifecycle.cli import commands

SERVICE = "https://me:hush@lifecycle.example"
WITHOUT_A_STORE = {
    "serve", "worker", "demo-receiver", "rules", "manifest", "settings", "help", "completion",
    "schema", "policy presets", "policy validate",
}  # fmt: skip
"""What neither asks a service nor is about what one has: servers, and commands that read files."""


def every_command(group=commands, context=None, path=()):
    """Yield each command with the words that name it."""
    context = context or click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_command(command, context, (*path, name))
        else:
            yield " ".join((*path, name)), command


def server_option_of(command):
    return next((p for p in command.params if "--server" in p.opts), None)


def test_every_command_asks_the_service_or_knows_that_it_does_not():
    without = {name for name, command in every_command() if server_option_of(command) is None}

    assert without == WITHOUT_A_STORE


def is_local(command):
    option = server_option_of(command)
    return option is not None and option.hidden


LOCAL = [name for name, command in every_command() if is_local(command)]


@pytest.fixture
def arguments(tmp_path):
    """What a command takes, so that nothing but the service keeps it from its work."""
    (tmp_path / "file").write_text("[]")

    def arguments(name):
        needed = {
            "db upgrade": (),
            "db backup": (tmp_path / "saved",),
        }
        return needed.get(name, (tmp_path / "file",))

    return arguments


def test_the_commands_of_the_local_store_are_known():
    assert {name.partition(" ")[0] for name in LOCAL} == {"db", "doctor", "key"}


@pytest.mark.parametrize("name", LOCAL)
def test_what_no_service_can_do_names_the_store_it_works_on(
    cli, environ, arguments, name, store_file
):
    environ.setenv("LIFECYCLE_SERVER", SERVICE)

    by_setting = cli(*name.split(), *arguments(name))[2]
    by_option = cli(*name.split(), *arguments(name), "--server", SERVICE)
    quietly = cli(*name.split(), *arguments(name), "--quiet")[2]

    assert by_setting.startswith(f"Note: `lifecycle {name}` works on the local store, {store_file}")
    assert (by_option[0], by_option[1]) == (2, "")
    assert by_option[2].startswith("Error: ")
    assert "Note: " not in quietly


@pytest.mark.parametrize("name", LOCAL)
def test_its_help_is_shown_whatever_is_named(cli, environ, name):
    environ.setenv("LIFECYCLE_SERVER", SERVICE)

    code, out, err = cli(*name.split(), "--help")

    assert (code, err) == (0, "")
    assert "--server" not in out


@pytest.mark.parametrize(
    "arguments",
    [("status", "clairdash", "3.39.1"), ("token", "list"), ("waiver", "list"),
     ("waiver", "revoke", "x")],
)  # fmt: skip
def test_where_there_is_no_store_its_place_and_the_way_to_a_service_are_named(
    cli, store_file, arguments
):
    code, out, err = cli(*arguments)

    assert (code, out) == (2, "")
    assert f"There is no store at {store_file} yet" in err
    assert "LIFECYCLE_SERVER" in err
    assert not store_file.exists()
