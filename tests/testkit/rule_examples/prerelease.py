from __future__ import annotations

import msgspec

from testkit.rule_scenes import VERSION, asked

FAILS = asked(msgspec.structs.replace(VERSION, text="3.40.0-rc.1", prerelease=True))
PASSES = asked()
