from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.calendar.lengths import add_days
from lifecycle.gate.rules.outstanding_waits import Wait, reasons, wait_evidence, wait_for, way_out
from lifecycle.gate.rules.sentences import (
    announcement_evidence,
    by_announcing,
    counted,
    owed_evidence,
)
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Announcement, Drop, Scene

ID = "line-dropped-early"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """The manifest drops a line that a tier still has support for, or may have.

    Why: the tier's window, or an announced end, decides until when the line is covered, and
    customers plan with that day. An announced end earlier than the window has no effect without a
    waiver. If no end is declared, the gate cannot decide and does not pass.
    Fix: drop the line once its last covered day is over, or announce its end and wait for that day.
    """
    for drop in scene.drops:
        announcement = (
            drop.announced if drop.announced and drop.tier in drop.announced.days else None
        )
        wait = wait_for(announcement, scene, drop.tier) if announcement else None
        if drop.covered is False or (
            announcement is not None and not wait and _ends(drop, announcement)
        ):
            continue
        yield Finding(
            ID,
            f"{_covered(drop)}, and {scene.version.text} drops it on {scene.day}"
            f"{f': {reasons(wait)}' if wait else ''}."
            f" Run by {counted({drop.tier: drop.accounts})}.",
            _way_out(drop, wait, scene),
            subject=drop.line,
            evidence=_evidence(drop, wait),
            path=drop.path,
        )


def _ends(drop: Drop, announcement: Announcement) -> bool:
    """Return whether an announced end ends the line, or the window still promises more.

    Coverage ends with an announcement that is in force; what is covered then, the window covers.
    """
    return drop.covered is None or announcement.waiver is not None


def _covered(drop: Drop) -> str:
    if drop.covered is None:
        return f"The end of coverage of {drop.line} for {drop.tier} is not declared"
    until = "with no end known"
    if drop.supported_until is not None:
        until = f"until {drop.supported_until}"
    elif drop.projected_until is not None:
        until = f"until about {drop.projected_until} (an estimate)"
    return f"{drop.line} is covered for {drop.tier} {until}"


def _way_out(drop: Drop, wait: Wait | None, scene: Scene) -> str:
    """Wait for the announced end, else for the covered days to be over, else announce an end."""
    if wait:
        return way_out(wait, f"keep {drop.line}", scene.day)
    if drop.supported_until is not None:
        return f"Drop {drop.line} on or after {add_days(drop.supported_until, 1)}."
    if wait is not None:
        return f"Keep {drop.line} until the window of {drop.tier} no longer covers it."
    first = "Declare when its coverage ends" if drop.covered is None else f"Keep {drop.line}"
    owed = [drop.owed] if drop.owed and drop.owed.period is not None else []
    alternative = by_announcing(owed, scene.at) if owed else "announce the end of its support"
    return f"{first}, {'or' if drop.covered is None else 'and'} {alternative}."


def _evidence(drop: Drop, wait: Wait | None) -> dict[str, Any]:
    """Return what the tier has of the line, by which rule, and what is announced and owed."""
    until = drop.supported_until
    evidence = announcement_evidence(None) if wait is None else wait_evidence(wait)
    return {"owed": owed_evidence([drop.owed] if drop.owed else []), **evidence} | {
        "tier": drop.tier,
        "covered": drop.covered,
        "supported_until": until.isoformat() if until else None,
        "reason": drop.reason,
        "running": {drop.tier: drop.accounts},
    }


FAILS = "3.40.0 drops 3.34 on the last day that Enterprise is covered."
PASSES = "3.40.0 drops 3.34 the day after Enterprise was last covered."
