from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.outstanding_waits import unannounced, wait_for
from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import FeatureChange, Scene

ID = "not-compared"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature may break what uses it: what changed about it could not be compared.

    Why: a comparison that could not look proves nothing, and callers would be the first to find
    out. What the manifest also removes or breaks is judged as that; what is exempt, or announced
    to break by now, may break.
    Fix: compare the feature by hand, and list it under `breaks` or take it out of `uncompared`.
    """
    for change in scene.uncompared:
        if change.gone or change.exempt or _is_due(change, scene):
            continue
        yield Finding(
            ID,
            f"{change.key} may break what uses it: it could not be compared with what it was"
            f" before. Used by {counted(change.running)}.",
            f"Compare {change.key} by hand: list it under `breaks` if it breaks what uses it,"
            " otherwise take it out of `uncompared`.",
            subject=change.key,
            evidence={"running": change.running, **announcement_evidence(change.announced)},
            path=change.path,
        )


def _is_due(change: FeatureChange, scene: Scene) -> bool:
    announced = change.announced
    return (
        announced is not None
        and not unannounced(change.owed, announced)
        and not wait_for(announced, scene)
    )


FAILS = "4.0.0 changes get.users in a way that could not be compared."
PASSES = "4.0.0 changes get.users in a way that could not be compared; it never was more than beta."
