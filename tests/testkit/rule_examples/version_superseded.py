from __future__ import annotations

from lifecycle.support.supersession import Supersession
from testkit.rule_scenes import TODAY, asked

FAILS = asked(
    superseded=Supersession(
        line="3.39", version="3.39.1", successor="3.39.2", day=TODAY, tiers=("pro",)
    )
)
PASSES = asked()
