from __future__ import annotations

import pytest

from lifecycle.gate.rules import prerelease, version_not_newer, version_unparsable
from lifecycle.gate.scenes import CatalogueState, Version
from testkit.rule_scenes import asked


def test_a_version_that_cannot_be_read_says_why():
    (one,) = version_unparsable.check(asked(Version("3.x", fault="semver wants numbers.")))

    assert one.message == "The version '3.x' of clairdash cannot be read: semver wants numbers."
    assert one.fix == "Write the version as the scheme of clairdash requires."
    assert one.evidence == {"version": "3.x", "fault": "semver wants numbers."}
    assert (one.subject, one.path) == (None, ("version",))


def test_the_last_word_of_a_fault_is_kept():
    (one,) = version_unparsable.check(asked(Version("3.X", fault="semver knows no X.")))

    assert one.message == "The version '3.X' of clairdash cannot be read: semver knows no X."


def test_an_empty_fault_is_one_too():
    assert list(version_unparsable.check(asked(Version("3.x", fault=""))))


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (Version("3.40.0"), None),
        (Version("3.40.0", newest_in_line="3.39.1"), None),
        (Version("3.40.0", known=CatalogueState.PLANNED, known_as="3.40.0"), None),
        (Version("3.33.8", newest_in_line="3.33.7", line="3.33"), None),
        (Version("3.40.0", newer=False), None),
        (Version("3.x", fault="?", newest_in_line="3.40.0", newer=False), None),
        (
            Version("3.40.0", known=CatalogueState.RELEASED, known_as="3.40.0"),
            "clairdash 3.40.0 is released already.",
        ),
        (Version("3.40.0", known=CatalogueState.RELEASED), "clairdash 3.40.0 is released already."),
        (
            Version(
                "3.40", known=CatalogueState.RELEASED, known_as="3.40.0", newest_in_line="3.40.2"
            ),
            "clairdash 3.40 is released already, as 3.40.0.",
        ),
        (
            Version("3.39.0", line="3.39", newest_in_line="3.39.1", newer=False),
            "clairdash 3.39.0 is not newer than 3.39.1, the newest of line 3.39.",
        ),
        (
            Version("3.39.0", None, False, "3.39", "3.39.1", False, "planned", "3.39.0"),
            "clairdash 3.39.0 is not newer than 3.39.1, the newest of line 3.39.",
        ),
    ],
)
def test_a_version_is_newer_than_its_lines_newest_and_not_out(version, told):
    assert [each.message for each in version_not_newer.check(asked(version))] == [told] * bool(told)


@pytest.mark.parametrize(
    ("version", "above"),
    [
        (
            Version(
                "3.40", known=CatalogueState.RELEASED, known_as="3.40.0", newest_in_line="3.40.2"
            ),
            "3.40.2",
        ),
        (Version("3.40", known=CatalogueState.RELEASED, known_as="3.40.0"), "3.40.0"),
        (Version("3.40.0", known=CatalogueState.RELEASED), "3.40.0"),
    ],
)
def test_the_way_out_of_a_version_that_is_out_is_the_next_free_one(version, above):
    (one,) = version_not_newer.check(asked(version))

    assert one.fix == f"Release it as a version above {above}."
    assert one.evidence == {
        "line": version.line,
        "newest_in_line": version.newest_in_line,
        "known": "released",
        "known_as": version.known_as,
    }
    assert (one.subject, one.path) == (None, ("version",))


def test_a_prerelease_is_told_to_be_exempt():
    (one,) = prerelease.check(asked(Version("3.40.0-rc.1", prerelease=True, line="3.40")))

    assert one.message == ("3.40.0-rc.1 is a prerelease: its changes require no notice.")
    assert one.fix == "Nothing needs to change; ask again for the stable release."
    assert one.evidence == {"version": "3.40.0-rc.1", "line": "3.40"}
    assert (one.subject, one.path) == (None, ("version",))


def test_what_cannot_be_read_is_no_prerelease():
    assert not list(prerelease.check(asked(Version("3.x", fault="?", prerelease=True))))
    assert not list(prerelease.check(asked()))
