from __future__ import annotations

from testkit.rule_scenes import MAJOR, asked, exempt, feature

FAILS = asked(MAJOR, uncompared=(feature("get.users"),))
PASSES = asked(MAJOR, uncompared=(exempt("get.users"),))
