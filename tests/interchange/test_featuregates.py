import pytest

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.featuregates import parse_feature_gates
from lifecycle.versions import scheme

GATES = """
- name: SidecarContainers
  versionedSpecs:
  - default: true
    lockToDefault: false
    preRelease: Beta
    version: 1.10
  - default: false
    preRelease: Alpha
    version: '1.9'
  - default: true
    lockToDefault: true
    preRelease: GA
    version: "1.33"
- name: OldThing
  versionedSpecs:
  - {default: true, preRelease: "", version: "1.0"}
  - {default: false, preRelease: Deprecated, version: "1.31"}
"""


def parse(text, of="pep440"):
    return parse_feature_gates(text, file="gates.yaml", scheme=scheme(of))


def test_a_gate_has_its_stages_from_the_lowest_version_on():
    features, problems = parse(GATES)

    assert problems == []
    key, feature = features[0]
    assert (key, feature.name) == ("SidecarContainers", "SidecarContainers")
    assert [(stage.stage, stage.from_version, stage.default) for stage in feature.stages] == [
        ("alpha", "1.9", False),
        ("beta", "1.10", True),
        ("ga", "1.33", True),
    ]


def test_a_gate_can_be_deprecated_after_it_was_generally_available():
    features, _ = parse(GATES)

    assert [stage.stage for stage in features[1][1].stages] == ["ga", "deprecated"]


def test_a_minor_version_is_written_out_where_the_scheme_needs_it():
    features, problems = parse(GATES, of="semver")

    assert problems == []
    assert [stage.from_version for stage in features[0][1].stages] == ["1.9.0", "1.10.0", "1.33.0"]


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("preRelease: Beta", "preRelease: Gamma", "line 6, [0].versionedSpecs[0].preRelease"),
        ("version: 1.10", "version: new", "line 7, [0].versionedSpecs[0].version"),
        ("default: true", "default: often", "line 4, [0].versionedSpecs[0].default"),
        ("name: SidecarContainers", "title: x", "line 2, [0].name"),
        ("name: SidecarContainers", "name: side car", "line 2, [0].feature"),
        ("version: 1.10", "version: 1.9", "line 2, [0].stages[1]"),
    ],
)
def test_a_broken_gate_is_told_with_its_place_and_the_rest_is_read(before, after, place):
    features, problems = parse(GATES.replace(before, after, 1))

    assert [problem.field for problem in problems] == [f"gates.yaml, {place}"]
    assert [key for key, _ in features] == ["OldThing"]


@pytest.mark.parametrize(
    "text",
    ["- name: X", "- name: X\n  versionedSpecs: []", "- name: X\n  versionedSpecs: [1]", "- X"],
)
def test_an_entry_that_is_no_gate_is_told(text):
    features, problems = parse(text)

    assert features == []
    assert len(problems) == 1


def test_the_same_gate_twice_is_told():
    features, problems = parse(GATES + GATES.lstrip())

    assert len(features) == len(problems) == 2


@pytest.mark.parametrize("text", ["gates: none", "3", "a: [", "{}"])
def test_a_file_that_is_no_list_of_gates_is_refused(text):
    with pytest.raises(UnreadableDocument):
        parse(text)


@pytest.mark.parametrize("text", ["x", "name,versionedSpecs\n", "name,stage\nA,Beta\n"])
def test_a_table_is_no_list_of_gates(text):
    with pytest.raises(UnreadableDocument, match="give a list of gates as YAML or JSON"):
        parse_feature_gates(text, file="list.csv", scheme=scheme("pep440"))
