"""Schemas for editors take what the readers take, and refuse what they refuse."""

import json
from datetime import UTC, date

import jsonschema_rs
import msgspec
import pytest

from lifecycle.cli.file_schemas import MAKERS
from lifecycle.cli.ignores import read_ignores
from lifecycle.cli.sample_files import read_sample
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.workflow.content_checks import target_problems
from lifecycle.documents import load
from lifecycle.errors import LifecycleError, raise_if_any
from lifecycle.gate.manifests import read_manifest
from lifecycle.interchange.accounts import parse_accounts
from lifecycle.interchange.components import read_components
from lifecycle.interchange.features import parse_features
from lifecycle.interchange.policy_tests import read_policy_test
from lifecycle.interchange.releases import parse_releases
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.presets import preset, preset_names
from lifecycle.versions import scheme
from testkit.manual_pages import MANUAL, blocks

TODAY = date(2026, 11, 30)
REFUSALS = (LifecycleError, msgspec.ValidationError)
SAMPLES = {form: read_sample(f"{form}.yaml") for form in MAKERS}
PAGES = {
    "policy": "policy",
    "policy-test": "policy",
    "manifest": "gate",
    "components": "check",
    "ignores": "check",
}
"""Where a sample is shown that is not shown on the page of all files."""
CASE = "{version: 1.4.0, tier: pro, day: 2026-09-01, expected: supported}"
ENTRY = "{product: web, rule: ending, reason: We move in May., until: 2027-05-31}"
REMOVAL = "product: web\nkind: removal\nfeature: rest-v1"


def read_draft(text):
    draft = msgspec.convert(load(text, numbers_as_text=True), DeprecationIn)
    raise_if_any(target_problems(draft))


def read_releases(text):
    raise_if_any(parse_releases(text, file="r.yaml", zone=UTC, today=TODAY).problems)


def read_features(text):
    raise_if_any(parse_features(text, file="f.yaml", scheme=scheme("semver")).problems)


def read_accounts(text):
    raise_if_any(parse_accounts(text, file="a.yaml").problems)


READERS = {
    "policy": parse_policy,
    "policy-test": lambda text: read_policy_test(text.encode(), file="test.yaml"),
    "deprecation": read_draft,
    "releases": read_releases,
    "features": read_features,
    "accounts": read_accounts,
    "manifest": read_manifest,
    "components": lambda text: read_components(text.encode(), file="runs.yaml"),
    "ignores": lambda text: read_ignores(text.encode(), file="ignore.yaml"),
}
FIT = [
    *SAMPLES.items(),
    *(pytest.param("policy", preset(name), id=name) for name in preset_names()),
    ("policy-test", f"- {CASE}"),
    ("policy-test", f"policy: policy.yaml\nreleases: releases.csv\ncases: [{CASE}]"),
    ("policy-test", f"product: web\ncases: [{CASE}]"),
    ("deprecation", REMOVAL),
    ("deprecation", "product: web\nkind: end_of_support\nlines: ['3.4']\neffective_on: 2027-01-01"),
    ("releases", "1.4.0: 2026-06-16"),
    ("features", "features: [{key: export, tiers: pro enterprise, default: 'off'}]"),
    ("features", "- {key: export, stages: [{stage: ga, from_day: '2026-01-31'}], ours: x}"),
    ("releases", "1.4.0: {day: 2026-06-16, stage: ga}"),
    ("releases", "releases: [{version: 1.4.0, released_at: '2026-06-16T10:00:00Z'}]"),
    ("releases", "releases: {1.4.0: 2026-06-16}"),
    ("releases", "- {version: 1.4.0, day: 2026-06-16, notes_url: null}"),
    ("accounts", "accounts: [{account: acme, tier: pro, addresses: 'a@acme.example'}]"),
    ("accounts", "- {account: acme, tier: pro, our_own_column: x}"),
    ("accounts", "- {account: acme, tier: pro, instance: lab, product: w, version: '1'}"),
    ("manifest", "product: w\nversion: '1'"),
    ("components", "components: [{purl: 'pkg:npm/web@1.0.0'}]"),
    ("ignores", f"ignore: [{ENTRY}]"),
]
UNFIT = [
    ("policy", preset("clairdash").replace("count: 5", "count: 0")),
    ("policy", preset("clairdash").replace("of: minor", "of: week")),
    ("policy", preset("clairdash").replace("rank: 2", "rnk: 2")),
    ("policy", preset("clairdash").replace("2024-01-16", "2024-01-32")),
    ("policy", preset("clairdash").replace("tiers:", "teirs:")),
    ("policy", "[]"),
    ("policy-test", "cases: []"),
    ("policy-test", f"- {CASE.replace('supported', 'fine')}"),
    ("policy-test", f"- {CASE.replace('2026-09-01', 'soon')}"),
    ("policy-test", f"- {CASE.replace('tier: pro, ', '')}"),
    ("policy-test", f"- {CASE.replace('tier', 'teir')}"),
    ("policy-test", f"produkt: web\ncases: [{CASE}]"),
    ("policy-test", f"line_by: week\ncases: [{CASE}]"),
    ("deprecation", REMOVAL.replace("removal", "removed")),
    ("deprecation", REMOVAL.replace("product: web\n", "")),
    ("deprecation", REMOVAL.replace("\nfeature: rest-v1", "")),
    ("deprecation", f"{REMOVAL}\nwhole_product: true"),
    ("deprecation", f"{REMOVAL}\neffective_on: soon"),
    ("deprecation", f"{REMOVAL}\nlinks: [{{url: nowhere}}]"),
    ("deprecation", f"{REMOVAL}\nreson: x"),
    ("releases", "- {version: 1.4.0, day: soon}"),
    ("releases", "- {version: 1.4.0}"),
    ("releases", "- {day: 2026-06-16}"),
    ("releases", "- {version: 1.4.0, day: 2026-06-16, stage: done}"),
    ("releases", "- {version: 1.4.0, day: 2026-06-16, withdrawn_on: later}"),
    ("releases", "1.4.0: soon"),
    ("accounts", "- {name: Acme}"),
    ("accounts", "- {account: Acme Inc, tier: pro}"),
    ("accounts", "- {account: acme, addresses: [{channel: fax, address: x}]}"),
    ("accounts", "- {account: acme, instances: {lab: {product: w, version: '1', os: x}}}"),
    ("accounts", "account: acme"),
    ("manifest", "product: w"),
    ("manifest", "product: Not a slug\nversion: '1'"),
    ("manifest", SAMPLES["manifest"].replace("removes", "remove")),
    ("manifest", SAMPLES["manifest"].replace(": ga", ": done")),
    ("manifest", f"{SAMPLES['manifest']}\nday: soon"),
    ("features", "- {name: Export}"),
    ("features", "- {key: export, ga: 1.4.0, stages: []}"),
    ("features", "- {key: export, stages: [{stage: done, from_version: 1.4.0}]}"),
    ("features", "export: {ga: 1.4.0}"),
    ("components", "- {product: web}"),
    ("components", "- {version: '1'}"),
    ("components", "- {product: web, purl: pkg:npm/web, version: '1'}"),
    ("components", "[]"),
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
    with pytest.raises(REFUSALS):
        READERS[form](text)

    assert not is_valid(form, text)


def test_every_form_has_readers_and_refusals():
    assert {form for form, _ in UNFIT} == READERS.keys() == MAKERS.keys()


@pytest.mark.parametrize("form", MAKERS)
def test_a_sample_names_its_schema_and_the_manual_shows_it(cli, form):
    sample = cli("schema", form, "--sample")[1]
    shown = [block.text for block in blocks(MANUAL / f"{PAGES.get(form, 'files')}.md")]

    assert f"# yaml-language-server: $schema={form}.schema.json\n" in sample
    assert sample in shown


def test_an_unknown_form_is_refused_with_the_known_ones(cli):
    code, out, err = cli("schema", "policies")

    assert (code, out) == (2, "")
    assert "'policy', 'policy-test', 'deprecation'" in err
