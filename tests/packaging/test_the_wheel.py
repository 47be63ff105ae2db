import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lifecycle.manual import contents

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in a folder of its own, which goes before the source tree."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", target, wheel], check=True, capture_output=True)
    return target


@pytest.fixture
def run(installed, tmp_path):
    def run(*command):
        environ = {
            **os.environ,
            "PYTHONPATH": str(installed),
            "LIFECYCLE_DATABASE_URL": f"sqlite:///{tmp_path}/made/here/lifecycle.sqlite3",
        }
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )

    return run


def test_the_wheel_holds_what_runs_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    packaged = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("migrations/**/*.py")}
    assert {f"lifecycle/{name}" for name in packaged} <= set(names)
    assert "lifecycle/migrations/script.py.mako" in names
    assert "lifecycle/policy/presets/clairdash.yaml" in names
    assert {f"lifecycle/manual/{name}.md" for name in contents.TOPICS} <= set(names)
    assert {"lifecycle/py.typed", "notifications/py.typed"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "migrations/"))]
    assert not [name for name in names if "__pycache__" in name]


def test_the_installed_package_is_the_one_under_test(run, installed):
    where = run(sys.executable, "-c", "import lifecycle; print(lifecycle.__file__)")

    assert where.stdout.startswith(str(installed))


def test_the_installed_command_upgrades_from_another_directory(run, installed, tmp_path):
    upgraded = run(installed / "bin" / "lifecycle", "db", "upgrade")

    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    assert (tmp_path / "made/here/lifecycle.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_installed_command_finds_the_presets(run, installed):
    presets = run(installed / "bin" / "lifecycle", "policy", "presets")

    names = re.findall(r"^[\w-]+", presets.stdout, re.MULTILINE)
    assert names == [
        "PRESET",
        "aptible",
        "clairdash",
        "declared",
        "kubernetes",
        "nodejs",
        "ubuntu-pro",
    ]


def test_the_installed_command_prints_the_manual(run, installed):
    page = run(installed / "bin" / "lifecycle", "help", "policy")

    assert page.stdout.startswith("# The policy document\n")
