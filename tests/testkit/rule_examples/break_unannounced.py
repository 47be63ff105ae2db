from __future__ import annotations

from datetime import timedelta

from lifecycle.policy.notice_periods import Kind
from testkit.rule_scenes import MAJOR, TODAY, announced, asked, feature

FAILS = asked(MAJOR, breaks=(feature("rest-v1", running={"pro": 12, "enterprise": 3}),))
PASSES = asked(
    MAJOR,
    breaks=(
        feature("rest-v1", announced=announced(TODAY - timedelta(days=180), Kind.BREAKING_CHANGE)),
    ),
)
