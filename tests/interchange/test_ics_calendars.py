"""Calendars as programs read them, and by RFC 5545's own rules."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from lifecycle.interchange.ics_calendars import CalendarDay, write_calendar, write_event

DAY = CalendarDay(
    id=UUID(int=7),
    day=date(2026, 12, 31),
    title="Widget 1.0: last day of support for pro",
    paragraphs=("The last day of support.", "Upgrade."),
    link="https://lifecycle.test/products/widget/lines/1.0",
    categories=("Widget", "End of support"),
    moves=2,
    at=datetime(2026, 11, 21, 12, tzinfo=UTC),
)
NASTY = "Ac,me; \"Q\" & 'Co' <script>alert(1)</script> שלום 😀 back\\slash"
printable = st.text(st.characters(exclude_categories=("Cs", "Cc")))


def written(*days, name="Widget", description="What the days mean."):
    events = [write_event(day) for day in days]
    return write_calendar(id=UUID(int=1), name=name, description=description, events=events)


def properties(calendar):
    """Read content lines by hand: unfolded, the name before what follows it."""
    text = calendar.decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75
    unfolded = text.replace("\r\n ", "")
    return [
        tuple(re.split(r"(?<=[A-Z])[:;]", line, maxsplit=1))
        for line in unfolded.split("\r\n")
        if line
    ]


def unescaped(value):
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)


def test_a_day_is_an_event_of_the_whole_day_that_takes_nobodys_time():
    values = dict(properties(written(DAY)))

    assert values["DTSTART"] == "VALUE=DATE:20261231"
    assert values["DTEND"] == "VALUE=DATE:20270101"
    assert values["TRANSP"] == "TRANSPARENT"
    assert values["STATUS"] == "CONFIRMED"
    assert values["SEQUENCE"] == "2"
    assert values["DTSTAMP"] == values["LAST-MODIFIED"] == "20261121T120000Z"
    assert values["CATEGORIES"] == "Widget,End of support"
    assert values["URL"] == DAY.link


def test_a_calendar_says_what_it_is_called_and_how_often_to_look():
    calendar = written(name=NASTY, description=NASTY)

    values = dict(properties(calendar))
    for name in ("NAME", "X-WR-CALNAME", "DESCRIPTION", "X-WR-CALDESC"):
        assert not re.search(r"(?<!\\)[,;]", values[name])
        assert unescaped(values[name]) == NASTY
    assert values["REFRESH-INTERVAL"] == "VALUE=DURATION:PT12H"
    assert values["X-PUBLISHED-TTL"] == "PT12H"
    assert values["VERSION"] == "2.0"
    assert "METHOD" not in values
    assert Calendar.from_ical(calendar).refresh_interval == timedelta(hours=12)


def test_what_a_person_wrote_is_escaped_and_read_back():
    day = msgspec.structs.replace(
        DAY, title=NASTY, paragraphs=(NASTY, "two\nlines"), categories=(NASTY, "b")
    )

    calendar = written(day)

    values = dict(properties(calendar))
    assert unescaped(values["SUMMARY"]) == NASTY
    assert unescaped(values["DESCRIPTION"]) == f"{NASTY}\ntwo\nlines"
    (event,) = Calendar.from_ical(calendar).events
    assert event["summary"] == NASTY
    assert event.categories == [NASTY, "b"]


@given(title=printable, paragraph=printable, name=printable)
def test_any_text_is_folded_within_75_octets_and_read_back(title, paragraph, name):
    day = msgspec.structs.replace(DAY, title=title, paragraphs=(paragraph,))

    calendar = written(day, name=name)

    values = dict(properties(calendar))
    assert unescaped(values["SUMMARY"]) == " ".join(title.split())
    assert unescaped(values["DESCRIPTION"]) == paragraph
    assert unescaped(values["NAME"]) == name


def test_the_calendars_last_day_has_no_day_after_it():
    values = dict(properties(written(msgspec.structs.replace(DAY, day=date.max))))

    assert values["DTSTART"] == "VALUE=DATE:99991231"
    assert "DTEND" not in values


def test_what_was_withdrawn_is_cancelled():
    values = dict(properties(written(msgspec.structs.replace(DAY, cancelled=True))))

    assert values["STATUS"] == "CANCELLED"


def test_a_long_reason_is_cut():
    values = dict(properties(written(msgspec.structs.replace(DAY, paragraphs=("word " * 2000,)))))

    assert len(values["DESCRIPTION"]) <= 1501
    assert values["DESCRIPTION"].endswith("word…")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_calendar_holds_the_events_it_was_given_and_is_the_same_each_time(count):
    days = [msgspec.structs.replace(DAY, id=UUID(int=number)) for number in range(count)]

    calendar = written(*days)

    assert calendar == written(*days)
    uids = [event["uid"] for event in Calendar.from_ical(calendar).events]
    assert uids == [str(UUID(int=number)) for number in range(count)]
