from __future__ import annotations

from datetime import date

from lifecycle.gate.scenes import Audience
from testkit.rule_scenes import announced, asked, feature

_ON = date(2026, 6, 1)

FAILS = asked(
    removals=(
        feature(
            announced=announced(
                _ON,
                audience=Audience(
                    affected={"pro": 5},
                    told_late={"pro": 1},
                    fewest_days=45,
                    promised_days=90,
                ),
            )
        ),
    )
)
PASSES = asked(
    removals=(
        feature(
            announced=announced(
                _ON, audience=Audience(affected={"pro": 5}, fewest_days=90, promised_days=90)
            )
        ),
    )
)
