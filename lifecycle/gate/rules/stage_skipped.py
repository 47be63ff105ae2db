from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.documents.word_lists import listed
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import Stage
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "stage-skipped"
SEVERITY = Severity.WARNING
EARLY = (Stage.EXPERIMENTAL, Stage.ALPHA)
TRIED = frozenset({Stage.BETA, Stage.PREVIEW, Stage.GA, Stage.DEPRECATED})


def check(scene: Scene) -> Iterator[Finding]:
    """A feature that was experimental or alpha becomes GA without having been beta or preview.

    Why: nobody outside had a chance to try it while it could still change freely. What was GA from
    the start skipped nothing.
    Fix: make it beta or preview first.
    """
    for move in scene.stages:
        early = [stage for stage in EARLY if stage in move.ever]
        if move.to is not Stage.GA or not early or move.ever & TRIED:
            continue
        yield Finding(
            ID,
            f"{move.key} becomes {move.to}, and was {listed(early)} but never beta or preview.",
            f"Make {move.key} beta or preview in this release, and {move.to} in a later one.",
            subject=move.key,
            evidence={"to": move.to, "ever": sorted(move.ever)},
            path=move.path,
        )


FAILS = "3.40.0 makes ai-builder GA, which was only ever alpha."
PASSES = "3.40.0 makes ai-builder GA, which was alpha and then beta."
