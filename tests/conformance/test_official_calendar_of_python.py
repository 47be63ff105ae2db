"""Python's official calendar and its 651 releases: the days in the files are those answered.

What they mean is read from the files: ``end-of-bugfix`` is the day of the last release with bug
fixes, so it is covered itself, and so is ``end-of-life``. A month alone, "2031-10", lasts to its
last day: 3.9, the latest line whose month has come, ended on 2025-10-31. Where one file has the
month, the other has its first day, but it can write days only, and that day is no release's.
"""

from __future__ import annotations

import calendar
import json
import tomllib
from datetime import UTC, date, datetime
from typing import NamedTuple

import pytest

from lifecycle.audit.chain import By
from lifecycle.catalogue.catalogue_inputs import LineIn, ProductIn
from testkit.official_calendars import ONE_DAY, Span, Terms, answered, enter, out
from testkit.scales import replayed_share

# After the last release that the file calls actual, before the first that it expects.
NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
TERMS = Terms(date(2000, 1, 1), reminder=90)
POLICY = """
policy: python-support
version: "1"
in_force_from: 2000-01-01
timezone: UTC
tiers:
  bugfix: {rank: 0, window: {declared: active_support}}
  security: {rank: 1, window: {declared: end_of_life}}
reminders: [90, 30]
"""
STAGES = {"alpha": "a", "beta": "b", "candidate": "rc"}
# Where the file contradicts itself: the first release of 2.3 is a month later in its list than in
# its summary, that of 3.16 a day earlier. The list of releases counts.
FIRST_DAYS_THAT_DIFFER = {"2.3", "3.16"}


class Python(NamedTuple):
    """A release of the list: its version as published, and what the words of the list say."""

    version: str
    line: str
    day: date
    actual: bool
    early: bool
    order: tuple

    @classmethod
    def read(cls, line, said):
        """Read "3.15.0 candidate 2", and "3.13.5" for what other lines call "3.12.5 final"."""
        numbers, *words = said["stage"].split()
        stage, number = (words[0], int(words[1])) if len(words) == 2 else ("final", 0)
        early = stage != "final"
        version = numbers + (f"{STAGES[stage]}{number}" if early else "")
        place = ("alpha", "beta", "candidate", "final").index(stage)
        order = (*map(int, numbers.split(".")), place, number)
        return cls(version, line, said["date"], said["state"] == "actual", early, order)

    def answer(self, span, at):
        """Work out what a tier is told of this release."""
        if self.early:
            return ("prerelease", None, None, "none")
        if at < self.day:
            return ("planned", *TERMS.answer(span, self.day)[1:])
        return TERMS.answer(span, at)


@pytest.fixture(scope="module")
def now():
    return NOW


@pytest.fixture(scope="module")
def summary(data):
    return read(data)["metadata"]


@pytest.fixture(scope="module")
def listed(data):
    found = read(data)["release"].items()
    return [Python.read(line, said) for line, releases in found for said in releases]


@pytest.fixture(scope="module")
def cycle(data):
    return json.loads((data / "python" / "release-cycle.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def spans(summary, listed, cycle):
    """Give what each tier covers of a line: from its first stable release to the files' days."""
    spans = {}
    for line, said in summary.items():
        first = min(each.day for each in listed if each.line == line and not each.early)
        end = cycle.get(line, {}).get("end_of_life") or said["end-of-life"].isoformat()
        spans[line] = {
            "bugfix": Span(first, said["end-of-bugfix"]),
            "security": Span(first, last_day(end)),
        }
    return spans


@pytest.fixture(scope="module")
def entered(own_url, listed, spans):
    declared = {
        line: LineIn(
            declared={"active_support": of["bugfix"].last, "end_of_life": of["security"].last}
        )
        for line, of in spans.items()
    }
    product = ProductIn(slug="python", scheme="pep440", line_by="minor")
    releases = [out(each.version, each.day, today=TODAY) for each in listed]
    enter(own_url, By("vendor", NOW), product, POLICY, declared, releases)


def read(data):
    return tomllib.loads((data / "python" / "python-releases.toml").read_text("utf-8"))


def last_day(said):
    """Give the last covered day that a day or a month means."""
    year, month, *day = map(int, said.split("-"))
    return date(year, month, *(day or [calendar.monthrange(year, month)[1]]))


def test_the_two_files_agree_and_today_lies_between_actual_and_expected(summary, listed, cycle):
    for line, said in cycle.items():
        end = summary[line]["end-of-life"]
        assert said["first_release"] == summary[line]["first-release"].isoformat()
        assert said["end_of_life"] in {end.isoformat(), end.strftime("%Y-%m")}
    assert max(each.day for each in listed if each.actual) < TODAY
    assert min(each.day for each in listed if not each.actual) > TODAY


def test_a_month_alone_means_its_last_day_as_where_it_has_come(summary, listed, cycle):
    months = {line for line, said in cycle.items() if len(said["end_of_life"]) == len("2031-10")}

    assert months == {"3.10", "3.11", "3.12", "3.13", "3.14", "3.15"}
    assert {summary[line]["end-of-life"].day for line in months} == {1}
    assert last_day("2025-10") == summary["3.9"]["end-of-life"]
    youngest_over = max(
        (line for line, said in summary.items() if said["status"] == "end-of-life"),
        key=lambda line: summary[line]["end-of-life"],
    )
    assert youngest_over == "3.9"


def test_the_end_of_bug_fixes_is_the_day_of_a_release_and_so_a_covered_one(summary, listed):
    stable = {(each.line, each.day) for each in listed if not each.early}

    come = {(line, said["end-of-bugfix"]) for line, said in summary.items()}
    other = {line for line, day in come - stable if day <= TODAY}

    # 2.7 and 3.0 had bug fixes to the day their lines ended, 3.11 for three weeks after its last.
    assert other == {"2.7", "3.0", "3.11"}


async def test_every_line_ends_for_each_tier_on_the_days_of_its_files(ask, entered, spans):
    of_all = [day for of in spans.values() for span in of.values() for day in span[:2]]
    days = TERMS.around(of_all)
    for at in replayed_share(days):
        rows = (await ask("/v1/products/python/support", at=at))["lines"]
        assert {row["line"] for row in rows} == set(spans)
        for row in rows:
            for tier, span in spans[row["line"]].items():
                found = answered(row["tiers"][tier])
                assert found == TERMS.answer(span, at), (row["line"], tier, at)
    assert len(days) > 300


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2031-09-30", "ending"),
        ("2031-10-01", "ending"),
        ("2031-10-02", "ending"),
        ("2031-10-31", "ending"),
        ("2031-11-01", "unsupported"),
    ],
)
async def test_a_month_is_covered_to_its_end_and_no_longer(ask, entered, at, status):
    rows = (await ask("/v1/products/python/support", tier="security", at=at))["lines"]

    (found,) = (row["tiers"]["security"] for row in rows if row["line"] == "3.15")

    assert (found["status"], found["supported_until"]) == (status, "2031-10-31")


async def test_every_release_is_answered_as_its_line_from_its_own_day_on(
    ask, entered, listed, spans
):
    for each in replayed_share(listed):
        own = {each.day - ONE_DAY, each.day, each.day + ONE_DAY}
        ends = {span.last + n * ONE_DAY for span in spans[each.line].values() for n in (0, 1)}
        for at in sorted(own | ends):
            found = await ask(f"/v1/products/python/versions/{each.version}", at=at)
            for tier, span in spans[each.line].items():
                assert answered(found["tiers"][tier]) == each.answer(span, at), (each, tier, at)


async def test_line_prerelease_and_order_follow_from_the_version_as_the_list_says_in_words(
    pages, entered, listed
):
    found = await pages("/v1/products/python/releases", limit=200)

    assert [
        (each["version"], each["line"], each["prerelease"], each["released_on"], each["planned_on"])
        for each in found
    ] == [
        (each.version, each.line, each.early, *days_of(each))
        for each in sorted(listed, key=lambda each: each.order)
    ]
    assert found


def days_of(each):
    return (each.day.isoformat(), None) if each.actual else (None, each.day.isoformat())


async def test_a_line_begins_with_its_first_final_release(ask, entered, summary, spans):
    rows = (await ask("/v1/products/python/support"))["lines"]

    begun = {row["line"]: date.fromisoformat(row["released_on"]) for row in rows}

    assert begun == {line: of["security"].first for line, of in spans.items()}
    differ = {line for line, said in summary.items() if said["first-release"] != begun[line]}
    assert differ == FIRST_DAYS_THAT_DIFFER


async def test_the_newest_of_each_line_is_the_one_that_was_out_by_then(ask, entered, listed):
    for year in range(2000, 2028):
        at = date(year, 12, 31)
        for row in (await ask("/v1/products/python/support", at=at))["lines"]:
            stable = [each for each in listed if each.line == row["line"] and not each.early]
            by_then = [each for each in stable if each.day <= at]
            newest = max(by_then, key=lambda each: each.order, default=None)
            assert row["latest"] == (newest.version if newest else None), (row["line"], at)


async def test_what_the_file_calls_a_line_today_is_what_is_answered(ask, entered, cycle):
    meanings = {
        "feature": ["planned", "planned"],
        "bugfix": ["covered", "covered"],
        "security": ["unsupported", "covered"],
        "end-of-life": ["unsupported", "unsupported"],
    }
    words = {"supported": "covered", "ending": "covered"}
    rows = {row["line"]: row for row in (await ask("/v1/products/python/support"))["lines"]}

    for line, said in cycle.items():
        cells = [rows[line]["tiers"][tier]["status"] for tier in ("bugfix", "security")]
        assert [words.get(status, status) for status in cells] == meanings[said["status"]], line
