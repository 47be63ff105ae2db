from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.carried_out import carried_out
from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Audience, Scene

ID = "accounts-told-late"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """The release carries out an announcement that reached accounts later than promised.

    Why: what counts is the notice the customer actually had, measured from the first attempt to
    reach an address it had given. Only accounts that were affected at the announcement count.
    Fix: postpone the change by the missing days, or make sure that they have moved.
    """
    for change in carried_out(scene):
        audience = change.announced.audience
        late = {tier: count for tier, count in audience.told_late.items() if count}
        if not late:
            continue
        yield Finding(
            ID,
            f"{change.named}: announced on {change.announced.announced_on}, but too late for"
            f" {counted(late)}{_days_had(audience)}.",
            _way_out(audience),
            subject=change.subjects[0],
            evidence=announcement_evidence(change.announced)
            | {
                "told_late": late,
                "fewest_days": audience.fewest_days,
                "promised_days": audience.promised_days,
            },
            path=change.path,
        )


def _days_had(audience: Audience) -> str:
    if audience.fewest_days is None or audience.promised_days is None:
        return ""
    return f", as few as {audience.fewest_days} of {audience.promised_days} days before"


def _way_out(audience: Audience) -> str:
    if audience.fewest_days is None or audience.promised_days is None:
        return "Postpone the change by the missing days, or make sure that they have moved."
    lacking = audience.promised_days - audience.fewest_days
    days = f"{lacking} day{'s' * (lacking != 1)}"
    return f"Postpone the change by {days}, or make sure that they have moved."


FAILS = "3.40.0 removes legacy-connector; a Pro account was notified 45 days before, not 90."
PASSES = "3.40.0 removes legacy-connector; every account was notified 90 days before."
