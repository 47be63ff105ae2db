from __future__ import annotations

from datetime import timedelta

from testkit.rule_scenes import TODAY, announced, asked, feature

FAILS = asked(removals=(feature(announced=announced(TODAY - timedelta(days=90))),))
PASSES = asked(removals=(feature(announced=announced(TODAY - timedelta(days=180))),))
