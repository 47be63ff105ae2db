from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.business import (
    BusinessHours,
    add_business_days,
    due,
    is_business_day,
    next_opening,
)

NEW_YORK = ZoneInfo("America/New_York")
WEEK = frozenset(range(5))
EASTERN = BusinessHours(WEEK, time(9), time(18), "US", NEW_YORK)
instants = st.integers(946684800, 2208988800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def eastern(text):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("opened", "days", "expected"),
    [
        ("2026-11-13T17:30", 2, "2026-11-17T17:30"),  # Friday
        ("2026-11-14T12:00", 2, "2026-11-17T18:00"),  # Saturday
        ("2026-11-15T23:59", 2, "2026-11-17T18:00"),  # Sunday
        ("2026-11-16T07:00", 2, "2026-11-17T18:00"),  # Monday, before opening
        ("2026-11-16T09:00", 2, "2026-11-18T09:00"),
        ("2026-11-13T18:00", 2, "2026-11-17T18:00"),
        ("2026-11-13T22:00", 2, "2026-11-17T18:00"),
        ("2026-11-25T10:00", 2, "2026-11-30T10:00"),  # over Thanksgiving
        ("2026-11-26T10:00", 2, "2026-11-30T18:00"),  # on it: Friday and Monday
        ("2026-03-06T17:30", 2, "2026-03-10T17:30"),  # over the start of daylight saving
        ("2026-10-30T17:30", 2, "2026-11-03T17:30"),  # over its end
        ("2027-12-30T10:00", 1, "2028-01-03T10:00"),  # 1 January 2028 is observed on the Friday
    ],
)
def test_a_response_is_due_in_business_time(opened, days, expected):
    assert due(eastern(opened), days, EASTERN) == eastern(expected)


def test_a_due_instant_is_given_in_utc():
    answer = due(eastern("2026-11-13T17:30"), 2, EASTERN)

    assert answer.isoformat() == "2026-11-17T22:30:00+00:00"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-13T08:59", "2026-11-13T09:00"),
        ("2026-11-13T09:00", "2026-11-13T09:00"),
        ("2026-11-13T17:59", "2026-11-13T17:59"),
        ("2026-11-13T18:00", "2026-11-16T09:00"),
        ("2026-11-25T19:00", "2026-11-27T09:00"),
        ("2026-03-07T12:00", "2026-03-09T09:00"),
    ],
)
def test_the_next_opening_is_when_people_are_there(instant, expected):
    assert next_opening(eastern(instant), EASTERN) == eastern(expected)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-11-13", 1, "2026-11-16"),
        ("2026-11-14", 1, "2026-11-16"),
        ("2026-11-13", 10, "2026-11-30"),
        ("2026-11-13", 0, "2026-11-13"),
        ("9999-12-30", 5, "9999-12-31"),
    ],
)
def test_business_days_start_the_day_after(day, count, expected):
    assert add_business_days(date.fromisoformat(day), count, EASTERN).isoformat() == expected


def test_holidays_of_a_part_of_a_country_count():
    everywhere = BusinessHours(frozenset(range(7)), time(0), time(23, 59), None, NEW_YORK)
    texas = BusinessHours(WEEK, time(9), time(18), "US-TX", NEW_YORK)

    assert is_business_day(date(2026, 12, 25), everywhere)
    assert not is_business_day(date(2026, 11, 27), texas)
    assert is_business_day(date(2026, 11, 27), EASTERN)


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        (frozenset(), time(9), time(18)),
        (WEEK, time(18), time(9)),
        (frozenset({7}), time(9), time(18)),
    ],
)
def test_hours_that_never_open_are_refused(days, opens, closes):
    with pytest.raises(ValueError, match="must open before they close"):
        BusinessHours(days, opens, closes, None, NEW_YORK)


@pytest.mark.parametrize("instant", [datetime.min, datetime.max])  # noqa: DTZ901
def test_the_ends_of_the_calendar_break_nothing(instant):
    aware = instant.replace(tzinfo=UTC)

    assert due(aware, 2, EASTERN).tzinfo is UTC
    assert next_opening(aware, EASTERN).tzinfo is UTC


@given(instants, st.integers(1, 15))
def test_due_lies_in_business_time_so_many_days_on(opened, days):
    answer = due(opened, days, EASTERN).astimezone(NEW_YORK)

    first = opened.astimezone(NEW_YORK).date()
    between = [first + timedelta(days=n) for n in range((answer.date() - first).days + 1)]
    worked = [day for day in between if is_business_day(day, EASTERN)]
    assert is_business_day(answer.date(), EASTERN)
    assert EASTERN.open <= answer.time() <= EASTERN.close
    assert len(worked) in (days, days + 1)
    assert answer > opened


@given(instants, st.timedeltas(timedelta(0), timedelta(days=9)), st.integers(1, 5))
def test_what_is_opened_later_is_never_due_earlier(opened, later, days):
    assert due(opened, days, EASTERN) <= due(opened + later, days, EASTERN)


@given(instants)
def test_the_next_opening_is_open_and_not_past(instant):
    opening = next_opening(instant, EASTERN).astimezone(NEW_YORK)

    assert opening >= instant
    assert is_business_day(opening.date(), EASTERN)
    assert EASTERN.open <= opening.time() < EASTERN.close
