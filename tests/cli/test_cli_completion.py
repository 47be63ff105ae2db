"""What a shell is offered for a word: what the store or the service knows, with its meaning."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from lifecycle.cli import commands, known_values
from testkit.served_apps import serving

PROGRAM = "from lifecycle.cli import main; main()"
WORDS = [
    ("status", "clair", "clairdash"),
    ("status clairdash", "3.39", "3.39.1"),
    ("compare clairdash 3.38.1", "3.39", "3.39.1"),
    ("status clairdash 3.39.1 --tier", "ent", "enterprise"),
    ("check runs.yaml --tier", "ent", "enterprise"),
    ("line show clairdash", "3.3", "3.39"),
    ("feature show clairdash", "rest", "rest-v1"),
    ("account show", "hoo", "hooli"),
    ("instance show hooli", "", "production"),
    ("rules", "removal-over", "removal-overdue"),
    ("help", "glos", "glossary"),
]


@pytest.fixture
def offered(environ):
    """Say what is offered for a word behind others, each with its meaning."""
    environ.setattr(known_values, "PATIENCE_SECONDS", 60.0)

    def offered(line, begun=""):
        shell = ShellComplete(commands, {}, "lifecycle", "_LIFECYCLE_COMPLETE")
        return {item.value: item.help for item in shell.get_completions(line.split(), begun)}

    return offered


@pytest.mark.parametrize(("line", "begun", "word"), WORDS)
def test_what_the_store_knows_is_offered(demo, offered, line, begun, word):
    assert word in offered(line, begun)


def test_a_deprecation_is_offered_by_its_short_id_with_what_it_is(demo, offered):
    words = offered("deprecation show")

    assert words
    assert {len(word) for word in words} == {8}
    assert "clairdash: removal, announced" in words.values()


def test_a_name_that_is_new_is_not_offered(demo, offered):
    assert offered("release add clairdash", "3.39") == {}
    assert offered("product add", "clair") == {}
    assert "clairdash" in offered("release add", "clair")


def test_a_service_s_words_are_offered_where_one_is_named(demo, offered, environ, store_file):
    with serving(store_file) as service:
        environ.setenv("LIFECYCLE_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
        environ.setenv("LIFECYCLE_SERVER", service)

        assert "3.39.1" in offered("status clairdash", "3.39")


@pytest.mark.parametrize("server", [None, "http://127.0.0.1:9", "nonsense"])
def test_where_nothing_is_known_nothing_is_offered(offered, environ, store_file, capfd, server):
    if server:
        environ.setenv("LIFECYCLE_SERVER", server)

    assert offered("status", "clair") == {}
    assert offered("status clairdash 1.0.0 --tier") == {}
    assert (capfd.readouterr(), store_file.exists()) == (("", ""), False)


def test_an_answer_that_takes_too_long_is_not_waited_for(demo, offered, environ):
    environ.setattr(known_values, "PATIENCE_SECONDS", 0.0)

    assert offered("status", "clair") == {}


def test_files_are_left_to_the_shell(offered):
    shell = ShellComplete(commands, {}, "lifecycle", "_LIFECYCLE_COMPLETE")

    for line in ("gate", "check", "check --ignore", "policy test", "check --sbom"):
        assert [item.type for item in shell.get_completions(line.split(), "rel")] == ["file"]


@pytest.fixture
def folder(tmp_path):
    """A folder with the program, on the path of a shell."""
    program = tmp_path / "lifecycle"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{PROGRAM}' \"$@\"\n")
    program.chmod(0o755)
    return tmp_path


def ran(folder, shell, script):
    here = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb"}
    return subprocess.run(
        [shell, *({"zsh": ["-f"]}.get(shell, [])), "-c", script],
        cwd=folder, env=os.environ | here, capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip


ZSH = """
zmodload zsh/zpty
zpty -b shell zsh -fi
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u; source <(lifecycle completion zsh)'
zpty -w shell 'print READY'
repeat 600; do zpty -rt shell line; [[ $line == READY* ]] && break; sleep 0.1; done
zpty -wn shell $'lifecycle help glos\\t'
repeat 600; do
  zpty -rt shell line && text+=$line
  [[ $text == *glossary* ]] && break; sleep 0.1
done
print -r -- $text
zpty -d shell
"""


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("fish", "lifecycle completion fish | source; complete -C 'lifecycle help glos'"),
        ("zsh", ZSH),
    ],
)
def test_a_real_shell_completes_a_value(folder, shell, script):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    completed = ran(folder, shell, script)
    assert "glossary" in completed
    assert shell != "fish" or "each with one meaning." in completed
