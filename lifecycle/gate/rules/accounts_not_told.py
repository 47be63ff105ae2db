from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.carried_out import carried_out
from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.rules.carried_out import CarriedOut
    from lifecycle.gate.scenes import Scene

ID = "accounts-not-told"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """The release carries out an announcement of which affected accounts were never notified.

    Why: notice is proven, not assumed. An account without a delivery, and without a recorded
    reason why it has none, finds out when something breaks.
    Fix: see who was not notified in the deprecation's reach, and notify them before the release.
    """
    for change in carried_out(scene):
        audience = change.announced.audience
        not_told = {tier: count for tier, count in audience.not_told.items() if count}
        if not not_told and not audience.unfilled:
            continue
        yield from (_finding(change, subject, not_told) for subject in change.subjects)


def _finding(change: CarriedOut, subject: str, not_told: dict[str, int]) -> Finding:
    """Tell it of each feature or line by itself: a waiver is for one of them."""
    audience = change.announced.audience
    return Finding(
        ID,
        f"{subject}: announced on {change.announced.announced_on}, but"
        f" {' and '.join(_told(not_told, unfilled=audience.unfilled))}.",
        f"Before the release, {', and '.join(_ways_out(change, not_told))}.",
        subject=subject,
        evidence=announcement_evidence(change.announced)
        | {
            "affected": audience.affected,
            "not_told": not_told,
            "unfilled": audience.unfilled,
        },
        path=change.path,
    )


def _told(not_told: dict[str, int], *, unfilled: bool) -> Iterator[str]:
    if not_told:
        verb = "was" if sum(not_told.values()) == 1 else "were"
        yield f"{counted(not_told)} {verb} neither notified nor recorded as exempt"
    if unfilled:
        yield "its recipients are still being recorded"


def _ways_out(change: CarriedOut, not_told: dict[str, int]) -> Iterator[str]:
    if change.announced.audience.unfilled:
        yield "let the worker record all recipients"
    if not_told:
        reach = f"/v1/deprecations/{change.announced.uid}/reach"
        yield f"notify those whom {reach} lists as not notified"


FAILS = "3.40.0 removes legacy-connector; two Pro accounts that use it never had the announcement."
PASSES = "3.40.0 removes legacy-connector; all accounts that use it were notified."
