from __future__ import annotations

from datetime import date

from lifecycle.gate.scenes import Audience
from testkit.rule_scenes import announced, asked, feature

_ON = date(2026, 6, 1)

FAILS = asked(
    removals=(
        feature(
            announced=announced(_ON, audience=Audience(affected={"pro": 5}, not_told={"pro": 2}))
        ),
    )
)
PASSES = asked(
    removals=(feature(announced=announced(_ON, audience=Audience(affected={"pro": 5}))),),
)
