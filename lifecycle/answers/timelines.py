"""Timelines: what each tier gets for the lines of a product over time, as pictures show it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.response_structs import PolicyOut, SupportOut
from lifecycle.answers.timeline_markers import MarkerOut, markers
from lifecycle.answers.timeline_questions import LONGEST_YEARS, TimelineQuestion, check_names
from lifecycle.calendar.estimates import Estimate
from lifecycle.calendar.lengths import add_days, add_months
from lifecycle.support.facts import DeclaredDay, Line
from lifecycle.support.intervals import End
from lifecycle.support.status import answer_line
from lifecycle.support.stretches import COVERED, Stretch, StretchState, stretches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage

MOST_LINES = 200
FEWEST_LINES = 5
"""How many of the highest lines are shown where none is covered, planned or newly ended."""
FEWEST_DAYS = 30
FEWEST_MONTHS = 2
MOST_MONTHS = 12 * LONGEST_YEARS
MOST_YEARS = 50
"""How far back, and how far ahead, days are shown that nobody asked for."""


class StretchOut(msgspec.Struct, frozen=True, kw_only=True):
    """Days in one state: ``first`` and ``last`` belong to them.

    ``last`` is None where no day is fixed; ``end`` then says why, ``projected_last`` estimates the
    day, ``at_least_until`` is the last that is certain and ``latest`` the last that is possible.
    """

    state: StretchState
    first: date
    last: date | None
    end: End
    projected_last: Estimate | None = None
    at_least_until: date | None = None
    latest: date | None = None

    @classmethod
    def of(cls, stretch: Stretch) -> StretchOut:
        """Show a stretch as it is."""
        last = stretch.last
        return cls(
            state=stretch.state,
            first=stretch.first,
            last=last.day,
            end=last.end,
            projected_last=last.projected,
            at_least_until=last.at_least,
            latest=stretch.until,
        )


class LaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier gets for a line: today's cell of the matrix, and all days since the first."""

    tier: str
    answer: SupportOut
    stretches: tuple[StretchOut, ...]


class TimelineLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line with a lane for each tier; ``released_on`` may lie ahead."""

    line: str
    codename: str | None
    lts: DeclaredDay | None
    released_on: date | None
    lanes: tuple[LaneOut, ...]


class TimelineOut(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to draw of a product's lines, the highest first, from one day to another.

    ``lines_known`` counts the product's lines; ``lines_left_out`` those that were asked for, or
    matter today, and found no room. Days are those of ``timezone``, the policy's.
    """

    product: str
    name: str
    today: date
    first: date
    last: date
    timezone: str
    policy: PolicyOut | None
    tiers: tuple[str, ...]
    lines: tuple[TimelineLineOut, ...]
    markers: tuple[MarkerOut, ...]
    lines_known: int
    lines_left_out: int


def timeline(snapshot: Snapshot, question: TimelineQuestion, *, today: date) -> TimelineOut:
    """Return the lines that were asked for, or those that matter, with their days.

    By default those matter that a tier covers, that ended within the last year, that are planned,
    or of which nothing is declared. An unknown tier or line is refused.
    """
    coverage = snapshot.coverage(today)
    names, tiers = coverage.line_names()[::-1], coverage.tier_names(today)
    check_names(question, product=snapshot.slug, tiers=tiers, lines=names)
    tiers = [tier for tier in tiers if not question.tiers or tier in question.tiers]
    chosen = _chosen(coverage, question, names, tiers)
    lines = tuple(_line(coverage, name, tiers) for name in chosen[:MOST_LINES])
    marked = markers(snapshot, lines={line.line for line in lines}, tiers=tiers, today=today)
    policy = snapshot.policy_on(today)
    first, last = _shown_days(question, lines, [marker.day for marker in marked], today)
    return TimelineOut(
        product=snapshot.slug,
        name=snapshot.known.name,
        today=today,
        first=first,
        last=last,
        timezone=policy.timezone if policy else "UTC",
        policy=PolicyOut.of(policy),
        tiers=tuple(tiers),
        lines=lines,
        markers=tuple(marker for marker in marked if first <= marker.day <= last),
        lines_known=len(names),
        lines_left_out=max(len(chosen) - MOST_LINES, 0),
    )


def _chosen(
    coverage: Coverage, question: TimelineQuestion, names: list[str], tiers: list[str]
) -> list[str]:
    if question.every_line:
        return names
    if question.lines:
        return [name for name in names if name in question.lines]
    today = coverage.today
    if coverage.policy_on(today) is None:
        return names[:FEWEST_LINES]
    mattering = [name for name in names if any(_matters(coverage, name, tier) for tier in tiers)]
    return mattering or names[:FEWEST_LINES]


def _matters(coverage: Coverage, line: str, tier: str) -> bool:
    today, first = coverage.today, coverage.subject(line).first
    if first is not None and first > today:
        return True
    recent = stretches(coverage, line, tier=tier, since=add_months(today, -12))
    return any(
        stretch.state in COVERED
        or (
            stretch.state is StretchState.UNKNOWN
            and stretch.first <= today <= (stretch.until or today)
        )
        for stretch in recent
    )


def _line(coverage: Coverage, name: str, tiers: list[str]) -> TimelineLineOut:
    line = coverage.declared_lines.get(name, Line(name))
    return TimelineLineOut(
        line=name,
        codename=line.codename,
        lts=line.lts,
        released_on=coverage.subject(name).first,
        lanes=tuple(_lane(coverage, name, tier) for tier in tiers),
    )


def _lane(coverage: Coverage, name: str, tier: str) -> LaneOut:
    answer = answer_line(coverage, name, tier=tier, at=coverage.today)
    cut = stretches(coverage, name, tier=tier)
    return LaneOut(
        tier=tier, answer=SupportOut.of(answer), stretches=tuple(map(StretchOut.of, cut))
    )


def _shown_days(
    question: TimelineQuestion,
    lines: tuple[TimelineLineOut, ...],
    marked: list[date],
    today: date,
) -> tuple[date, date]:
    """Choose the first and the last day to show; what was asked for stays."""
    cut = [stretch for line in lines for lane in line.lanes for stretch in lane.stretches]
    days = [today, *marked, *(day for stretch in cut for day in _days_of(stretch))]
    earliest = max(min(days), add_months(today, -12 * MOST_YEARS))
    latest = min(max(days), add_months(today, 12 * MOST_YEARS))
    room = max((latest - earliest).days // 12, FEWEST_DAYS)
    first = question.first or add_days(earliest, -room // 4).replace(day=1)
    last = question.last or _month_end(add_days(latest, room))
    if question.first is None:
        first = min(max(first, add_months(last, -MOST_MONTHS)), add_months(last, -FEWEST_MONTHS))
    elif question.last is None:
        last = max(min(last, add_months(first, MOST_MONTHS)), add_months(first, FEWEST_MONTHS))
    return first, last


def _days_of(stretch: StretchOut) -> Iterator[date]:
    """Yield the days that a picture of a stretch should hold."""
    has_ended = stretch.last is not None
    if stretch.state is StretchState.UNSUPPORTED or (
        stretch.state is StretchState.UNKNOWN and has_ended
    ):
        return
    yield stretch.first
    ahead = (stretch.last, stretch.at_least_until)
    yield from (day for day in ahead if day is not None)
    if stretch.projected_last is not None:
        yield stretch.projected_last.latest


def _month_end(day: date) -> date:
    return add_days(add_months(day.replace(day=1), 1), -1)
