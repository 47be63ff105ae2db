from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.calendar.lengths import add_days
from lifecycle.gate.rules.sentences import (
    announcement_evidence,
    counted,
    owed_evidence,
    requirement,
)
from lifecycle.gate.scenes import BEST_EFFORT
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.gate.scenes import Announcement, LineEnd, Scene
    from lifecycle.policy.lead_times import Owed

ID = "implied-end-too-soon"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """The release ends support of a line before its tier had the notice it was promised.

    Why: an end that a release causes takes effect on the later of its announced day and the
    release; both may come before the days that were promised. A release before the announced day
    does no harm: the line stays covered until then. Where notice is promised only on a
    best-effort basis, or no account runs the line, this warns.
    Fix: release later, or postpone the announced end; the line then stays covered until its day.
    """
    for end in scene.ends:
        owed = _owed(end.announced, end.tier)
        if end.announced is None or owed is None or end.announced.waiver is not None:
            continue
        effective = max(end.announced.days[end.tier], scene.day)
        missing = _missing(owed, effective, scene.day)
        if effective < owed.earliest.day or missing is not None:
            rule = f", once {missing} are out" if missing else ""
            yield Finding(
                ID,
                f"{scene.version.text} ends support of {end.line} for {end.tier} after"
                f" {add_days(effective, -1)}, announced on {end.announced.announced_on}:"
                f" {requirement(owed)}, which allows it from {owed.earliest.day}{rule}. It is run"
                f" by {counted(_running(end))}.",
                _way_out(end, owed, effective, missing),
                subject=end.line,
                evidence=announcement_evidence(end.announced)
                | {
                    "line": end.line,
                    "tier": end.tier,
                    "ends_on": effective.isoformat(),
                    "owed": owed_evidence((owed,)),
                    "running": _running(end),
                },
                at_most=Severity.WARNING if _little_is_owed(owed, end) else Severity.ERROR,
            )


def _owed(announced: Announcement | None, tier: str) -> Owed | None:
    """Return what a tier is owed counted from the announcement, if that concerns it at all."""
    if announced is None or tier not in announced.days:
        return None
    return next((period for period in announced.owed if period.tier == tier), None)


def _missing(owed: Owed, effective: date, day: date) -> str | None:
    """Say which releases had to come first; an end that is announced for later can wait for them.

    Were they missing then too, no release could ever be the first of them.
    """
    return owed.earliest.rule if effective == day else None


def _little_is_owed(owed: Owed, end: LineEnd) -> bool:
    return owed.period == BEST_EFFORT or not end.accounts


def _running(end: LineEnd) -> dict[str, int]:
    return {end.tier: end.accounts} if end.accounts else {}


def _way_out(end: LineEnd, owed: Owed, effective: date, missing: str | None) -> str:
    day = max(owed.earliest.day, effective)
    if missing is not None:
        return (
            f"Release once {missing} are out, on or after {day}; or postpone the announced end of"
            f" {end.line} beyond that, and it stays covered until then."
        )
    return (
        f"Release on or after {day}; or postpone the announced end of {end.line} to {day}, and it"
        " stays covered until then."
    )


FAILS = (
    "3.40.0 pushes 3.34 out of Enterprise's window today, announced 89 days ago; 90 are required."
)
PASSES = "3.40.0 pushes 3.34 out of Enterprise's window today, announced 90 days ago, as required."
