"""Manifests are read as they are written, and refused with everything that is wrong with them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.documents import UnreadableDocument, mismatches
from lifecycle.errors import LifecycleError
from lifecycle.gate import manifests
from lifecycle.gate.manifests import InvalidManifest, Manifest, read_manifest

YAML = """\
product: clairdash
version: 3.40.0
day: 2026-12-01                  # default: today
removes: [legacy-connector]
breaks:
  - rest-v1
  - rest-v2
stages: {ai-builder: ga}
drops: ["3.34"]
line: 3.40
"""
JSON = """\
{
  "product": "clairdash",
  "version": "3.40.0", "day": "2026-12-01",
  "removes": ["legacy-connector"],
  "breaks": [
    "rest-v1",
    "rest-v2"
  ],
  "stages": {"ai-builder": "ga"},
  "drops": ["3.34"], "line": 3.40
}
"""
TOML = """\
product = "clairdash"
version = "3.40.0"
day = 2026-12-01
removes = ["legacy-connector"]
breaks = [
  "rest-v1",  # the first
  "rest-v2",
]
drops = ["3.34"]
line = 3.40

[stages]
ai-builder = "ga"
"""
STATED = Manifest(
    product="clairdash",
    version="3.40.0",
    day=date(2026, 12, 1),
    removes=("legacy-connector",),
    breaks=("rest-v1", "rest-v2"),
    stages={"ai-builder": "ga"},
    drops=("3.34",),
    line="3.40",
)


def mistakes(text, **options):
    with pytest.raises(InvalidManifest) as caught:
        read_manifest(text, **options)
    return {problem.field: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize("text", [YAML, JSON, TOML])
def test_yaml_json_and_toml_say_the_same(text):
    read = read_manifest(text)

    assert read.manifest == STATED


@pytest.mark.parametrize(
    ("text", "lines"), [(YAML, (4, 5, 7, 8, 2)), (JSON, (4, 5, 7, 9, 3)), (TOML, (4, 5, 7, 13, 2))]
)
def test_the_document_knows_the_line_of_each_part(text, lines):
    document = read_manifest(text).document

    paths = [("removes", 0), ("breaks",), ("breaks", 1), ("stages", "ai-builder"), ("version",)]
    assert tuple(document.line_of(path) for path in paths) == lines


def test_every_field_of_a_manifest_is_checked():
    fields = [field.name for field in msgspec.structs.fields(Manifest)]

    found = mistakes(json.dumps({name: {"no": {}} for name in fields}))

    assert {field.partition(".")[0] for field in found} == set(fields)


@pytest.mark.parametrize(
    "text", ["product: p\nversion: 3.10", '{"product": "p", "version": 3.10}',
             'product = "p"\nversion = 3.10']
)  # fmt: skip
def test_a_version_that_looks_like_a_number_stays_as_it_is_written(text):
    assert read_manifest(text).manifest.version == "3.10"


@pytest.mark.parametrize("version", ["2026-01-31", "3", "1.1.1w", "0x10", "1_000", "1e3"])
def test_what_looks_like_something_else_in_yaml_is_a_version_too(version):
    assert read_manifest(f"product: p\nversion: {version}").manifest.version == version


def test_numbers_and_days_are_names_of_lines_and_features():
    read = read_manifest("product: p\nversion: 1\ndrops: [3.10, 2026-01-31]\nstages: {5: ga}")

    assert read.manifest.drops == ("3.10", "2026-01-31")
    assert read.manifest.stages == {"5": "ga"}


def test_a_stage_of_removed_is_a_removal_whose_line_is_known():
    read = read_manifest("product: p\nversion: 1\nremoves: [a]\nstages:\n  b: beta\n  c: removed\n")

    assert read.manifest.removes == ("a", "c")
    assert read.manifest.stages == {"b": "beta"}
    assert read.document.line_of(("removes", 1)) == 6


def test_a_day_long_ago_is_well_formed():
    assert read_manifest("product: p\nversion: 1\nday: 1999-01-01").manifest.day == date(1999, 1, 1)


def test_everything_wrong_is_said_at_once_with_its_line():
    found = mistakes(
        "produkt: x\nversion: true\nday: 2026-02-30\nremoves: legacy\n"
        "breaks: [a, a, b c, null, [x]]\nstages: {a: GA, q r: beta}\ndrops: ['']\nstage: remved\n"
    )

    assert set(found) == {
        "produkt", "product", "version", "day", "removes", "breaks[1]", "breaks[2]", "breaks[3]",
        "breaks[4]", "stages.a", "stages.q r", "drops[0]", "stage",
    }  # fmt: skip
    assert found["produkt"].startswith("is not a known field; known fields: product, version, ")
    assert found["produkt"].endswith("; did you mean `product`? (line 1)")
    assert found["product"] == "is required (line 1)"
    assert "YYYY-MM-DD (line 3)" in found["day"]
    assert found["breaks[1]"] == "is given twice, first as breaks[0]; keep one (line 5)"
    assert "did you mean `ga`? (line 6)" in found["stages.a"]


def test_a_mistake_shows_its_value_and_what_is_allowed():
    with pytest.raises(InvalidManifest) as caught:
        read_manifest("product: p\nversion: 1\nday: soon")

    (problem,) = caught.value.problems
    assert (problem.value, problem.allowed) == ("soon", "a day, as YYYY-MM-DD")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("removes: [a, b, a]", "removes[2]"),
        ("drops: [3.34, '3.34']", "drops[1]"),
        ("removes: [a]\nbreaks: [a]", "breaks[0]"),
        ("removes: [a]\nstages: {a: beta}", "stages.a"),
        ("removes: [a]\nstages: {a: removed}", "stages.a"),
        ("breaks: [a]\nstages: {a: removed}", "breaks[0]"),
    ],
)
def test_what_is_named_twice_is_refused(text, field):
    found = mistakes(f"product: p\nversion: 1\n{text}")

    assert list(found) == [field]
    assert "keep one" in found[field]


def test_a_feature_may_be_broken_and_move_to_another_stage():
    read = read_manifest("product: p\nversion: 2\nbreaks: [a]\nstages: {a: beta}")

    assert read.manifest.breaks == ("a",)


@pytest.mark.parametrize(
    "text", ["", "   \n", "# nothing\n", "null", "[]", "- a\n- b", "abc", "[1]"]
)
def test_what_is_no_mapping_is_refused_in_a_sentence(text):
    with pytest.raises(InvalidManifest, match="give at least `product: …` and `version: …`"):
        read_manifest(text)


@pytest.mark.parametrize("options", [{}, {"format": "json"}, {"format": "toml"}])
def test_ten_megabytes_are_refused(options):
    with pytest.raises(UnreadableDocument, match="at most 1,048,576 are read"):
        read_manifest(b"x" * 10_000_000, **options)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("product: p\nproduct: q", "Line 2, column 1: the key 'product' is given twice"),
        ('{"product": "p", "product": "q"}', "The key 'product' is given twice"),
        (
            'product = "p"\nversion = "1"\nproduct = "q"',
            "Line 3, column 1: this line of TOML contradicts",
        ),
        (
            'product = "p"\n[stages]\na = "ga"\n[stages]\n',
            "Line 4, column 1: this line of TOML contradicts",
        ),
        ('product = "p"\nversion = [', "Line 2, column 1: the TOML statement that begins here"),
        (
            "product: p\nversion: 1\x07",
            r"Line 2, column 11: the text holds the control character U\+0007",
        ),
        ('{"product": "p\\u0000"}', r"the control character U\+0000"),
        ('product = "p\\u0000"', r"the control character U\+0000"),
        (b"product: \xff", "save it as UTF-8"),
        ("product: &a p\nversion: *a", r"the alias \*a is not allowed"),
        ("product = " + "[" * 5000, "nested more than 50 levels"),
        ("a" + ".a" * 100_000 + " = 1", "nested more than 50 levels"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, told):
    with pytest.raises(UnreadableDocument, match=told):
        read_manifest(text)


@pytest.mark.parametrize("field", ["version", "product", "line", "stage", "day"])
def test_a_line_break_is_no_part_of_a_name(field):
    sent = {"product": "p", "version": "1"} | {field: "beta\n"}

    assert list(mistakes(json.dumps(sent))) == [field]


@pytest.mark.parametrize("field", ["removes", "breaks", "drops"])
def test_a_line_break_is_no_part_of_a_listed_name(field):
    sent = {"product": "p", "version": "1", field: ["a\n", "b\tc"]}

    assert next(iter(mistakes(json.dumps(sent)))) == f"{field}[0]"


def test_thousands_of_mistakes_are_counted():
    found = mistakes(f"product: p\nversion: 1\nremoves: {['!'] * 5000}")

    assert len(found) == manifests.MOST + 1
    assert found[""].startswith("and 9,949 more")


@pytest.mark.parametrize(
    "wrong",
    [
        "".join(f"key{n}: 1\n" for n in range(500)),
        "stages:\n" + "".join(f"  feature{n}: gaa\n" for n in range(500)),
    ],
)
def test_what_is_meant_is_looked_for_only_where_it_is_told(monkeypatch, wrong):
    asked, suggest = [], mismatches.suggest
    monkeypatch.setattr(
        mismatches, "suggest", lambda *given: asked.append(given) or suggest(*given)
    )

    mistakes(f"product: p\nversion: 1\n{wrong}")

    assert len(asked) <= manifests.MOST


def test_a_long_key_is_shown_short():
    (field,) = mistakes(f"product: p\nversion: 1\n{'k' * 900}: 1")

    assert len(field) == 80


def test_toml_lists_over_hundreds_of_lines_are_read_without_their_lines():
    features = [f"f{number}" for number in range(500)]
    listed = "".join(f'  "{feature}",\n' for feature in features)

    read = read_manifest(f'product = "p"\nversion = "1"\nremoves = [\n{listed}]\nbreaks = ["x"]\n')

    assert read.manifest.removes == tuple(features)
    assert read.document.line_of(("version",)) == 2
    assert read.document.line_of(("removes", 7)) == 1


def read_or_refuse(text, **form):
    """Give what is read, or how it is refused: with a sentence."""
    try:
        return read_manifest(text, **form).manifest
    except LifecycleError as error:
        refusal = str(error)
    assert refusal.strip()
    return None


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_a_manifest_or_refused(text):
    manifest = read_or_refuse(text)

    assert manifest is None or (manifest.product and manifest.version)


@given(
    st.dictionaries(
        st.sampled_from([*manifests._KEYS, "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    ),
    st.sampled_from(["json", "yaml"]),
)
def test_any_shape_is_a_manifest_or_refused(value, form):
    text = json.dumps(value, indent=1) if form == "json" else yaml.safe_dump(value)

    manifest = read_or_refuse(text, format=form)

    assert manifest is None or (manifest.product, manifest.version) == (
        value["product"],
        value["version"],
    )


def test_reading_manifests_imports_nothing_heavy():
    heavy = ("pydantic", "sqlalchemy", "litestar", "holidays", "univers", "httpx", "referencing")
    code = f"import sys, lifecycle.gate.manifests; print([m for m in {heavy} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
