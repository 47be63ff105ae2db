from __future__ import annotations

import msgspec

from lifecycle.policy.windows import Granularity
from testkit.rule_scenes import VERSION, asked

_BELOW = msgspec.structs.replace(
    VERSION,
    text="3.39.0",
    line="3.39",
    newest_in_line="3.39.1",
    newer=False,
    step=Granularity.PATCH,
)

_BACKPORT = msgspec.structs.replace(
    VERSION,
    text="3.33.8",
    line="3.33",
    newest_in_line="3.33.7",
    before="3.33.7",
    step=Granularity.PATCH,
)

FAILS = asked(_BELOW)
PASSES = asked(_BACKPORT)
