"""Schemas for editors take what the readers take, and refuse what they refuse."""

import json

import jsonschema_rs
import msgspec
import pytest

from lifecycle.cli.ignores import read_ignores
from lifecycle.documents import load
from lifecycle.errors import LifecycleError
from lifecycle.gate.manifests import read_manifest
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.presets import preset, preset_names

POLICY = preset("clairdash")
MANIFEST = """\
product: clairdash
version: 3.40.0
day: 2026-12-01
removes: [legacy-connector]
breaks: [rest-v1]
stages: {ai-builder: ga}
drops: ["3.34"]
"""
ENTRY = "{product: web, rule: ending, reason: We move in May., until: 2027-05-31}"
READERS = {
    "policy": parse_policy,
    "manifest": read_manifest,
    "ignores": lambda text: read_ignores(text.encode(), file="ignore.yaml"),
}
FIT = [
    *(pytest.param("policy", preset(name), id=name) for name in preset_names()),
    ("manifest", MANIFEST),
    ("manifest", "product: w\nversion: '1'"),
    ("ignores", f"- {ENTRY}"),
    ("ignores", f"ignore: [{ENTRY}]"),
    ("ignores", "- {purl: pkg:npm/web, reason: x, until: 2027-05-31}"),
]
UNFIT = [
    ("policy", POLICY.replace("count: 5", "count: 0")),
    ("policy", POLICY.replace("of: minor", "of: week")),
    ("policy", POLICY.replace("rank: 2", "rnk: 2")),
    ("policy", POLICY.replace("2024-01-16", "2024-01-32")),
    ("policy", POLICY.replace("tiers:", "teirs:")),
    ("policy", "[]"),
    ("manifest", "product: w"),
    ("manifest", "product: Not a slug\nversion: '1'"),
    ("manifest", MANIFEST.replace("removes", "remove")),
    ("manifest", MANIFEST.replace(": ga", ": done")),
    ("manifest", MANIFEST.replace("2026-12-01", "soon")),
    ("ignores", "- {product: web, until: 2027-05-31}"),
    ("ignores", "- {product: web, reason: x, until: soon}"),
    ("ignores", "- {reason: x, until: 2027-05-31}"),
    ("ignores", "- {product: web, purl: pkg:npm/web, reason: x, until: 2027-05-31}"),
    ("ignores", "product: web"),
]


@pytest.fixture
def is_valid(cli):
    """Say whether a document is valid by the schema that the command prints."""

    def is_valid(form, text):
        code, out, err = cli("schema", form)
        assert (code, err) == (0, "")
        schema = json.loads(out)
        jsonschema_rs.meta.validate(schema)
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return validator.is_valid(msgspec.to_builtins(load(text)))

    return is_valid


@pytest.mark.parametrize(("form", "text"), FIT)
def test_what_is_read_is_valid(is_valid, form, text):
    READERS[form](text)

    assert is_valid(form, text)


@pytest.mark.parametrize(("form", "text"), UNFIT)
def test_what_is_refused_is_not_valid(is_valid, form, text):
    with pytest.raises(LifecycleError):
        READERS[form](text)

    assert not is_valid(form, text)


def test_an_unknown_form_is_refused_with_those_that_there_are(cli):
    code, out, err = cli("schema", "policies")

    assert (code, out) == (2, "")
    assert "'policy', 'manifest', 'ignores'" in err
