from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.policy.notice_periods import Kind
from testkit.rule_scenes import MAJOR, TODAY, announced, asked, feature

if TYPE_CHECKING:
    from lifecycle.gate.scenes import Scene


def _broken(days: int) -> Scene:
    """Break rest-v1 so many days after its announcement."""
    told = announced(TODAY - timedelta(days=days), Kind.BREAKING_CHANGE)
    return asked(MAJOR, breaks=(feature("rest-v1", announced=told),))


FAILS = _broken(179)
PASSES = _broken(180)
