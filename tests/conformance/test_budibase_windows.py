"""One vendor's 2,858 real releases: who is covered on every day of its history."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle.policy.policy_documents import parse_policy
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import Facts, Release
from lifecycle.support.status import Status, answer_line, answer_release
from lifecycle.versions import place, scheme
from testkit.scales import replayed_share

POLICY = {
    "policy": "last-five",
    "version": "1",
    "in_force_from": date(2019, 1, 1),
    "timezone": "UTC",
    "tiers": {
        "pro": {"rank": 1, "window": {"newest": {"count": 1, "of": "release"}}},
        "enterprise": {"rank": 2, "window": {"newest": {"count": 5, "of": "minor"}}},
    },
}
PROMISED = {Status.SUPPORTED, Status.ENDING}


@pytest.fixture(scope="module")
def history(data):
    """Versions and their days in UTC, prereleases included."""
    listed = json.loads((data / "vendor-releases" / "budibase.json").read_text())
    return {
        each["version"]: datetime.fromisoformat(each["released_at"]).astimezone(UTC).date()
        for each in listed
    }


@pytest.fixture(scope="module")
def covered(history):
    semver = scheme("semver")
    ranks = place(semver, [], list(history)).ranks
    releases = []
    for version, day in history.items():
        parsed = semver.parse(version)
        releases.append(
            Release(
                version,
                ranks[version],
                day,
                line=parsed.units[1],
                units=parsed.units,
                prerelease=parsed.prerelease,
            )
        )
    facts = Facts("budibase", "minor", tuple(releases), (), (parse_policy(POLICY),))
    return Coverage(facts, today=max(history.values()))


def stable(history):
    """Read the versions by hand: three numbers, and no prerelease."""
    return {
        tuple(int(part) for part in version.split(".")): day
        for version, day in history.items()
        if "-" not in version
    }


def test_the_five_newest_minors_and_the_most_recent_version_agree_with_counting_by_hand_day_by_day(
    history, covered
):
    numbers = stable(history)
    first, last = min(history.values()), max(history.values())
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert len(days) > 1700
    for day in replayed_share(days):
        out = [number for number, released in numbers.items() if released <= day]
        newest = sorted({number[:2] for number in out})[-5:]
        expected = {f"{major}.{minor}" for major, minor in newest}
        lines = {
            line
            for line in covered.line_names()
            if answer_line(covered, line, tier="enterprise", at=day).status in PROMISED
        }
        assert lines == expected, day
        top = ".".join(map(str, max(out))) if out else None
        found = covered.newest_on(day)
        assert (found.version if found else None) == top, day
        if found:
            assert answer_release(covered, found, tier="pro", at=day).status in PROMISED


def test_pro_covers_one_version_a_day_and_never_another(history, covered):
    numbers = stable(history)
    days = sorted(set(numbers.values()))
    for day in replayed_share(days[:: max(1, len(days) // 40)]):
        top = ".".join(map(str, max(n for n, released in numbers.items() if released <= day)))
        promised = {
            release.version
            for release in covered.facts.releases
            if answer_release(covered, release, tier="pro", at=day).status in PROMISED
        }
        assert promised == {top}, day


def test_the_windows_worked_out_elsewhere_agree(data, history, covered):
    expected = json.loads((data / "vendor-releases" / "budibase-windows.json").read_text())
    for window in expected:
        at = date.fromisoformat(window["as_of"])
        assert covered.newest_on(at).version == window["highest_stable"]
        for line in window["top5_minor_lines"]:
            found = answer_line(covered, line["line"], tier="enterprise", at=at)
            assert found.status in PROMISED
            assert found.supported_from == date.fromisoformat(line["first_release"])
            assert covered.newest_in(line["line"], at).version == line["highest_patch"]
        covered_lines = {
            line
            for line in covered.line_names()
            if answer_line(covered, line, tier="enterprise", at=at).status in PROMISED
        }
        assert covered_lines == {line["line"] for line in window["top5_minor_lines"]}
