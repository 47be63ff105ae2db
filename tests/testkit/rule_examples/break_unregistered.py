from __future__ import annotations

from lifecycle.gate.scenes import Unregistered
from testkit.rule_scenes import MAJOR, asked, exempt

FAILS = asked(MAJOR, unregistered=(Unregistered("get.users", nearest=("get.users._",)),))
PASSES = asked(MAJOR, breaks=(exempt("get.users"),))
