"""The official tests of VERS, the notation of version ranges, with each difference explained."""

import json
from itertools import pairwise

import pytest

from lifecycle.errors import BadRequest
from lifecycle.versions import SCHEME_NAMES, scheme
from lifecycle.versions.ranges import parse_range, read_constraints

SCHEMES = {"pypi": "pep440"}

# The containment and validation tests of PyPI want ranges taken whose constraints are not sorted;
# the parsing tests want them refused. Order means nothing in a range, so they are taken.
UNSORTED = "vers:npm/>=2.0.0|<1.0.0"

# As Maven ordered them before 3.9; since then a qualifier follows at once what it qualifies, and
# 2.0.a comes before 2-1, as 2-a always did.
EARLIER_MAVEN = [["2-1", "2.0.a"], ["2-1", "2.0.0.a"]]


@pytest.fixture(scope="module")
def cases(standards):
    found = [
        case
        for file in sorted((standards / "vers").glob("*.json"))
        for case in json.loads(file.read_text("utf-8"))["tests"]
    ]
    assert found
    return found


@pytest.fixture(scope="module")
def pairs(standards):
    """The pairs of versions that the suite's own folder orders or equates, of schemes known."""
    found = [
        case
        for file in sorted((standards / "vers-suite").glob("*.json"))
        for case in json.loads(file.read_text("utf-8"))["tests"]
        if case["test_type"] in {"comparison", "equality"}
        and case["input"]["input_scheme"] in SCHEME_NAMES
    ]
    assert len(found) > 1000
    return found


def of(cases, kind):
    return [case for case in cases if case["test_type"] == kind]


def scheme_of(text):
    name = text.removeprefix("vers:").partition("/")[0]
    return SCHEMES.get(name, name)


def test_every_containment_is_as_the_standard_says(cases):
    for case in of(cases, "containment"):
        text, version = case["input"]["vers"], case["input"]["version"]
        found = parse_range(text, scheme_of(text))
        assert found.contains(version) == case["expected_output"], text


def test_every_valid_range_is_taken_with_the_constraints_the_standard_lists(cases):
    for case in of(cases, "validate"):
        parse_range(case["input"], scheme_of(case["input"]))
        # The standard's answer is sorted by version, as ours is when a range is decided; kept and
        # shown is what was written.
        _, given = read_constraints(case["input"])
        _, wanted = read_constraints(case["expected_output"])
        assert sorted(given) == sorted(wanted)


def test_what_parses_and_what_is_refused_is_as_the_standard_says(cases):
    for case in of(cases, "parse"):
        text, wanted = case["input"], case.get("expected_output")
        if text == UNSORTED:
            assert parse_range(text, scheme_of(text)).contains("3.0.0")
        elif case.get("expected_failure"):
            with pytest.raises(BadRequest):
                parse_range(text, scheme_of(text))
        else:
            name, constraints = read_constraints(text)
            assert name == wanted["scheme"]
            assert [list(constraint) for constraint in constraints] == wanted["version_constraints"]


def test_a_version_that_parses_in_a_range_must_still_be_one_of_its_scheme():
    # "1.0%2F0" parses, by the standard's test; npm has no such version, so no product can use it.
    with pytest.raises(BadRequest, match="not a valid npm version"):
        parse_range("vers:npm/1.0%252F0", "npm")


def test_versions_order_as_the_standard_s_suite_orders_them(pairs):
    for case in of(pairs, "comparison"):
        rules = scheme(case["input"]["input_scheme"])
        for lower, higher in pairwise(case["expected_output"]):
            earlier = [lower, higher] in EARLIER_MAVEN
            assert (rules.parse(higher).key < rules.parse(lower).key) == earlier, (lower, higher)


def test_versions_equal_as_the_standard_s_suite_equates_them(pairs):
    for case in of(pairs, "equality"):
        rules = scheme(case["input"]["input_scheme"])
        one, other = (rules.parse(version).key for version in case["input"]["versions"])
        assert (one == other) == case["expected_output"], case["input"]
