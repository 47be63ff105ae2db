from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.policy.notice_periods import Kind
from testkit.rule_scenes import TODAY, announced, asked, line_end, owed_from

if TYPE_CHECKING:
    from lifecycle.gate.scenes import Announcement


def _announced(on: date) -> Announcement:
    days = {"enterprise": TODAY}
    return announced(on, Kind.END_OF_SUPPORT, days=days, owed=owed_from(on, enterprise=90))


FAILS = asked(ends=(line_end(announced=_announced(date(2026, 9, 3))),))
PASSES = asked(ends=(line_end(announced=_announced(date(2026, 9, 2))),))
