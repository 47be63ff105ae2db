from __future__ import annotations

from datetime import date, timedelta

from lifecycle.gate.scenes import Drop, Scene
from testkit.rule_scenes import TODAY, asked


def _dropped(until: date) -> Scene:
    """Drop 3.34, which Enterprise has until a day."""
    covered = until >= TODAY
    reason = "3.34 is the 5th of the 5 newest minor versions that enterprise covers."
    return asked(drops=(Drop("3.34", "enterprise", covered, supported_until=until, reason=reason),))


FAILS = _dropped(TODAY)
PASSES = _dropped(TODAY - timedelta(days=1))
