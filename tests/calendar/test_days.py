from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.days import NoSuchDay, parse_day
from lifecycle.calendar.lengths import Length, add_days, add_months

dates = st.dates()


@given(dates)
def test_a_day_is_read_as_it_is_written(day):
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "2026-2-3",
        "20260203",
        "2026-W05-1",
        "2026-01-31T00:00",
        " 2026-01-31",
        "2026-01-31\n",
        "0000-01-01",
        "10000-01-01",
        "٢٠٢٦-01-31",
        "today",
        "2026-13-01",
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(
        NoSuchDay, match=r"until: .* is not a valid date; use YYYY-MM-DD"
    ) as refusal:
        parse_day(text, field="until")

    assert refusal.value.problems[0].field == "until"


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_refused(text):
    try:
        parsed = parse_day(text)
    except NoSuchDay:
        return
    assert parsed.isoformat() == text


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-12-31", 2, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("9999-12-01", 1, "9999-12-31"),
        ("0001-01-31", -1, "0001-01-01"),
    ],
)
def test_months_clamp_to_shorter_months_and_the_calendar(day, months, expected):
    assert add_months(date.fromisoformat(day), months).isoformat() == expected


@given(dates, st.integers(-200_000, 200_000), st.integers(-4_000_000, 4_000_000))
def test_no_length_leaves_the_calendar(day, months, days):
    assert date.min <= Length(months, days).after(day) <= date.max


@given(dates, dates, st.integers(0, 600))
def test_adding_months_keeps_the_order_of_days(one, other, months):
    low, high = sorted((one, other))

    assert add_months(low, months) <= add_months(high, months)


@given(dates, st.integers(0, 1000))
def test_days_add_up(day, days):
    assert add_days(add_days(day, days), days) == add_days(day, 2 * days)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (Length(), "0 days"),
        (Length(months=1), "1 month"),
        (Length(months=24), "2 years"),
        (Length(months=18), "18 months"),
        (Length(months=12, days=1), "1 year and 1 day"),
    ],
)
def test_a_length_reads_as_people_say_it(length, text):
    assert str(length) == text
