"""The official tests of VERS, the notation of version ranges, with each difference explained.

Every case of every file is judged here, or its scheme is among those left out.
"""

import json
from collections import Counter
from itertools import pairwise

import pytest
from univers.versions import ConanVersion

from lifecycle.errors import BadRequest
from lifecycle.versions import SCHEME_NAMES, UnknownScheme, scheme
from lifecycle.versions.native_ranges import write_vers
from lifecycle.versions.ranges import parse_range, read_constraints

SCHEMES = {"pypi": "pep440"}
JUDGED = {
    "comparison": {"datetime": 4, "lexicographic": 8, "maven": 919, "nuget": 14},
    "containment": {"npm": 1, "pypi": 10},
    "equality": {"datetime": 3, "maven": 58, "nuget": 19},
    "from_native": {"gem": 1, "npm": 491, "nginx": 4, "nuget": 1, "openssl": 8, "pypi": 3},
    "parse": {"datetime": 4, "npm": 8},
    "validate": {"pypi": 19},
}
LEFT_OUT = {"comparison": {"conan": 32}, "equality": {"conan": 15}, "from_native": {"conan": 229}}
"""Cases of Conan, a scheme that no product can have: its order runs in circles.

So no release would be the newest one.
"""

# The standard allows no version twice in a range, and these expectations have one twice.
NAMED_TWICE = {
    "1.5.0+, 1.4.1+",
    ">= 0.2.0 <= 0.9.6 || ~0.8.0-pre",
    "2.0.x || 2.1.x",
    ">= 5.2.1 <= 6.0.0 || >=6.0.0 <= 6.0.2",
}

# The containment and validation tests of PyPI want ranges taken whose constraints are not sorted;
# the parsing tests want them refused. Order means nothing in a range, so they are taken.
UNSORTED = "vers:npm/>=2.0.0|<1.0.0"

# As Maven ordered them before 3.9; since then a qualifier follows at once what it qualifies, and
# 2.0.a comes before 2-1, as 2-a always did.
EARLIER_MAVEN = [["2-1", "2.0.a"], ["2-1", "2.0.0.a"]]


@pytest.fixture(scope="module")
def cases(standards):
    files = [*(standards / "vers").glob("*.json"), *(standards / "vers-suite").glob("*.json")]
    return [case for file in sorted(files) for case in json.loads(file.read_text("utf-8"))["tests"]]


@pytest.fixture(scope="module")
def pairs(cases):
    """The pairs of versions that the suite orders or equates, of schemes known."""
    return [
        case
        for case in cases
        if case["test_type"] in {"comparison", "equality"}
        and case["input"]["input_scheme"] in SCHEME_NAMES
    ]


def of(cases, kind):
    return [case for case in cases if case["test_type"] == kind]


def scheme_of(text):
    name = text.removeprefix("vers:").partition("/")[0]
    return SCHEMES.get(name, name)


def named_scheme(case):
    given = case["input"]
    if isinstance(given, str):
        return given.removeprefix("vers:").partition("/")[0]
    return (
        given.get("input_scheme") or given.get("scheme") or named_scheme({"input": given["vers"]})
    )


def test_every_case_of_the_suite_is_judged_or_its_scheme_is_left_out(cases):
    counted = Counter((case["test_type"], named_scheme(case)) for case in cases)

    accounted = Counter()
    for kinds in (JUDGED, LEFT_OUT):
        for kind, schemes in kinds.items():
            accounted.update({(kind, name): number for name, number in schemes.items()})
    assert counted == accounted


def test_the_scheme_left_out_is_refused_and_its_order_runs_in_circles():
    with pytest.raises(UnknownScheme):
        scheme("conan")
    circle = [ConanVersion(text) for text in ("9", "10", "1a", "9")]
    assert all(lower < higher for lower, higher in pairwise(circle))


def test_native_ranges_mean_what_the_standard_s_suite_says(cases):
    refused = set()
    for case in of(cases, "from_native"):
        name, native = case["input"]["scheme"], case["input"]["native_range"]
        name = SCHEMES.get(name, name)
        if name in SCHEME_NAMES:
            assert write_vers(native, name) == case["expected_output"], native
            with pytest.raises(BadRequest) as refusal:
                parse_range(native, name)
            if f"use {case['expected_output']}." not in str(refusal.value):
                refused.add(native)

    assert refused == NAMED_TWICE


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
