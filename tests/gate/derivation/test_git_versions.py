"""A release's version is found in its checkout."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from lifecycle.gate.derivation import NotDerived, git
from lifecycle.gate.derivation.git import version_of


def run(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=n@example.com", "-C", folder, *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def checkout(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "checkout"
    folder.mkdir()
    run(folder, "init")
    run(folder, "commit", "--allow-empty", "-m", "first")
    return folder


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("3.40.0", "3.40.0"), ("v3.40.0", "3.40.0"), ("clairdash-v3.40.0", "3.40.0"),
        ("clairdash/3.40.0", "3.40.0"), ("clairdash_1.1.1w", "1.1.1w"),
        ("@vendor/clairdash@3.40.0", "3.40.0"), ("v3.40.0-rc.1", "3.40.0-rc.1"),
        ("other-3.40.0", None), ("nightly", None), ("version3", None), ("V3", None),
        ("myclairdash-1", None),
    ],
)  # fmt: skip
def test_a_tag_is_a_version_with_or_without_its_product(tag, version):
    assert version_of(tag, "clairdash") == version


def test_the_tag_at_the_commit_is_the_version(checkout):
    (checkout / "pyproject.toml").write_text('[project]\nversion = "9.9"\n')
    run(checkout, "tag", "v3.10")
    run(checkout, "tag", "-a", "clairdash-3.10", "-m", "the same")
    run(checkout, "tag", "nightly")

    assert git.derive(checkout, product="clairdash").version == "3.10"


def test_the_tag_of_an_earlier_commit_is_not_the_version(checkout):
    run(checkout, "tag", "v1.0")
    run(checkout, "commit", "--allow-empty", "-m", "second")

    with pytest.raises(NotDerived, match="has no tag of a version"):
        git.derive(checkout, product="p")


def test_several_versions_at_a_commit_are_refused(checkout):
    run(checkout, "tag", "v1.0")
    run(checkout, "tag", "v1.1")

    with pytest.raises(NotDerived, match=r"several tags, v1\.0, v1\.1; give --version"):
        git.derive(checkout, product="p")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[project]\nversion = "3.10"\n'),
        ("pyproject.toml", '[tool.poetry]\nversion = "3.10"\n'),
        ("package.json", '{"version": "3.10"}'),
    ],
)
def test_without_a_tag_the_version_is_what_the_project_states(checkout, file, text):
    (checkout / file).write_text(text)

    derived = git.derive(checkout, product="p")

    assert derived.version == "3.10"
    assert derived.notes == (f"The commit has no tag of a version; 3.10 is what {file} states.",)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("pyproject.toml", "version = [", "cannot be read"),
        ("package.json", "{", "cannot be read"),
        ("package.json", "[]", "neither pyproject.toml nor package.json states one"),
        ("package.json", '{"version": 3}', "neither pyproject.toml nor package.json states one"),
        ("pyproject.toml", '[project]\ndynamic = ["version"]\n', "neither pyproject.toml"),
        ("pyproject.toml", "project = 1", "neither pyproject.toml"),
    ],
)
def test_a_project_that_states_no_version_is_refused(checkout, file, text, told):
    (checkout / file).write_text(text)

    with pytest.raises(NotDerived, match=told):
        git.derive(checkout, product="p")


def test_a_shallow_clone_is_told_to_fetch_the_tags(checkout, tmp_path):
    run(checkout, "commit", "--allow-empty", "-m", "second")
    run(tmp_path, "clone", "--depth=1", "--no-tags", checkout.as_uri(), "shallow")

    with pytest.raises(NotDerived, match="The clone is shallow: `git fetch --tags`"):
        git.derive(tmp_path / "shallow", product="p")


def test_no_repository_is_a_sentence(tmp_path, monkeypatch):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))  # as a hook would have it

    with pytest.raises(NotDerived, match=r"not a git repository.*Use --version"):
        git.derive(tmp_path, product="p")


def test_an_empty_repository_is_a_sentence(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    run(tmp_path, "init")

    with pytest.raises(NotDerived, match="Use --version"):
        git.derive(tmp_path, product="p")


def test_a_machine_without_git_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotDerived, match="git is not installed"):
        git.derive(tmp_path, product="p")
