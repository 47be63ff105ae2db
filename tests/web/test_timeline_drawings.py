"""What the picture of a timeline says and where it says it, over products of every kind."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.answers.matrix import matrix
from lifecycle.answers.timeline_questions import TimelineQuestion, read_question
from lifecycle.answers.timelines import timeline
from lifecycle.calendar.days import write_day
from lifecycle.errors import BadRequest
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import BestEffort, Declared, LtsOnly, Newest, Phase, Window
from lifecycle.support.facts import Line
from lifecycle.support.status import Status
from lifecycle.web.text_widths import text_width
from lifecycle.web.timeline_layout import lay_out
from lifecycle.web.timeline_pictures import draw
from testkit.announced_vendors import vendors
from testkit.coverage_samples import TODAY, facts, minors, policy, release
from testkit.known_snapshots import snapshot_of
from testkit.scales import examples

DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"
EVERYTHING = TimelineQuestion(every_line=True)
SAID = {
    "supported": {Status.SUPPORTED, Status.ENDING},
    "extended by announcement": {Status.ENDING},
    "best effort": {Status.BEST_EFFORT},
    "not declared": {Status.UNKNOWN},
}
PHRASE = re.compile(rf"({'|'.join(SAID)}) from (\d+ \w+ \d+)(?: until (\d+ \w+ \d+))?")
SIZES = {"heading": (17, True), "name": (13, True), "axis": (11, False), "today-label": (12, True)}


def drawn(snapshot, question=EVERYTHING, *, width=960):
    text = draw(snapshot, question, today=TODAY, width=width)
    return ET.fromstring(text)  # noqa: S314 -- our own


def day_of(words):
    return datetime.strptime(words, "%d %B %Y").date()  # noqa: DTZ007 -- a day has no zone


def lanes_of(picture):
    """Give what the picture says of each lane: its stretches, and that there are no others."""
    for group in picture.iter(f"{SVG}g"):
        where, _, words = group.find(f"{SVG}title").text.partition(": ")
        line, _, tier = where.rpartition(", ")
        spelled = [
            (state, day_of(first), day_of(last) if last else None)
            for state, first, last in PHRASE.findall(words)
        ]
        yield line, tier, spelled


def texts_of(picture):
    """Give every text that is seen, with the box it takes at most."""
    for element in picture.iter(f"{SVG}text"):
        kind = element.get("class", "")
        size, bold = SIZES.get(kind, (10 if kind == "number" else 12, kind == "end-ending"))
        width = text_width(element.text or "", size, bold=bold)
        x, y = float(element.get("x")), float(element.get("y"))
        if kind in {"number", "today-label"}:
            x -= width / 2
        yield element.text, (x, y - size * 0.75, x + width, y + size * 0.2)


@settings(max_examples=examples(60))
@given(vendors())
def test_a_picture_says_of_the_days_around_each_end_what_the_matrix_says(known):
    snapshot = snapshot_of(known)

    for line, tier, spelled in lanes_of(drawn(snapshot)):
        for state, first, last in spelled:
            edges = [(day, True) for day in (first, last) if day]
            edges += [(last + DAY, False)] if last else []
            for day, holds in edges:
                answered = matrix(snapshot, tier=tier.lower(), at=day, today=TODAY)
                cell = next(row for row in answered.lines if row.line == line).tiers[tier.lower()]
                others = {"supported", "extended by announcement"}
                if holds:
                    assert cell.status in SAID[state], (line, tier, state, day)
                elif state not in others:
                    assert cell.status not in SAID[state], (line, tier, state, day)


@settings(max_examples=examples(60))
@given(vendors())
def test_the_end_beside_a_lane_is_todays_in_the_matrix(known):
    snapshot = snapshot_of(known)
    picture = lay_out(timeline(snapshot, EVERYTHING, today=TODAY), width=960)
    answered = {row.line: row for row in matrix(snapshot, tier=None, at=TODAY, today=TODAY).lines}

    for line in picture.chart.lines:
        for lane in line.lanes:
            cell = answered[line.name.text].tiers[lane.tier.text.lower()]
            if cell.status is Status.WITHDRAWN:
                assert lane.end.text == "withdrawn"
            elif cell.supported_until and cell.status is not Status.BEST_EFFORT:
                wanted = cell.supported_until
                if cell.status is Status.PLANNED:
                    wanted = cell.supported_from
                assert write_day(wanted) in lane.end.text
            elif cell.projected_until and cell.status is not Status.PLANNED:
                median, floor = cell.projected_until.median, cell.at_least_until
                is_certain = floor and median <= floor
                assert lane.end.text == (
                    f"at least until {write_day(floor)}"
                    if is_certain
                    else f"about {write_day(median)} (estimate)"
                )
            if cell.status in {Status.SUPPORTED, Status.ENDING} and cell.end == "unknown":
                assert lane.end.text == "end not declared"


def check_room(picture):
    """Prove that no text overlaps another one or leaves the picture."""
    right, bottom = float(picture.get("width")), float(picture.get("height"))
    boxes = list(texts_of(picture))
    for text, (x1, y1, x2, y2) in boxes:
        assert x1 >= 0, text
        assert x2 <= right, text
        assert 0 <= y1 < y2 <= bottom, text
    for place, (text, (x1, y1, x2, y2)) in enumerate(boxes):
        for other, (left, top, edge, low) in boxes[place + 1 :]:
            apart = x2 <= left or edge <= x1 or y2 <= top or low <= y1
            assert apart, (text, other)


@settings(max_examples=examples(60))
@given(vendors(), st.sampled_from([320, 360, 640, 960, 1600]))
def test_no_text_overlaps_another_or_leaves_the_picture(known, width):
    check_room(drawn(snapshot_of(known), width=width))


HOSTILE = [
    "<script>alert(1)</script>",
    'a"b\'c&d, "e"',
    "שלום עולם 1.0",
    "👩‍🚀👩‍🚀👩‍🚀 release",
    "2024 LTSC " + "very " * 60 + "long",
    "\ufffe\uffff",
    "﷽",
]


@pytest.mark.parametrize("width", [320, 960])
def test_names_of_every_kind_stay_text_and_have_room(width):
    lines = tuple(
        Line(name, declared={Phase.END_OF_LIFE: TODAY + DAY}, codename=name, position=place)
        for place, name in enumerate(HOSTILE)
    )
    tiers = tuple(
        Tier(name, rank, Window(Declared((Phase.END_OF_LIFE,))))
        for rank, name in enumerate(HOSTILE)
    )
    named = Policy(name=HOSTILE[0], version="1", in_force_from=TODAY, tiers=tiers)
    snapshot = snapshot_of(facts([], named, lines=lines, line_by="declared"), name=HOSTILE[0])

    picture = drawn(snapshot, width=width)

    check_room(picture)
    names = {element.tag.removeprefix(SVG) for element in picture.iter()}
    assert names.isdisjoint({"script", "a", "image", "use", "foreignObject", "b"})
    assert picture.find(f"{SVG}title").text == f"Support for {HOSTILE[0]}"
    words = picture.find(f"{SVG}desc").text
    assert f"\u2068{HOSTILE[2]}\u2069, " in words


@pytest.mark.parametrize("length", [6, 20, 45, 90, 400, 1500, 4000, 12_000, 36_500])
@pytest.mark.parametrize("width", [320, 960])
def test_an_axis_names_days_that_have_room_from_weeks_to_a_century(length, width):
    question = read_question(tiers=None, lines=None, first=TODAY, last=TODAY + length * DAY)
    snapshot = snapshot_of(facts(minors(4)))

    picture = lay_out(timeline(snapshot, question, today=TODAY), width=width)

    assert picture.chart.ticks
    assert len(picture.chart.ticks) <= 30
    check_room(drawn(snapshot, question, width=width))


def shapes(picture, kind):
    return [element for element in picture.iter() if element.get("class") == kind]


@pytest.mark.parametrize(
    ("rule", "line", "kind", "words"),
    [
        (Newest(2, "minor"), Line("1.6"), "projected", "(estimate)"),
        (LtsOnly(), Line("1.6", lts=True), "endless", "no end"),
        (
            Declared((Phase.END_OF_LIFE,)),
            Line("1.6", declared={Phase.END_OF_LIFE: False}),
            "undeclared",
            "end not declared",
        ),
        (Declared((Phase.END_OF_LIFE,)), Line("1.6"), "unknown", "not declared"),
        (BestEffort(), Line("1.6"), "effort", "best effort"),
    ],
)
def test_ends_that_are_not_fixed_are_drawn_open_and_named(rule, line, kind, words):
    releases = minors(7, first=TODAY - 140 * DAY)
    snapshot = snapshot_of(facts(releases, policy(rule), lines=[line]))
    question = TimelineQuestion(lines=("1.6",))

    picture = drawn(snapshot, question)

    assert shapes(picture, kind)
    assert any(words in text for text, _ in texts_of(picture))
    assert not shapes(picture, "past")


def test_an_end_by_rule_is_called_estimated_only_where_it_is():
    few = snapshot_of(facts(minors(2), policy(Newest(2, "minor"))))
    many = snapshot_of(facts(minors(7, first=TODAY - 140 * DAY), policy(Newest(2, "minor"))))
    by_rule, estimated = (
        " ".join(text for text, _ in texts_of(drawn(snapshot))) for snapshot in (few, many)
    )

    assert ("supported until a release ends it" in by_rule, "estimated end" in by_rule) == (
        True,
        False,
    )
    assert "estimated end" in estimated


def test_what_is_not_shown_is_said():
    many = [release(f"1.{n}.0", TODAY - n * DAY) for n in range(210)]
    snapshot = snapshot_of(facts(many, policy(LtsOnly()), lines=[Line("1.3", lts=True)]))

    one = [text for text, _ in texts_of(drawn(snapshot, TimelineQuestion()))]
    cut = [text for text, _ in texts_of(drawn(snapshot))]

    assert "1 of 210 lines are shown." in one
    assert "10 more lines are not shown." in cut


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first": TODAY, "last": TODAY - DAY}, "from"),
        ({"first": TODAY, "last": TODAY + DAY}, "to"),
        ({"first": TODAY.replace(year=1)}, "from"),
        ({"last": TODAY.replace(year=9999)}, "to"),
        ({"first": TODAY.replace(year=1950), "last": TODAY.replace(year=2051)}, "to"),
        ({"lines": ",,"}, "lines"),
        ({"tiers": ",".join(map(str, range(201)))}, "tiers"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_the_name_of_its_field(asked, field):
    with pytest.raises(BadRequest) as refusal:
        read_question(**{"tiers": None, "lines": None, "first": None, "last": None} | asked)

    (problem,) = refusal.value.problems
    assert problem.field == field
    assert problem.allowed


@pytest.mark.parametrize("name", ["first", "last"])
@pytest.mark.parametrize("year", [1900, 1950, 2025, 2026, 2027, 2100, 2199])
def test_one_day_alone_is_the_first_or_the_last_of_at_least_two_months(name, year):
    asked = {"tiers": None, "lines": None, "first": None, "last": None}
    question = read_question(**asked | {name: TODAY.replace(year=year)})

    shown = timeline(snapshot_of(facts(minors(4))), question, today=TODAY)

    assert getattr(shown, name) == TODAY.replace(year=year)
    assert 59 * DAY <= shown.last - shown.first <= 36_525 * DAY
