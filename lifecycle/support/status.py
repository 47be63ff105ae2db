"""Status: what a tier gets for a line or a release on the day asked about, and why."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.calendar.estimates import Estimate
from lifecycle.policy.succession import in_force_or_first
from lifecycle.policy.windows import BestEffort
from lifecycle.support import reasons
from lifecycle.support.evaluation import is_per_release
from lifecycle.support.intervals import (
    End,
    Span,
    State,
    Timeline,
    covers,
    day_before,
    last_covered_before,
    last_day,
    span_on,
)
from lifecycle.support.line_timelines import line_timeline, successor_within
from lifecycle.support.version_ranking import stands_on

if TYPE_CHECKING:
    from lifecycle.policy.policies import Tier
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release


class Status(StrEnum):
    """What a customer is told first."""

    SUPPORTED = "supported"
    ENDING = "ending"
    BEST_EFFORT = "best_effort"
    UNSUPPORTED = "unsupported"
    PRERELEASE = "prerelease"
    WITHDRAWN = "withdrawn"
    PLANNED = "planned"
    UNKNOWN = "unknown"


PROMISED = frozenset({Status.SUPPORTED, Status.ENDING})
"""Support is promised on the day asked about, whether or not its end is near."""

OVER = frozenset({Status.UNSUPPORTED, Status.WITHDRAWN})
"""There is no support on the day asked about, promised or not."""

UNCOVERED = frozenset({Status.UNSUPPORTED, Status.BEST_EFFORT})
"""Nothing is promised on the day asked about."""


class Answer(msgspec.Struct, frozen=True):
    """What one tier gets for one line or version on one day.

    ``supported_until`` is the last day covered. Where that is not fixed yet, ``projected_until``
    estimates it, and ``at_least_until`` is the last day that is certain.
    """

    status: Status
    reason: str
    supported_from: date | None = None
    supported_until: date | None = None
    end: End = End.NONE
    projected_until: Estimate | None = None
    at_least_until: date | None = None


def answer_line(coverage: Coverage, line: str, *, tier: str, at: date) -> Answer:
    """Answer for a line on a day, by the line's newest release of that day.

    Status and reason are those of that release. The days are the line's, whichever of its releases
    were covered on them.
    """
    if (early := _before_policies(coverage, tier, at)) is not None:
        return early
    newest = coverage.newest_in(line, at)
    subject = coverage.subject(line, newest)
    if subject.first is not None and at < subject.first:
        reason = f"{line} comes out on {write_day(subject.first)}."
        first_answer = _line_answer(coverage, line, newest, tier=tier, at=subject.first)
        return _planned(first_answer, reason)
    if not coverage.has_line(line):
        planned = next((member for member in coverage.members(line) if member.planned), None)
        if planned:
            return answer_release(coverage, planned, tier=tier, at=at)
        return Answer(Status.PRERELEASE, f"{line} has no stable release; prereleases are exempt.")
    if (withdrawn := coverage.last_withdrawn(line, at)) is not None:
        return answer_release(coverage, withdrawn, tier=tier, at=at)
    return _line_answer(coverage, line, newest, tier=tier, at=at)


def answer_release(coverage: Coverage, release: Release, *, tier: str, at: date) -> Answer:
    """Answer for one release on a day."""
    if (early := _before_policies(coverage, tier, at)) is not None:
        return early
    if release.planned and release.day <= coverage.today:
        planned_on = write_day(release.day)
        reason = f"{release.version} was planned for {planned_on} and is not released yet."
        return Answer(Status.PLANNED, reason, end=End.UNKNOWN)
    if at < release.day and not release.prerelease:
        verb = "is planned for" if release.planned else "came out only on"
        reason = f"{release.version} {verb} {write_day(release.day)}."
        return _planned(_release_answer(coverage, release, tier=tier, at=release.day), reason)
    if release.prerelease:
        reason = f"{release.version} is a prerelease; prereleases are exempt from support."
        return Answer(Status.PRERELEASE, reason)
    answer = _release_answer(coverage, release, tier=tier, at=at)
    if release.withdrawn_on and not stands_on(release, at):
        return _withdrawn(answer, release, release.withdrawn_on)
    return answer


def _planned(first_answer: Answer, reason: str) -> Answer:
    """Answer for a day before the first: with what will be covered from that day on."""
    return msgspec.structs.replace(first_answer, status=Status.PLANNED, reason=reason)


def _release_answer(coverage: Coverage, release: Release, *, tier: str, at: date) -> Answer:
    timeline = coverage.timeline(tier, release.line, release)
    answer = _answer(coverage, release.line, release, timeline, tier=tier, at=at)
    return _with_successor(coverage, answer, release, tier=tier, at=at)


def _line_answer(
    coverage: Coverage, line: str, newest: Release | None, *, tier: str, at: date
) -> Answer:
    timeline = line_timeline(coverage, line, tier=tier)
    answer = _answer(coverage, line, newest, timeline, tier=tier, at=at)
    if newest is None or not coverage.tells_releases_apart(tier):
        return answer
    if answer.status in PROMISED:
        return _with_successor(coverage, answer, newest, tier=tier, at=at)
    last = last_covered_before(timeline, at)
    own = last_covered_before(coverage.timeline(tier, line, newest), at)
    if answer.status not in UNCOVERED or last is None or last.until is None or own is not None:
        return answer
    last_day = day_before(last.until)
    earlier = coverage.newest_in(line, last_day)
    covered = f"{line} was covered until {write_day(last_day)}"
    reason = f"{answer.reason} {covered}{f', by {earlier.version}' if earlier else ''}."
    return msgspec.structs.replace(answer, reason=reason)


def _with_successor(
    coverage: Coverage, answer: Answer, release: Release, *, tier: str, at: date
) -> Answer:
    """Say of a covered release by which other one its line goes on, if it does."""
    successor = successor_within(coverage, release, tier=tier, at=at)
    if successor is None:
        return answer
    goes_on = f"{release.line} stays covered by {successor.version}: upgrade to it then."
    return msgspec.structs.replace(answer, reason=f"{answer.reason} {goes_on}")


def _answer(
    coverage: Coverage,
    line: str | None,
    release: Release | None,
    timeline: Timeline,
    *,
    tier: str,
    at: date,
) -> Answer:
    policy, terms = coverage.policy_on(at), check_tier(coverage, tier, at=at)
    if policy is None or terms is None:
        return Answer(Status.UNKNOWN, _no_policy(coverage, at), end=End.UNKNOWN)
    subject = coverage.subject(line, release)
    announced = coverage.announced_end(tier, line, release)
    reason = reasons.reason(
        coverage.promises(tier, line, release),
        subject,
        coverage.horizon,
        at,
        announced=announced is not None,
    )
    span = span_on(timeline, at)
    effective_on = announced.days[tier] if announced else date.max
    if announced:
        last = day_before(effective_on)
        window = coverage.window_timeline(tier, line, release)
        reason = _with_announced(
            reason,
            announced.announced_on,
            effective_on,
            today=coverage.today,
            goes_on=covers(timeline, effective_on),
            extends=covers(coverage.timeline(tier, line, release), last)
            and not covers(window, last),
        )
    if span is None or span.state is State.OVER:
        return _uncovered(timeline, span, terms, at, reason, over=at >= effective_on)
    if span.state is State.UNKNOWN:
        return Answer(Status.UNKNOWN, reason, end=End.UNKNOWN)
    is_announced = announced is not None and announced.announced_on <= at
    return _covered(
        span, at, policy.longest_reminder, coverage.today, reason, is_announced=is_announced
    )


def _with_announced(
    reason: str,
    announced_on: date,
    effective_on: date,
    *,
    today: date,
    goes_on: bool,
    extends: bool,
) -> str:
    """Add the announced end; told today, what is still to come is not past on any day.

    Where the window promises more, support ``goes_on`` beyond it; where it promises less, the
    announcement ``extends`` it.
    """
    if goes_on:
        return (
            f"{reason} An end of support, announced on {write_day(announced_on)} for"
            f" {write_day(effective_on)}, does not end it: more is promised."
        )
    if extends:
        verb = "extends" if today < effective_on else "extended"
        return (
            f"{reason} An announcement of {write_day(announced_on)} {verb} support to"
            f" {write_day(day_before(effective_on))}."
        )
    verb = "takes" if today < effective_on else "took"
    return (
        f"{reason} An end of support, announced on {write_day(announced_on)}, {verb} effect on"
        f" {write_day(effective_on)}."
    )


def check_tier(coverage: Coverage, tier: str, *, at: date) -> Tier | None:
    """Return the terms of a tier under the policy in force on a day, or under the first one.

    None where the product has no policy at all, and so promises nothing to anybody.
    """
    policy = in_force_or_first(coverage.facts.policies, at)
    return policy.tier(tier) if policy else None


def tells_releases_apart(coverage: Coverage, tier: str, *, at: date) -> bool:
    """Return whether a tier is covered release by release on a day, not line by line."""
    terms = check_tier(coverage, tier, at=at)
    return terms is not None and is_per_release(terms.window.rule, coverage.horizon.line_grain)


def _covered(
    span: Span, at: date, longest_reminder: int, today: date, reason: str, *, is_announced: bool
) -> Answer:
    last = last_day(span, today=today)
    status = Status.SUPPORTED
    if last.day is not None and (is_announced or (last.day - at).days < longest_reminder):
        status = Status.ENDING
    at_least = last.at_least if last.at_least and last.at_least >= at else None
    return Answer(status, reason, span.first, last.day, last.end, last.projected, at_least)


def _uncovered(
    timeline: Timeline, unstated: Span | None, terms: Tier, at: date, reason: str, *, over: bool
) -> Answer:
    """Answer for a day that no rule covers; what was covered last is still said.

    Best effort goes on until an announced end of support is ``over``.
    """
    best_effort = isinstance(terms.window.rule, BestEffort) and not over
    status = Status.BEST_EFFORT if best_effort else Status.UNSUPPORTED
    last = last_covered_before(timeline, at)
    if last and last.until:
        return Answer(status, reason, last.first, day_before(last.until), End.FIXED)
    return Answer(status, reason, end=End.UNKNOWN if unstated else End.NONE)


def _withdrawn(answer: Answer, release: Release, withdrawn_on: date) -> Answer:
    """Answer that a withdrawn release was covered until the day before, at the latest."""
    first, until = answer.supported_from, answer.supported_until
    last = min(until or date.max, day_before(withdrawn_on))
    reason = f"{release.version} was withdrawn on {write_day(withdrawn_on)}."
    if first is None or last < first:
        return Answer(Status.WITHDRAWN, reason)
    return Answer(Status.WITHDRAWN, reason, first, last, End.FIXED)


def _before_policies(coverage: Coverage, tier: str, at: date) -> Answer | None:
    """Answer for a day before the first policy, on which nothing was promised of any version."""
    check_tier(coverage, tier, at=at)
    if coverage.policy_on(at) is not None:
        return None
    return Answer(Status.UNKNOWN, _no_policy(coverage, at), end=End.UNKNOWN)


def _no_policy(coverage: Coverage, at: date) -> str:
    if not coverage.facts.policies:
        return f"{coverage.facts.product} has no support policy yet."
    first = coverage.facts.policies[0]
    verb = "takes" if first.in_force_from > coverage.today else "took"
    return (
        f"No policy was in force on {write_day(at)}; the first, {first.name} {first.version},"
        f" {verb} effect on {write_day(first.in_force_from)}."
    )
