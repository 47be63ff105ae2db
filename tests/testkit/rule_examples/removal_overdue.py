from __future__ import annotations

from datetime import date

from lifecycle.gate.scenes import Overdue
from testkit.rule_scenes import announced, asked, feature

_REMOVAL = announced(date(2026, 5, 1))

FAILS = asked(overdue=(Overdue("legacy-connector", _REMOVAL),))
PASSES = asked(
    overdue=(Overdue("legacy-connector", _REMOVAL),), removals=(feature(announced=_REMOVAL),)
)
