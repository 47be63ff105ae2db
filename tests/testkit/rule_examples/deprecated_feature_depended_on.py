from __future__ import annotations

from datetime import date

from lifecycle.gate.scenes import Dependence
from testkit.rule_scenes import announced, asked, feature

_REMOVED = feature(announced=announced(date(2026, 6, 1)))

FAILS = asked(
    removals=(_REMOVED,),
    dependences=(Dependence(_REMOVED.key, removed=True, needed_by=("ai-builder",)),),
)
PASSES = asked(removals=(_REMOVED,))
