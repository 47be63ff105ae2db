import json
import subprocess

import pytest
import yaml

from lifecycle.gate.manifests import read_manifest

OLD = """\
openapi: 3.0.0
paths:
  /a: {get: {operationId: listA, responses: {200: {description: OK}}}}
  /b: {get: {operationId: listB, responses: {200: {description: OK}}}}
"""
NEW = """\
openapi: 3.0.0
paths:
  /b: {get: {operationId: listB, deprecated: true, x-sunset: 2027-03-01,
             responses: {200: {description: OK}}}}
"""
GATES = "- {name: Gate, versionedSpecs: [{default: true, preRelease: %s, version: '1.9'}]}\n"


@pytest.fixture
def files(tmp_path):
    """Give the options for two descriptions and two lists of gates."""
    texts = {
        "old.yaml": OLD,
        "new.yaml": NEW,
        "was.yaml": GATES % "Alpha",
        "is.yaml": GATES % "Beta",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    old, new, was, now = (tmp_path / name for name in texts)
    return ["--from-openapi", old, new, "--from-featuregates", was, now]


def test_sources_are_combined_into_a_manifest_that_can_be_read(cli, files):
    code, out, err = cli(
        "manifest", "--product", "p", "--version", "3.10", "--day", "2026-12-01", *files
    )

    assert code == 0
    assert out == (
        "product: p\nversion: '3.10'\nday: '2026-12-01'\nremoves:\n- get.a\n"
        "stages:\n  get.b: deprecated\n  Gate: beta\n"
    )
    assert read_manifest(out).manifest.version == "3.10"
    assert err.splitlines() == [
        "GET /a (get.a) is gone.",
        "GET /b (get.b) is to go on 2027-03-01: see that its removal is announced.",
    ]


def test_json_is_the_same_manifest(cli, files):
    _, text, _ = cli("manifest", "--product", "p", "--version", "3.10", *files)
    code, out, _ = cli(
        "manifest", "--product", "p", "--version", "3.10", *files, "--format", "json"
    )

    assert code == 0
    assert json.loads(out) == yaml.safe_load(text)


def test_the_version_is_found_in_the_checkout(cli, tmp_path):
    for arguments in (["init"], ["config", "user.name", "n"], ["config", "user.email", "n@e.org"],
                      ["commit", "--allow-empty", "-m", "first"], ["tag", "p-v3.10"]):  # fmt: skip
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True, capture_output=True)

    code, out, _ = cli("manifest", "--product", "p", "--from-git", tmp_path)

    assert (code, out) == (0, "product: p\nversion: '3.10'\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Give at least one of --from-openapi"),
        (["--from-openapi", "{old}"], "requires 2 arguments"),
        (["--from-openapi", "{old}", "missing.yaml"], "does not exist"),
        (["--from-openapi", "{old}", "{old}"], "The release has no version"),
        (["--from-openapi", "{was}", "{old}", "--version", "1"], "is not an OpenAPI description"),
        (["--from-featuregates", "{old}", "{was}", "--version", "1"], "give a list of gates"),
        (["--from-openapi", "{old}", "{old}", "--version", ""], "The release has no version"),
        (["--from-openapi", "{old}", "{old}", "--version", "1", "--day", "soon"], "does not match"),
        (["--from-git", "{folder}"], "Use --version."),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_exit_code_2(cli, files, tmp_path, arguments, told):
    places = {"old": files[1], "was": files[4], "folder": tmp_path}

    code, out, err = cli(
        "manifest", "--product", "p", *(argument.format(**places) for argument in arguments)
    )

    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_product_that_cannot_be_one_is_told_with_what_may_stand_there(cli, files):
    code, _, err = cli("manifest", "--product", "No Product", "--version", "1", *files)

    assert code == 2
    assert "product: must be a product's slug" in err
