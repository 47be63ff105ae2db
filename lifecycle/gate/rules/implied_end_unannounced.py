from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.calendar.lengths import add_days
from lifecycle.gate.rules.sentences import counted, owed_evidence, owing
from lifecycle.gate.scenes import BEST_EFFORT
from lifecycle.policy.lead_times import more_releases
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import LineEnd, Scene

ID = "implied-end-unannounced"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """The release pushes a line out of a tier's window, and nobody announced that end of support.

    Why: a release is itself a deprecation; whoever runs the line loses support on a day that no
    notice named. Where notice is promised only on a best-effort basis, or no account runs the line,
    this warns.
    Fix: announce the end of support for the earliest permissible day. The line then stays covered
    until that day, whenever the release goes out.
    """
    for end in scene.ends:
        if end.announced is not None and end.tier in end.announced.days:
            continue
        owed = (end.owed,) if end.owed else ()
        running = {end.tier: end.accounts} if end.accounts else {}
        yield Finding(
            ID,
            f"{scene.version.text} ends support of {end.line} for {end.tier} after"
            f" {add_days(end.effective_on, -1)}, and nobody announced it: {owing(owed)} It is"
            f" run by {counted(running)}. {end.reason}",
            _way_out(scene, end),
            subject=end.line,
            evidence={
                "line": end.line,
                "tier": end.tier,
                "effective_on": end.effective_on.isoformat(),
                "reason": end.reason,
                "owed": owed_evidence(owed),
                "running": running,
            },
            at_most=Severity.WARNING if _little_is_owed(end) else Severity.ERROR,
        )


def _little_is_owed(end: LineEnd) -> bool:
    period = end.owed.period if end.owed else None
    return period in {None, BEST_EFFORT} or not end.accounts


def _way_out(scene: Scene, end: LineEnd) -> str:
    if end.owed is None or end.owed.period is None:
        return (
            f"No notice is required, and the window ends {end.line} with this release;"
            " announce it anyway if anybody should know."
        )
    earliest = end.owed.earliest
    last_day = add_days(max(earliest.day, scene.day, end.effective_on), -1)
    rule = f", and after {more_releases(earliest.rule)}" if earliest.rule else ""
    return (
        f"Announce by {scene.at} that support of {end.line} ends after {last_day}{rule};"
        f" {end.line} stays covered until then, whenever {scene.version.text} goes out."
    )


FAILS = (
    "3.40.0 pushes 3.34 out of Enterprise's five newest minor versions, and nobody announced it."
)
PASSES = "3.40.0 pushes 3.34 out of Enterprise's five newest minor versions, as was announced."
