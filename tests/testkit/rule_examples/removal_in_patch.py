from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.windows import Granularity
from testkit.rule_scenes import LONG_AGO, VERSION, announced, asked, feature

if TYPE_CHECKING:
    from lifecycle.gate.scenes import FeatureChange

PATCH = msgspec.structs.replace(
    VERSION,
    text="3.39.2",
    line="3.39",
    newest_in_line="3.39.1",
    before="3.39.1",
    step=Granularity.PATCH,
)


_LONG_ANNOUNCED: FeatureChange = feature(announced=announced(LONG_AGO))

FAILS = asked(PATCH, removals=(_LONG_ANNOUNCED,))
PASSES = asked(removals=(_LONG_ANNOUNCED,))
