import json

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from univers import versions as univers

from lifecycle.versions import SCHEME_NAMES, UnknownScheme, UnparsableVersion, scheme

ORDERED = [name for name in SCHEME_NAMES if scheme(name).ordered]
UNIVERS = {
    "alpm": univers.ArchLinuxVersion,
    "apk": univers.AlpineLinuxVersion,
    "cargo": univers.SemverVersion,
    "composer": univers.ComposerVersion,
    "deb": univers.DebianVersion,
    "ebuild": univers.GentooVersion,
    "gem": univers.RubygemsVersion,
    "golang": univers.GolangVersion,
    "hex": univers.SemverVersion,
    "nginx": univers.NginxVersion,
    "npm": univers.SemverVersion,
    "nuget": univers.NugetVersion,
    "openssl": univers.OpensslVersion,
    "rpm": univers.RpmVersion,
}

numbers = st.integers(0, 12).map(str)
suffixes = st.sampled_from(
    [
        "a1",
        "rc2",
        ".post1",
        ".dev3",
        "-rc.1",
        "-alpha.10",
        "-1",
        "+b1",
        "_p1",
        "_rc2",
        "~rc1",
        "-SNAPSHOT",
        "f",
        "zh",
        "-r3",
        ".4",
        "-beta2",
    ]
    + [""] * 4
)
prefixes = st.sampled_from(["", "", "", "", "v", "1!", "1:"])
written = st.builds(
    lambda prefix, parts, suffix: prefix + ".".join(parts) + suffix,
    prefixes,
    st.lists(numbers, min_size=1, max_size=4),
    suffixes,
)
semantic = st.builds(
    lambda parts, suffix: ".".join(parts) + suffix,
    st.lists(numbers, min_size=3, max_size=3),
    st.sampled_from(["", "-rc.1", "-alpha.10", "-alpha.beta", "-1", "+b1", "-rc.1+b2", "-0.3.7"]),
)


def readable(name, versions):
    keys = []
    for version in versions:
        try:
            keys.append(scheme(name).parse(version).key)
        except UnparsableVersion:
            continue
    return keys


@pytest.mark.parametrize(
    ("name", "lower", "higher"),
    [
        ("pep440", "3.9", "3.10"),
        ("pep440", "3.10rc1", "3.10"),
        ("pep440", "9.9", "1!1.0"),
        ("semver", "1.0.0-rc.2", "1.0.0-rc.10"),
        ("semver", "1.0.0-1", "1.0.0-a"),
        ("semver", "1.0.0-a", "1.0.0-a.1"),
        ("semver", "1.0.0-zzz", "1.0.0"),
        ("npm", "2.24.3", "2.25.0"),
        ("golang", "v1.9.0", "v1.10.0"),
        ("composer", "v1.9.0", "1.10.0"),
        ("maven", "1.0-alpha-1", "1.0-beta-1"),
        ("maven", "1.0-SNAPSHOT", "1.0"),
        ("maven", "1.0", "1.0-sp-1"),
        ("deb", "1.0~rc1-1", "1.0-1"),
        ("deb", "9.0-1", "1:1.0-1"),
        ("rpm", "1.9-1", "1.10-1"),
        ("gem", "1.0.a", "1.0"),
        ("nuget", "1.0.0.1", "1.0.0.2"),
        ("nuget", "1.0.0-beta", "1.0.0"),
        ("apk", "1.0_rc1", "1.0"),
        ("apk", "1.0-r1", "1.0-r2"),
        ("ebuild", "1.0", "1.0_p1"),
        ("alpm", "1.0-1", "1:0.1-1"),
        ("openssl", "1.0.2z", "1.0.2za"),
        ("openssl", "1.1.1w", "3.0.0"),
        ("openssl", "3.0.0-alpha1", "3.0.0"),
        ("datetime", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00-01:00"),
    ],
)
def test_a_scheme_knows_the_higher_version(name, lower, higher):
    low, high = scheme(name).parse(lower).key, scheme(name).parse(higher).key

    assert low < high
    assert not high < low
    assert low != high


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("pep440", "9", "9.0"),
        ("pep440", "2018.03", "2018.3"),
        ("semver", "1.0.0+a", "1.0.0+b"),
        ("maven", "1", "1.0.0"),
        ("maven", "1.0", "1.0-ga"),
        ("deb", "8.0.01", "8.0.1"),
        ("rpm", "2018.03", "2018.3"),
        ("nuget", "1.0", "1.0.0+build"),
        ("gem", "1.0", "1"),
        ("golang", "v1.0.0", "1.0.0"),
        ("datetime", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00"),
    ],
)
def test_a_scheme_knows_equal_versions(name, one, other):
    assert scheme(name).parse(one).key == scheme(name).parse(other).key


@pytest.mark.parametrize(
    ("name", "version", "units"),
    [
        ("pep440", "3", ("3", "3.0", "3.0.0")),
        ("pep440", "1!3.35.2.post4", ("1!3", "1!3.35", "1!3.35.2")),
        ("semver", "3.35.2-rc.1", ("3", "3.35", "3.35.2")),
        ("golang", "v1.22.0", ("1", "1.22", "1.22.0")),
        ("maven", "3.9", ("3", "3.9", "3.9.0")),
        ("maven", "r03", None),
        ("gem", "7.1.3.rc2", ("7", "7.1", "7.1.3")),
        ("nuget", "4.8.1.2", ("4", "4.8", "4.8.1")),
        ("openssl", "1.1.1w", ("1", "1.1", "1.1.1")),
        ("openssl", "3.0.2", ("3", "3.0", "3.0.2")),
        ("deb", "1:3.35-1", None),
        ("declared", "2024 LTSC", None),
    ],
)
def test_a_version_names_its_lines(name, version, units):
    assert scheme(name).parse(version).units == units
    assert units is None or scheme(name).units_possible


@pytest.mark.parametrize(
    ("name", "version", "prerelease"),
    [
        ("pep440", "3.0rc1", True),
        ("pep440", "3.0.dev1", True),
        ("pep440", "3.0.post1", False),
        ("semver", "3.0.0-0", True),
        ("semver", "3.0.0+rc1", False),
        ("maven", "3.0-M1", True),
        ("maven", "3.0-milestone-1", True),
        ("maven", "3.0-SNAPSHOT", True),
        ("maven", "3.0-cr2", True),
        ("maven", "3.0-jre", False),
        ("gem", "3.0.beta", True),
        ("nuget", "3.0-beta", True),
        ("apk", "3.0_beta1-r0", True),
        ("apk", "3.0_p1", False),
        ("ebuild", "3.0_pre20260101", True),
        ("openssl", "1.0.2-beta1", True),
        ("openssl", "3.0.0-beta1", True),
        ("openssl", "1.0.2a", False),
        ("deb", "1.0-1~bpo12+1", False),
        ("declared", "rc1", False),
        ("lexicographic", "2026a-rc1", False),
    ],
)
def test_a_version_may_be_a_prerelease(name, version, prerelease):
    assert scheme(name).parse(version).prerelease is prerelease


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("pep440", "1.1.1w"),
        ("pep440", "7.0 Update 3w"),
        ("pep440", " 1.0"),
        ("pep440", "1.0\n"),
        ("pep440", "１.0"),  # noqa: RUF001 - a digit of another script is the point
        ("semver", "v1.0.0"),
        ("semver", "1.0"),
        ("semver", "01.0.0"),
        ("semver", "1.0.0-01"),
        ("semver", "1१.0.0"),
        ("semver", "8u504+1"),
        ("npm", "1.0.0.4"),
        ("golang", "vv1.0.0"),
        ("nuget", "a"),
        ("deb", "a b"),
        ("gem", "x"),
        ("apk", "01.0"),
        ("openssl", "1.1.1-pre1"),
        ("openssl", "4.0"),
        ("datetime", "2026-02-30T00:00:00Z"),
        ("datetime", "2026-02-28T00:00:00+99:99"),
        ("declared", ""),
        ("declared", "a\0"),
        ("declared", "a" * 201),
        ("declared", " a"),
        *((name, "") for name in ORDERED),
        *((name, "1.0\0") for name in ORDERED),
        *((name, "1" * 5000) for name in ORDERED),
    ],
)
def test_a_version_the_scheme_does_not_know_is_refused(name, version):
    with pytest.raises(UnparsableVersion) as refusal:
        scheme(name).parse(version)

    assert refusal.value.problems[0].field == "version"
    assert refusal.value.detail


def test_a_refusal_names_the_version_the_scheme_and_the_way_out():
    with pytest.raises(UnparsableVersion) as refusal:
        scheme("semver").parse("1.1.1w")

    assert refusal.value.detail == (
        "The version '1.1.1w' is not a valid semver version; use one like 3.35.2 or 4.0.0-rc.1."
    )


def test_an_unknown_scheme_is_refused_with_those_there_are():
    with pytest.raises(UnknownScheme, match="'calver'; use one of pep440, semver, declared"):
        scheme("calver")


@pytest.mark.parametrize("name", SCHEME_NAMES)
def test_every_example_is_readable(name):
    for example in scheme(name).example.split(" or "):
        assert scheme(name).parse(example)


@pytest.mark.parametrize("name", ORDERED)
@given(st.lists(written, min_size=3, max_size=3))
def test_version_order_is_total(name, versions):
    keys = readable(name, versions)

    for a in keys:
        assert a == a  # noqa: PLR0124 - keys define their own equality
        for b in keys:
            assert [a < b, a == b, b < a].count(True) == 1
            for c in keys:
                assert not (a < b < c) or a < c
                assert not (a == b and b == c) or a == c


@given(written, written)
def test_pep440_agrees_with_packaging(one, other):
    pair = readable("pep440", [one, other])

    assert len(pair) < 2 or (pair[0] < pair[1]) == (Version(one) < Version(other))


@given(semantic, semantic)
def test_semver_agrees_with_its_library(one, other):
    compared = semver.Version.parse(one).compare(other)
    low, high = readable("semver", [one, other])

    assert ((low > high) - (low < high)) == compared


@pytest.mark.parametrize("name", UNIVERS)
@given(one=written | semantic, other=written | semantic)
def test_the_other_schemes_agree_with_univers(name, one, other):
    keys = readable(name, [one, other])

    if len(keys) == 2:
        ours = (keys[0] < keys[1], keys[1] < keys[0])
        theirs = UNIVERS[name](one), UNIVERS[name](other)
        assert ours == (theirs[0] < theirs[1], theirs[1] < theirs[0])


@pytest.mark.parametrize("name", SCHEME_NAMES)
@given(st.text(max_size=30))
def test_any_text_is_a_version_or_refused(name, text):
    assert len(readable(name, [text])) < 2


def test_a_name_survives_json():
    assert json.loads(json.dumps(SCHEME_NAMES))[:3] == ["pep440", "semver", "declared"]
