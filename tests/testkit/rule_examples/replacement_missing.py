from __future__ import annotations

from lifecycle.gate.scenes import Replacement, Scene
from lifecycle.policy.stages import Stage
from testkit.rule_scenes import LONG_AGO, announced, asked, feature


def _replaced_by(name: str | None, stage: Stage | None = None) -> Scene:
    """Remove legacy-connector in favour of what is so named, or of nothing."""
    told = announced(LONG_AGO, replacement=name, migration=False)
    other = Replacement(name, stage=stage) if name else None
    return asked(removals=(feature(announced=told, replacement=other),))


FAILS = _replaced_by(None)
PASSES = _replaced_by("new-connector", Stage.GA)
