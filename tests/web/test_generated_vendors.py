"""Feeds and calendars of any vendor name the days that the API names, on every day."""

import re
from datetime import UTC, datetime, time, timedelta

import feedparser
from hypothesis import given, settings

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
from testkit.told_days import ends_in_calendar, kept_since

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
    return ends_in_calendar(calendar, "Widget")


def in_the_feed(selection, now):
    feed = feedparser.parse(render_feed(selection, ChangeFilter(), now, SETTINGS))
    assert not feed.bozo
    assert len(feed.entries) < NEWEST
    told = {}
    for entry in reversed(feed.entries):  # what resumed has ended before
        line, event, rest = re.split(r" (ended|resumed) for |$", entry.title, maxsplit=1)
        tiers, _, day = (rest or "").rpartition(" on ")
        for tier in tiers.lower().split(" and ") if event else ():
            key = (line.removeprefix("Support for Widget "), tier)
            told = told | {key: day} if event == "ended" else without(told, key)
    return told


def without(told, key):
    assert key in told
    return {other: day for other, day in told.items() if other != key}


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

            fixed, estimated = in_the_calendar(selection, now)
            assert in_the_feed(selection, now) == {
                key: write_day(answer.supported_until)
                for key, answer in answered.items()
                if answer.supported_until and answer.supported_until < today
            }
            assert fixed == {
                key: answer.supported_until
                for key, answer in answered.items()
                if answer.supported_until and answer.supported_until >= kept_since(today)
            }
            assert estimated == {
                key: answer.projected_until.median
                for key, answer in answered.items()
                if answer.projected_until and not answer.supported_until
            }
