from __future__ import annotations

from lifecycle.policy.notice_periods import Kind
from testkit.rule_scenes import TODAY, announced, asked, line_end, owed_from

FAILS = asked(ends=(line_end(),))
PASSES = asked(
    ends=(
        line_end(
            announced=announced(
                TODAY,
                Kind.END_OF_SUPPORT,
                days={"enterprise": owed_from(TODAY, enterprise=90)[0].earliest.day},
                owed=owed_from(TODAY, enterprise=90),
            )
        ),
    )
)
