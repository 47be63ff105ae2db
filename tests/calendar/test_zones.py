from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.zones import (
    UnknownZone,
    instant_of,
    local_day,
    next_midnight,
    stored_zone,
    zone,
)

instants = st.integers(-631152000, 2840140800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "America/Havana",
        "Africa/Cairo",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "Atlantic/Azores",
    ]
).map(ZoneInfo)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_zone_is_known_by_its_name(name):
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "../etc/passwd",
        "/etc/localtime",
        "America",
        "europe/berlin",
        "UTC\0",
        "localtime",
        "E" * 10_000,
        "\ud800",
    ],
)
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(UnknownZone, match="is not a known time zone") as refusal:
        zone(name)

    assert refusal.value.problems[0].field == "timezone"


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "../etc/passwd", "E" * 10_000])
def test_a_stored_zone_that_is_forgotten_since_is_refused_as_an_unknown_one(name):
    assert stored_zone("Europe/Berlin") is zone("Europe/Berlin")
    with pytest.raises(UnknownZone, match="is not a known time zone"):
        stored_zone(name)


def test_a_refused_zone_is_told_the_nearest():
    with pytest.raises(UnknownZone, match="did you mean `Europe/Berlin"):
        zone("Europe/Berlni")


@pytest.mark.parametrize(
    ("instant", "name", "expected"),
    [
        ("2026-01-01T04:59:59+00:00", "America/New_York", "2025-12-31"),
        ("2026-01-01T05:00:00+00:00", "America/New_York", "2026-01-01"),
        ("2026-01-01T12:00:00+00:00", "Pacific/Kiritimati", "2026-01-02"),
        ("0001-01-01T00:00:00+00:00", "America/New_York", "0001-01-01"),
        ("9999-12-31T23:00:00+00:00", "Asia/Tokyo", "9999-12-31"),
    ],
)
def test_an_instant_falls_on_a_local_day(instant, name, expected):
    assert local_day(datetime.fromisoformat(instant), zone(name)).isoformat() == expected


@pytest.mark.parametrize(
    ("instant", "name", "expected"),
    [
        ("2026-03-28T12:00:00+00:00", "Europe/Berlin", "2026-03-28T23:00:00+00:00"),
        ("2026-03-29T12:00:00+00:00", "Europe/Berlin", "2026-03-29T22:00:00+00:00"),
        ("2018-11-03T12:00:00+00:00", "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        ("2011-12-29T12:00:00+00:00", "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        ("9999-12-31T12:00:00+00:00", "UTC", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_day_ends_at_the_next_midnight(instant, name, expected):
    assert next_midnight(datetime.fromisoformat(instant), zone(name)).isoformat() == expected


def test_an_instant_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="needs its zone"):
        local_day(datetime(2026, 1, 1), zone("UTC"))  # noqa: DTZ001


@given(instants, zones)
def test_at_midnight_the_day_changes_and_not_before(instant, where):
    midnight = next_midnight(instant, where)

    assert instant < midnight
    assert local_day(midnight - timedelta(microseconds=1), where) == local_day(instant, where)
    assert local_day(midnight, where) > local_day(instant, where)


@given(st.dates(date(1950, 1, 1), date(2060, 1, 1)), zones)
def test_the_first_instant_of_a_day_lies_on_it_unless_it_was_skipped(day, where):
    assert local_day(instant_of(day, time(12), where), where) - day <= timedelta(days=1)
