from __future__ import annotations

from datetime import date

from testkit.rule_scenes import TODAY, announced, asked, feature, waived

FAILS = asked(
    removals=(
        feature(
            announced=announced(
                date(2026, 11, 1),
                days=dict.fromkeys(("pro", "enterprise"), TODAY),
                waiver=waived(),
            )
        ),
    )
)
PASSES = asked(removals=(feature(announced=announced(date(2026, 6, 1))),))
