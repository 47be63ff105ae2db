from __future__ import annotations

from lifecycle.policy.notice_periods import Kind
from testkit.rule_scenes import LONG_AGO, MAJOR, announced, asked, feature

_TOLD = announced(LONG_AGO, Kind.BREAKING_CHANGE)

FAILS = asked(breaks=(feature("rest-v1", announced=_TOLD),))
PASSES = asked(
    MAJOR,
    breaks=(feature("rest-v1", announced=_TOLD),),
)
