"""Simulation: what a release, a policy or a declared day would change for each line and tier."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.lengths import add_days
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import End
from lifecycle.support.status import PROMISED, UNCOVERED, Answer, Status, answer_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from lifecycle.policy.policies import Policy
    from lifecycle.support.facts import Facts, Line


class CoverageChange(msgspec.Struct, frozen=True):
    """What a tier gets for a line without and with the change; None where there is nothing."""

    line: str
    tier: str
    before: Answer | None
    after: Answer | None

    @property
    def differs(self) -> bool:
        """Whether status, last day or kind of end changes; a new reason or estimate is none."""
        return _outcome(self.before) != _outcome(self.after)


class ImpliedEnd(msgspec.Struct, frozen=True):
    """An end of support that follows from the change, with no notice written.

    ``effective_on`` is the first day without support, ``days_ahead`` counts from today.
    """

    line: str
    tier: str
    effective_on: date
    days_ahead: int
    reason: str


class Simulation(msgspec.Struct, frozen=True):
    """All that a change would do, as seen on the day ``at``."""

    at: date
    changes: tuple[CoverageChange, ...]
    implied_ends: tuple[ImpliedEnd, ...]


def with_policy(facts: Facts, policy: Policy, *, today: date) -> Facts:
    """Let a policy succeed those before its day, or take the place of one of that day.

    What came out on that day before, if it has come, keeps the promises of the one succeeded.
    """
    day = policy.in_force_from
    policies = [p for p in facts.policies if p.in_force_from != day]
    if day <= today and len(policies) == len(facts.policies):
        facts = _preceding(facts, day)
    ordered = sorted([*policies, policy], key=lambda entered: entered.in_force_from)
    return msgspec.structs.replace(facts, policies=tuple(ordered))


def _preceding(facts: Facts, day: date) -> Facts:
    """Mark what came out on the first day of a policy that is only now entered."""
    replace = msgspec.structs.replace
    releases = tuple(
        replace(release, precedes_policy=True)
        if release.day == day and not release.planned
        else release
        for release in facts.releases
    )
    lines = tuple(
        replace(line, precedes_policy=True) if line.released_on == day else line
        for line in facts.lines
    )
    return replace(facts, releases=releases, lines=lines)


def with_entered(facts: Facts, policy: Policy, *, today: date) -> Facts:
    """Let a policy be entered, in the place of one of its version where there is one.

    One that keeps its first day is only corrected: what came out since then has its promises alone.
    """
    replaced = next((p for p in facts.policies if p.version == policy.version), None)
    if replaced is not None and replaced.in_force_from != policy.in_force_from:
        standing = tuple(entered for entered in facts.policies if entered is not replaced)
        facts = msgspec.structs.replace(facts, policies=standing)
    return with_policy(facts, policy, today=today)


def with_line(facts: Facts, line: Line) -> Facts:
    """Let a line declare something else."""
    lines = tuple(declared for declared in facts.lines if declared.name != line.name)
    return msgspec.structs.replace(facts, lines=(*lines, line))


def simulate(before: Facts, after: Facts, *, at: date, today: date) -> Simulation:
    """Compare what two states of the facts give each line and tier on the day ``at``.

    A change is one of status, last day or kind of end; a new reason or estimate alone is none.
    """
    return compare(Coverage(before, today=today), Coverage(after, today=today), at=at)


def compare(old: Coverage, new: Coverage, *, at: date) -> Simulation:
    """Compare what two states cover, as ``simulate`` does; what one of them alone has, too."""
    return _compared(old, new, [*new.line_names(), *_lines_gone(old, new)], at=at)


def compare_releases(old: Coverage, new: Coverage, versions: Collection[str]) -> Simulation:
    """Compare what is covered without and with releases, on the day of the latest of them.

    Nothing else may differ: then a line without any of them has the same releases on both sides,
    and is answered otherwise only if it is covered on other days.
    """
    added = [release for release in new.facts.releases if release.version in versions]
    own, at = {release.line for release in added}, max(release.day for release in added)
    tiers = {day: new.tier_names(day) for day in _days_of_ends(new, at)}
    moved = [line for line in new.line_names() if line in own or _moved(old, new, line, tiers)]
    return _compared(old, new, moved, at=at)


def _moved(old: Coverage, new: Coverage, line: str, tiers: Mapping[date, Iterable[str]]) -> bool:
    for day, names in tiers.items():
        newest = new.newest_in(line, day)
        if any(old.timeline(t, line, newest) != new.timeline(t, line, newest) for t in names):
            return True
    return False


def _compared(old: Coverage, new: Coverage, lines: Collection[str], *, at: date) -> Simulation:
    ends: dict[tuple[str, str], ImpliedEnd] = {}
    for day in reversed(_days_of_ends(new, at)):
        changes = [change for change in _side_by_side(old, new, lines, at=day) if change.differs]
        implied = [end for change in changes if (end := _implied_end(old, new, change, at=at))]
        ends |= {(end.line, end.tier): end for end in implied if (end.line, end.tier) not in ends}
    return Simulation(at, tuple(changes), tuple(ends.values()))


def _days_of_ends(new: Coverage, at: date) -> list[date]:
    """Return the day asked about, and those after it until today on which a policy set in.

    What happened before a policy covered anything ends what that policy would cover.
    """
    first_days = [policy.in_force_from for policy in new.facts.policies]
    return [at, *(day for day in first_days if at < day <= new.today)]


def side_by_side(old: Coverage, new: Coverage, *, at: date) -> Iterator[CoverageChange]:
    """Yield what each tier gets for each line of two states, whether that changes or not.

    The highest line comes first, and last what only the old state has.
    """
    lines = [*reversed(new.line_names()), *reversed(_lines_gone(old, new))]
    return _side_by_side(old, new, lines, at=at)


def _lines_gone(old: Coverage, new: Coverage) -> list[str]:
    """Return the lines that only the old state has."""
    return [line for line in old.line_names() if not new.has_line(line)]


def _side_by_side(
    old: Coverage, new: Coverage, lines: Iterable[str], *, at: date
) -> Iterator[CoverageChange]:
    tiers = dict.fromkeys([*new.tier_names(at), *old.tier_names(at)])
    for line in lines:
        for tier in tiers:
            yield _change(old, new, line=line, tier=tier, at=at)


def _change(old: Coverage, new: Coverage, *, line: str, tier: str, at: date) -> CoverageChange:
    return CoverageChange(line, tier, _answer(old, line, tier, at), _answer(new, line, tier, at))


def _answer(coverage: Coverage, line: str, tier: str, at: date) -> Answer | None:
    is_known = coverage.has_line(line) and _has(coverage, tier, at)
    return answer_line(coverage, line, tier=tier, at=at) if is_known else None


def _has(coverage: Coverage, tier: str, at: date) -> bool:
    return tier in coverage.tier_names(at)


def _outcome(answer: Answer | None) -> tuple[Status, date | None, End | None] | None:
    """Reduce an answer to what matters: when something not covered once ended does not."""
    if answer is None:
        return None
    if answer.status not in PROMISED:
        return (answer.status, None, None)
    return (answer.status, answer.supported_until, answer.end)


def _implied_end(
    old: Coverage, new: Coverage, change: CoverageChange, *, at: date
) -> ImpliedEnd | None:
    """Tell an end that would not have come, or not so soon, without the change."""
    line, tier, today = change.line, change.tier, new.today
    if not new.has_line(line):
        before = change.before
        # A line that was not covered yet, as of a plan, loses nothing.
        is_covered = before is not None and before.status in PROMISED
        if before is None or not is_covered or (before.supported_from or at) > today:
            return None
        return ImpliedEnd(line, tier, at, (at - today).days, f"no release of {line} is left")
    effective_on = _day_brought_forward(old, change) or _day_prevented(change)
    if change.after is None or effective_on is None:
        return None
    return ImpliedEnd(line, tier, effective_on, (effective_on - today).days, change.after.reason)


def _day_brought_forward(old: Coverage, change: CoverageChange) -> date | None:
    """Return the day after the last one covered, if it was covered without the change."""
    after = change.after
    if after is None or after.end is not End.FIXED or after.supported_until is None:
        return None
    effective_on = add_days(after.supported_until, 1)
    without = _answer(old, change.line, change.tier, effective_on)
    return effective_on if without is not None and without.status in PROMISED else None


def _day_prevented(change: CoverageChange) -> date | None:
    """Return the first of the days covered without the change, if it leaves none of them.

    So it is on a policy's first day: there is no day before on which that policy covered the line.
    """
    before, after = change.before, change.after
    if before is None or before.status not in PROMISED or after is None:
        return None
    is_uncovered = after.status in UNCOVERED and after.end is not End.UNKNOWN
    return before.supported_from if is_uncovered else None
