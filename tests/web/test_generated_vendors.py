"""Feeds and calendars of any vendor name the days that the API names, on every day."""

from datetime import UTC, datetime, time, timedelta

import feedparser
from hypothesis import given, settings
from icalendar import Calendar

from lifecycle.answers.line_ends import line_ends
from lifecycle.answers.matrix import matrix
from lifecycle.answers.public_changes import ChangeFilter
from lifecycle.calendar.days import write_day
from lifecycle.support.status import Status
from lifecycle.web.calendars import render_calendar
from lifecycle.web.feeds import NEWEST, render_feed
from lifecycle.web.product_selections import Selection
from testkit.api_fixtures import in_tests
from testkit.coverage_samples import TODAY
from testkit.coverage_strategies import registered
from testkit.known_snapshots import snapshot_of
from testkit.scales import examples

SETTINGS = in_tests()
BEGUN = set(Status) - {Status.PLANNED, Status.PRERELEASE, Status.UNKNOWN}


def answers(snapshot, today):
    """Give what the matrix says of each line and tier that has begun."""
    return {
        (line.line, tier): answer
        for line in matrix(snapshot, tier=None, at=today, today=today).lines
        for tier, answer in line.tiers.items()
        if answer.status in BEGUN
    }


def in_the_calendar(selection, now):
    """Give each line and tier with its day, and those whose day is but an estimate."""
    calendar = render_calendar(selection, now, SETTINGS, estimates=True)
    days, estimated = {}, set()
    for event in Calendar.from_ical(calendar).events:
        summary = str(event["summary"])
        name, _, tiers = summary.removeprefix("Estimate: ").partition(": last day of support for ")
        for tier in tiers.split(" and "):
            key = (name.removeprefix("Widget "), tier)
            assert key not in days
            days[key] = event.start
            if summary.startswith("Estimate: "):
                estimated.add(key)
    return days, estimated


def in_the_feed(selection, now):
    feed = feedparser.parse(render_feed(selection, ChangeFilter(), now, SETTINGS))
    assert not feed.bozo
    assert len(feed.entries) < NEWEST
    told = {}
    for entry in feed.entries:
        line, _, rest = entry.title.removeprefix("Support for Widget ").partition(" ended for ")
        tiers, _, day = rest.rpartition(" on ")
        told |= {(line, tier): day for tier in tiers.split(" and ")}
    return told


def kept_since(today):
    return today.replace(year=today.year - 1, day=1)


@settings(max_examples=examples(60))
@given(registered())
def test_days_are_the_matrices_before_an_end_on_it_and_after(vendor):
    snapshot = snapshot_of(vendor[0])
    selection = Selection((snapshot,), named=True, tier=None)
    ends = [end.last_day for end in line_ends(snapshot, TODAY) if not end.estimate]

    for day in {TODAY, *ends[-2:]}:
        for today in (day - timedelta(days=1), day, day + timedelta(days=1)):
            now = datetime.combine(today, time(12), UTC)
            answered = answers(snapshot, today)

            days, estimated = in_the_calendar(selection, now)
            assert in_the_feed(selection, now) == {
                key: write_day(answer.supported_until)
                for key, answer in answered.items()
                if answer.supported_until and answer.supported_until < today
            }
            assert {key: days[key] for key in days.keys() - estimated} == {
                key: answer.supported_until
                for key, answer in answered.items()
                if answer.supported_until and answer.supported_until >= kept_since(today)
            }
            assert {key: days[key] for key in estimated} == {
                key: answer.projected_until.median
                for key, answer in answered.items()
                if answer.projected_until and not answer.supported_until
            }
