from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.findings import Finding
from lifecycle.gate.rules.examples import Example, asked
from lifecycle.gate.rules.waiting import reasons, wait_evidence, wait_for, way_out
from lifecycle.gate.rules.wording import announcement_evidence
from lifecycle.gate.scenes import StageMove
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import MATURITY, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.rules.waiting import Wait
    from lifecycle.gate.scenes import Scene

ID = "stage-lowered"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature falls back to a stage that promises less.

    Why: whoever relies on a GA feature was promised notice of its removal; calling it beta again
    takes that away, and is itself a breaking change. Stages that the policy exempts promised
    nothing.
    Fix: keep the stage, or announce the fall as a breaking change and wait for its day.
    """
    for move in scene.stages:
        if not _falls(move) or _is_exempt(scene, move):
            continue
        wait = wait_for(move.broken, scene) if move.broken else None
        if wait is None:
            yield _unannounced(move)
        elif wait:
            yield _too_soon(scene, move, wait)


def _unannounced(move: StageMove) -> Finding:
    return Finding(
        ID,
        f"{move.key} falls from {move.before} to {move.to}, and nobody announced it.",
        f"Keep {move.key} at {move.before}, or announce the fall as a breaking change and wait for"
        " its day.",
        subject=move.key,
        evidence={"before": move.before, "to": move.to, **announcement_evidence(None)},
        path=move.path,
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
    )


def _falls(move: StageMove) -> bool:
    if move.before not in MATURITY or move.to not in MATURITY:
        return False
    return MATURITY.index(move.to) < MATURITY.index(move.before)


def _is_exempt(scene: Scene, move: StageMove) -> bool:
    return scene.policy is not None and move.before in scene.policy.exempt_stages


FAILS = Example(
    "3.40.0 calls ai-builder beta again, which was GA.",
    asked(stages=(StageMove("ai-builder", Stage.BETA, before=Stage.GA),)),
)
PASSES = Example(
    "3.40.0 calls ai-builder experimental again, which was beta: an exempt stage.",
    asked(stages=(StageMove("ai-builder", Stage.EXPERIMENTAL, before=Stage.BETA),)),
)
