from __future__ import annotations

from lifecycle.gate.scenes import StageMove
from lifecycle.policy.stages import Stage
from testkit.rule_scenes import asked

FAILS = asked(stages=(StageMove("ai-builder", Stage.GA, ever=frozenset({Stage.ALPHA})),))
PASSES = asked(
    stages=(StageMove("ai-builder", Stage.GA, ever=frozenset({Stage.ALPHA, Stage.BETA})),)
)
