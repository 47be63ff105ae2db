from __future__ import annotations

from testkit.rule_scenes import asked, exempt, feature

FAILS = asked(removals=(feature("legacy-connector", running={"enterprise": 3}),))
PASSES = asked(removals=(exempt("smart-labels"),))
