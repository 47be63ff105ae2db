import os
import sqlite3
import subprocess
import sys

import pytest

from lifecycle.cli import run


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """A user whose default store lies in a folder of the test's own; only settings given count."""
    for name in [name for name in os.environ if name.startswith("LIFECYCLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{tmp_path}/lifecycle.sqlite3")
    return monkeypatch


@pytest.fixture
def cli(environ, capsys):
    """Carry out a command line in this process: exit code, output, errors."""

    def cli(*arguments):
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return cli


@pytest.fixture
def store_file(tmp_path):
    return tmp_path / "lifecycle.sqlite3"


@pytest.fixture
def newer_store(cli, store_file):
    """A store that a later version of the program wrote."""
    cli("db", "upgrade")
    with sqlite3.connect(store_file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    return store_file


@pytest.fixture
def python(environ):
    """Run Python code in a process of its own."""

    def python(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return python
