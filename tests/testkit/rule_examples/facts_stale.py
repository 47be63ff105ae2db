from __future__ import annotations

from datetime import timedelta

import msgspec

from lifecycle.calendar.lengths import Length
from lifecycle.gate.scenes import Sync
from lifecycle.policy.policies import Gate
from testkit.rule_scenes import POLICY, TODAY, asked

_WEEKLY = msgspec.structs.replace(POLICY, gate=Gate(stale_after=Length(days=7)))

FAILS = asked(policy=_WEEKLY, syncs=(Sync("endoflife", TODAY - timedelta(8)),))
PASSES = asked(policy=_WEEKLY, syncs=(Sync("endoflife", TODAY - timedelta(7)),))
