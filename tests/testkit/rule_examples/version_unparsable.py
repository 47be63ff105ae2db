from __future__ import annotations

from lifecycle.gate.scenes import Version
from testkit.rule_scenes import asked

FAILS = asked(Version("3.40", fault="semver wants three numbers"))
PASSES = asked()
