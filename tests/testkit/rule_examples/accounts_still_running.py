from __future__ import annotations

from datetime import date

from testkit.rule_scenes import announced, asked, feature

_ANNOUNCED = announced(date(2026, 6, 1))

FAILS = asked(removals=(feature(announced=_ANNOUNCED, running={"enterprise": 3}),))
PASSES = asked(removals=(feature(announced=_ANNOUNCED),))
