from __future__ import annotations

from datetime import date

from lifecycle.calendar.lengths import Length
from lifecycle.gate.scenes import Experiment
from lifecycle.policy.stages import Stage
from testkit.rule_scenes import asked

_YEAR = Length(months=12)

FAILS = asked(experiments=(Experiment("smart-labels", Stage.BETA, date(2025, 12, 1), _YEAR),))
PASSES = asked(experiments=(Experiment("smart-labels", Stage.BETA, date(2025, 12, 2), _YEAR),))
