import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from univers.version_constraint import VersionConstraint, contains_version
from univers.versions import SemverVersion

from lifecycle.errors import BadRequest
from lifecycle.versions.ranges import (
    MOST_CONSTRAINTS,
    Range,
    _Placed,
    _simplified,
    parse_range,
)


@pytest.mark.parametrize(
    ("text", "scheme", "inside", "outside"),
    [
        ("vers:semver/>=1.0.0|<2.0.0", "semver", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.0", "latest"]),
        ("vers:npm/1.2.3", "semver", ["1.2.3"], ["1.2.4"]),
        ("vers:semver/<=1.0.0", "semver", ["1.0.0-rc.10", "1.0.0+b7"], ["1.0.1"]),
        ("vers:pypi/<9", "pep440", ["8.9", "9rc1"], ["9.0", "1!1.0"]),
        ("vers:pypi/9", "pep440", ["9", "9.0", "9.0.0"], ["9.0.1"]),
        ("vers:pypi/!=2|!=3", "pep440", ["1", "4"], ["2.0", "3"]),
        ("vers:pypi/>=2|!=3.1|<4|7", "pep440", ["2", "3.0", "7.0"], ["3.1", "4", "6"]),
        ("vers:pypi/<2|>=2.5|<3", "pep440", ["1", "2.6"], ["2", "2.1", "3"]),
        ("vers:deb/>=1:1.0~rc1", "deb", ["1:1.0", "2:0.1"], ["1.0", "1:1.0~beta"]),
        ("vers:all/*", "semver", ["1.0.0", "what runs there"], []),
        ("vers:semver/*", "semver", ["1.0.0", "what runs there"], []),
    ],
)
def test_a_range_holds_what_lies_between_its_bounds(text, scheme, inside, outside):
    found = parse_range(text, scheme)

    assert [version for version in inside if not found.contains(version)] == []
    assert [version for version in outside if found.contains(version)] == []


def test_declared_versions_lie_where_the_product_has_them():
    order = ["2018 LTSC", "2021 LTSC", "bookworm", "2024 LTSC"]

    found = parse_range("vers:declared/>=2021%20LTSC|<2024%20LTSC", "declared", order=order)

    assert [version for version in order if found.contains(version)] == ["2021 LTSC", "bookworm"]
    assert not found.contains("2022 LTSC")


@pytest.mark.parametrize(
    ("text", "scheme", "said"),
    [
        ("semver/>=1.0.0", "semver", "not a VERS range"),
        ("vers:semver", "semver", "not a VERS range"),
        ("vers:semver/", "semver", "no constraint"),
        ("vers:semver/>=1.0.0||<2.0.0", "semver", "nothing beside it"),
        ("vers:semver/>=", "semver", "lacks a version"),
        ("vers:semver/>>1.0.0", "semver", "begin with a comparator"),
        ("vers:semver/*|1.0.0", "semver", "'*' beside"),
        ("vers:semver/1.0", "semver", "not a valid semver version"),
        ("vers:semver/1.0.0%", "semver", "encodes nothing"),
        ("vers:deb/>=1%7E2", "deb", "write it as it is"),
        ("vers:semver/>=1.0.0|<1.0.0", "semver", "one version twice"),
        ("vers:semver/1.0.0|>=1.0.0", "semver", "one version twice"),
        ("vers:pypi/>=1.0.0", "semver", "scheme 'pypi'"),
        ("vers:semver/>=1.0.0", "pep440", "vers:pep440/, vers:pypi/"),
        ("vers:declared/>=sid", "declared", "not a release of the product"),
        ("vers:pypi/>=１", "pep440", "printable ASCII"),  # noqa: RUF001 - a digit of another script
    ],
)
def test_what_can_be_misread_is_refused(text, scheme, said):
    with pytest.raises(BadRequest, match=said) as refused:
        parse_range(text, scheme, order=["bookworm"])

    assert refused.value.problems[0].field == "range"
    assert text in str(refused.value)


@given(st.lists(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), min_size=1, max_size=6))
def test_single_versions_are_in_or_out_and_redundant_bounds_change_nothing(comparators):
    bounds = list(zip(comparators, range(10, 90, 10), strict=False))
    spelled = [f"{'' if comparator == '=' else comparator}{at}" for comparator, at in bounds]

    found = parse_range(f"vers:pypi/{'|'.join(spelled)}", "pep440")
    turned = parse_range(f"vers:pypi/{'|'.join(reversed(spelled))}", "pep440")

    for at in range(5, 90, 5):
        assert found.contains(str(at)) == turned.contains(f"{at}.0")
    for comparator, at in bounds:
        if comparator in {"=", "!="}:
            assert found.contains(str(at)) == (comparator == "=")


COMPARATORS = st.sampled_from(["<", "<=", ">", ">=", "", "!="])
NUMBERS = st.integers(0, 12)


def numbered(*endings):
    return st.builds("{}{}".format, NUMBERS, st.sampled_from(endings))


SPELLED = {
    "pep440": ("vers:pypi/", numbered("", ".0", "rc1")),
    "semver": ("vers:semver/", numbered(".0.0", ".0.0-b.2")),
    "deb": ("vers:deb/", st.builds("{}:1.{}".format, st.integers(0, 1), NUMBERS)),
    "declared": ("vers:declared/", st.builds("r{}".format, st.integers(0, 10))),
}


@pytest.mark.parametrize("scheme", SPELLED)
@given(data=st.data())
def test_among_many_versions_are_those_that_lie_in_the_range_one_by_one(scheme, data):
    prefix, versions = SPELLED[scheme]
    bound = st.tuples(COMPARATORS, versions)
    bounds = data.draw(st.lists(bound, min_size=1, max_size=5, unique_by=lambda each: each[1]))
    many = data.draw(st.lists(versions | st.just("what runs there"), max_size=30))
    order = [f"r{number}" for number in (3, 1, 2, 0, *range(4, 11))]
    spelled = "|".join(f"{comparator}{version}" for comparator, version in bounds)
    try:
        found = parse_range(prefix + spelled, scheme, order=order)
    except BadRequest:
        reject()

    assert found.among(many) == [version for version in many if found.contains(version)]


@given(
    st.lists(
        st.tuples(COMPARATORS, NUMBERS), min_size=1, max_size=9, unique_by=lambda pair: pair[1]
    )
)
def test_a_version_is_in_a_range_where_univers_says_so(bounds):
    # Redundant bounds are dropped first, as VERS prescribes; univers looks at what is left.
    found = parse_range("vers:semver/" + "|".join(f"{c}{at}.0.0" for c, at in bounds), "semver")
    left = [
        VersionConstraint(each.comparator, SemverVersion(f"{each.place[0]}.0.0"))
        for each in found._named
    ]
    excluding = all(each.comparator == "!=" for each in left)

    for at in range(13):
        version = SemverVersion(f"{at}.0.0")
        inside = (
            all(version in each for each in left) if excluding else contains_version(version, left)
        )
        assert found.contains(str(version)) == inside, (bounds, at)


@pytest.mark.parametrize("comparator", ["", "!=", ">", "<="])
def test_the_cost_of_a_range_grows_no_faster_than_its_length(comparator):
    def comparisons(count):
        asked = 0

        class Place(int):
            def __lt__(self, other):
                nonlocal asked
                asked += 1
                return int(self) < int(other)

            def __eq__(self, other):
                nonlocal asked
                asked += 1
                return int(self) == int(other)

            __hash__ = int.__hash__

        placed = [_Placed(comparator, Place(n)) for n in range(count)]
        found = Range("", lambda version: Place(int(version)), _simplified(placed))
        found.among(map(str, range(count)))
        return asked

    assert comparisons(800) < 16 * comparisons(100)


def test_a_range_of_more_constraints_than_anybody_needs_is_refused():
    numbers = [f"{number}.0.0" for number in range(MOST_CONSTRAINTS + 1)]

    assert parse_range(f"vers:semver/{'|'.join(numbers[1:])}", "semver").contains("7.0.0")
    with pytest.raises(BadRequest, match="1,001 constraints; at most 1,000"):
        parse_range(f"vers:semver/{'|'.join(numbers)}", "semver")


def test_among_no_versions_is_none():
    assert parse_range("vers:semver/>=1.0.0", "semver").among([]) == []
    assert parse_range("vers:all/*", "semver").among(["b", "a"]) == ["b", "a"]
