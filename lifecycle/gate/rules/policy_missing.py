from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "policy-missing"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """No policy is in force, so nothing says what is promised.

    Why: without a policy the gate cannot know what a release requires; it never passes what it
    cannot judge.
    Fix: put a policy in force from the day asked, with `lifecycle policy put`.
    """
    if scene.policy is not None or scene.version.fault is not None:
        return
    product, first = scene.manifest.product, scene.first_policy_on
    since = f"; its first is in force from {first}" if first else ""
    later = f", or ask for {first} or later" if first else ""
    yield Finding(
        ID,
        f"No policy of {product} is in force on {scene.at}{since}: what it promises is not known.",
        f"Put a policy in force from {scene.at} (`lifecycle policy put {product} FILE`){later}.",
        evidence={
            "at": scene.at.isoformat(),
            "first_policy_on": first.isoformat() if first else None,
        },
    )


FAILS = "Clairdash's first policy is in force from next year."
PASSES = "Clairdash has a policy in force."
