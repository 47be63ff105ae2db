from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Experiment, Scene

ID = "experiment-overstays"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """A feature has been in a stage before GA for longer than the policy expects.

    Why: what stays beta for years is used like GA, and promises nothing. How long a stage may
    last, the policy's `gate` says under `lifetimes`.
    Fix: move the feature on to the next stage, or remove it.
    """
    for experiment in scene.experiments:
        over = experiment.lifetime.after(experiment.since)
        if over > scene.day or _moves_on(scene, experiment):
            continue
        yield Finding(
            ID,
            f"{experiment.key} has been {experiment.stage} since {experiment.since},"
            f" longer than {experiment.lifetime}.",
            f"Move {experiment.key} on from {experiment.stage} (`stages`),"
            " or remove it (`removes`).",
            subject=experiment.key,
            evidence={
                "stage": experiment.stage.value,
                "since": experiment.since.isoformat(),
                "lifetime": str(experiment.lifetime),
                "over_on": over.isoformat(),
            },
        )


def _moves_on(scene: Scene, experiment: Experiment) -> bool:
    """Return whether the release takes the feature out of that stage, or away."""
    removed = any(change.key == experiment.key for change in scene.removals)
    moved = (move for move in scene.stages if move.key == experiment.key)
    return removed or any(move.to is not experiment.stage for move in moved)


FAILS = "smart-labels has been beta for a year today; the policy expects at most 12 months."
PASSES = (
    "smart-labels will have been beta for a year tomorrow; the policy expects at most 12 months."
)
