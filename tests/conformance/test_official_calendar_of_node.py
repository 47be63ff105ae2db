"""Node's official calendar: the days in the file are the days that are answered.

What they mean is read from the file: ``maintenance`` is the first day of maintenance, so the day
before is the last active one; ``end`` is the last covered day (v8 ends with a year, all even lines
since v10 but one with an April). ``lts`` is the first day of long-term support.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import NamedTuple

import pytest

from lifecycle.audit.chain import By
from lifecycle.catalogue.catalogue_inputs import LineIn, ProductIn
from lifecycle.policy.presets import preset
from testkit.official_calendars import ONE_DAY, Span, Terms, answered, enter, out
from testkit.scales import replayed_share

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
PRESET = Terms(date(2015, 9, 8), reminder=180)
LTS = Terms(date(2012, 1, 1), reminder=90)
LTS_POLICY = """
policy: node-lts
version: "1"
in_force_from: 2012-01-01
timezone: UTC
tiers: {lts: {rank: 0, window: {all: [{lts_only: true}, {declared: end_of_life}]}}}
"""
SLUGS = ["nodejs", "nodejs-majors"]


class Node(NamedTuple):
    """A line of the schedule."""

    start: date
    end: date
    lts: date | None
    maintenance: date | None
    alpha: date | None
    codename: str | None

    @property
    def active_until(self):
        return self.maintenance - ONE_DAY if self.maintenance else None

    def spans(self):
        """Say what each tier of the preset covers; a phase not in the file is the next one's."""
        whole = Span(self.start, self.end)
        active = Span(self.start, self.active_until or self.end)
        return {"active": active, "maintenance": whole, "commercial": whole}

    def boundaries(self):
        days = (self.start, self.active_until, self.maintenance, self.end, self.lts, self.alpha)
        return PRESET.around(days)


@pytest.fixture(scope="module")
def now():
    return NOW


@pytest.fixture(scope="module")
def schedule(data):
    listed = json.loads((data / "nodejs" / "schedule.json").read_text("utf-8"))
    days = ("start", "end", "lts", "maintenance", "alpha")
    return {
        name.removeprefix("v"): Node(
            **{day: date.fromisoformat(said[day]) if day in said else None for day in days},
            codename=said.get("codename") or None,
        )
        for name, said in listed.items()
    }


@pytest.fixture(scope="module")
def listings(schedule):
    """By major version 0.8, 0.10 and 0.12 would be one line, so they are left out there."""
    majors = {line: said for line, said in schedule.items() if "." not in line}
    return {"nodejs": schedule, "nodejs-majors": majors, "nodejs-lts": schedule}


@pytest.fixture(scope="module")
def entered(own_url, listings):
    """Node with declared lines, with lines by major version, and once for LTS alone."""
    for slug, listed in listings.items():
        product = ProductIn(slug=slug, line_by="major" if slug == "nodejs-majors" else "declared")
        policy = LTS_POLICY if slug == "nodejs-lts" else preset("nodejs")
        declared = {line: declared_line(said) for line, said in listed.items()}
        releases = [release for line, said in listed.items() for release in releases_of(line, said)]
        enter(own_url, By("vendor", NOW), product, policy, declared, releases)


def declared_line(said):
    declared = {"end_of_life": said.end}
    if said.active_until:
        declared["active_support"] = said.active_until
    return LineIn(declared=declared, lts=said.lts, codename=said.codename)


def releases_of(line, said):
    first = out(first_of(line), said.start, today=NOW.date())
    alpha = said.alpha and out(f"{first_of(line)}-alpha.1", said.alpha, today=NOW.date())
    return [first, alpha] if alpha else [first]


def first_of(line):
    return f"{line}.0" if "." in line else f"{line}.0.0"


def all_boundaries(listed):
    days = {day for said in listed.values() for day in said.boundaries()}
    return sorted(days | set(PRESET.around([PRESET.in_force_from])))


@pytest.mark.parametrize("slug", SLUGS)
async def test_every_line_ends_for_each_tier_on_the_days_of_its_schedule(
    ask, entered, listings, slug
):
    listed = listings[slug]
    days = all_boundaries(listed)
    for at in replayed_share(days):
        rows = (await ask(f"/v1/products/{slug}/support", at=at))["lines"]
        assert {row["line"] for row in rows} == set(listed)
        for row in rows:
            spans = listed[row["line"]].spans()
            found = {tier: answered(cell) for tier, cell in row["tiers"].items()}
            wanted = {tier: PRESET.answer(span, at) for tier, span in spans.items()}
            assert found == wanted, (row["line"], at)
    assert len(days) > 300


@pytest.mark.parametrize("slug", SLUGS)
async def test_the_first_version_of_a_line_is_answered_as_its_line(ask, entered, listings, slug):
    for line, said in listings[slug].items():
        for at in replayed_share(said.boundaries()):
            found = await ask(f"/v1/products/{slug}/versions/{first_of(line)}", at=at)
            assert found["line"] == line
            for tier, span in said.spans().items():
                assert answered(found["tiers"][tier]) == PRESET.answer(span, at), (line, at)


async def test_the_matrix_names_start_lts_and_codename_of_each_line(ask, entered, schedule):
    rows = (await ask("/v1/products/nodejs/support"))["lines"]

    assert {row["line"]: (row["released_on"], row["lts"], row["codename"]) for row in rows} == {
        line: (said.start.isoformat(), said.lts and said.lts.isoformat(), said.codename)
        for line, said in schedule.items()
    }
    numbers = [tuple(map(int, row["line"].split("."))) for row in rows]
    assert numbers == sorted(numbers, reverse=True)


async def test_a_tier_for_lts_alone_begins_on_the_lts_day_of_a_line_that_has_one(
    ask, entered, schedule
):
    spans = {
        line: Span(said.start, said.end if said.lts else None, begins=said.lts)
        for line, said in schedule.items()
    }
    for at in replayed_share(all_boundaries(schedule)):
        for row in (await ask("/v1/products/nodejs-lts/support", at=at))["lines"]:
            wanted = LTS.answer(spans[row["line"]], at)
            assert answered(row["tiers"]["lts"]) == wanted, (row["line"], at)


async def test_an_alpha_belongs_to_its_line_and_begins_nothing(ask, entered, schedule):
    early = {line: said for line, said in schedule.items() if said.alpha}
    assert list(early) == ["27"]
    for line, said in early.items():
        for at in said.boundaries():
            found = await ask(f"/v1/products/nodejs/versions/{first_of(line)}-alpha.1", at=at)
            assert (found["line"], found["planned_on"]) == (line, said.alpha.isoformat())
            assert {cell["status"] for cell in found["tiers"].values()} == {"prerelease"}
