from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.carried_out import is_exempt, lowers
from lifecycle.gate.rules.outstanding_waits import (
    gravest,
    missing_word,
    reasons,
    unannounced,
    wait_evidence,
    wait_for,
    way_out,
)
from lifecycle.gate.rules.sentences import announcement_evidence, owed_evidence
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.gate.rules.outstanding_waits import Wait
    from lifecycle.gate.scenes import Scene, StageMove
    from lifecycle.policy.lead_times import Owed

ID = "stage-lowered"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature falls back to a stage that promises less.

    Why: whoever relies on a GA feature was promised notice of its removal; calling it beta again
    takes that away, and is itself a breaking change. Stages that the policy exempts promised
    nothing.
    Fix: keep the stage, or announce this as a breaking change and wait for its day.
    """
    for move in scene.stages:
        if not lowers(move) or is_exempt(scene, move):
            continue
        left_out = unannounced(move.owed, move.broken)
        if move.broken is None or left_out:
            yield _unannounced(move, left_out)
        elif wait := wait_for(move.broken, scene):
            yield _too_soon(scene, move, wait)


def _unannounced(move: StageMove, left_out: Sequence[Owed]) -> Finding:
    return Finding(
        ID,
        f"{move.key} falls from {move.before} to {move.to}, and"
        f" {missing_word(move.owed, move.broken)}",
        f"Keep {move.key} at {move.before}, or announce this as a breaking change and wait for"
        " its day.",
        subject=move.key,
        evidence={
            "before": move.before,
            "to": move.to,
            "owed": owed_evidence(move.owed),
            **announcement_evidence(move.broken),
        },
        path=move.path,
        at_most=gravest(left_out),
    )


def _too_soon(scene: Scene, move: StageMove, wait: Wait) -> Finding:
    return Finding(
        ID,
        f"{move.key} falls from {move.before} to {move.to} on {scene.day}, which is too soon:"
        f" {reasons(wait)}.",
        way_out(wait, f"keep {move.key} at {move.before}", scene.day),
        subject=move.key,
        evidence={"before": move.before, "to": move.to, **wait_evidence(wait)},
        path=move.path,
        at_most=gravest(wait.forced_by(move.owed)),
    )


FAILS = "3.40.0 calls ai-builder beta again, which was GA."
PASSES = "3.40.0 calls ai-builder experimental again, which was beta: an exempt stage."
