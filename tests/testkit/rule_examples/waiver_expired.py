from __future__ import annotations

from datetime import timedelta

from testkit.rule_scenes import TODAY, asked, feature, waived

FAILS = asked(
    removals=(feature(),),
    waivers=(waived("removal-unannounced", "legacy-connector", until=TODAY - timedelta(1)),),
)
PASSES = asked(
    removals=(feature(),),
    waivers=(waived("removal-unannounced", "legacy-connector", until=TODAY),),
)
