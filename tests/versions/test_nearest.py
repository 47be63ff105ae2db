import pytest

from lifecycle.versions import nearest

KNOWN = ["3.33.0", "3.34.9", "3.35.0", "3.35.1", "3.35.2", "3.36.0", "4.0.0-rc.1", "bookworm"]


@pytest.mark.parametrize(
    ("version", "first"),
    [
        ("3.35.3", "3.35.0"),
        ("v3.35.2", "3.35.2"),
        ("3.35.22", "3.35.2"),
        ("4.0.0", "4.0.0-rc.1"),
        ("bokworm", "bookworm"),
    ],
)
def test_the_likeliest_version_comes_first(version, first):
    found = nearest(version, KNOWN)

    assert first in found[:3]
    assert len(found) <= 3


def test_nothing_alike_is_nothing():
    assert nearest("zzzz", KNOWN) == []
    assert nearest("1.0", []) == []


def test_twenty_thousand_versions_are_searched():
    known = [
        f"{major}.{minor}.{patch}"
        for major in range(20)
        for minor in range(50)
        for patch in range(20)
    ]

    assert "17.31.19" in nearest("17.31.191", known)
