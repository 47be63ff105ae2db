from __future__ import annotations

from lifecycle.gate.scenes import Replacement, Scene
from lifecycle.policy.stages import Stage
from testkit.rule_scenes import LONG_AGO, announced, asked, feature


def _replaced_by(stage: Stage) -> Scene:
    """Remove legacy-connector in favour of new-connector, which is in a stage."""
    told = announced(LONG_AGO, replacement="new-connector")
    return asked(
        removals=(feature(announced=told, replacement=Replacement("new-connector", stage=stage)),)
    )


FAILS = _replaced_by(Stage.BETA)
PASSES = _replaced_by(Stage.GA)
