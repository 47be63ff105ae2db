from __future__ import annotations

from datetime import date

from testkit.rule_scenes import asked

FAILS = asked(policy=None, first_policy_on=date(2027, 1, 1))
PASSES = asked()
