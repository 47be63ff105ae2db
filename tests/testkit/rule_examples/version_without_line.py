from __future__ import annotations

import msgspec

from testkit.rule_scenes import VERSION, asked

FAILS = asked(msgspec.structs.replace(VERSION, line=None, unplaced=True))
PASSES = asked()
