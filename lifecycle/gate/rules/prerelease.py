from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "prerelease"
SEVERITY = Severity.NOTE


def check(scene: Scene) -> Iterator[Finding]:
    """A prerelease is exempt: its changes require no notice.

    Why: whoever takes a prerelease does so to try what comes; it never counts in a window, and the
    rules on removals, breaks, stages and lines are not asked.
    Fix: nothing needs to change; ask again for the stable release.
    """
    version = scene.version
    if version.fault is not None or not version.prerelease:
        return
    yield Finding(
        ID,
        f"{version.text} is a prerelease: its changes require no notice.",
        "Nothing needs to change; ask again for the stable release.",
        evidence={"version": version.text, "line": version.line},
        path=("version",),
    )


FAILS = "3.40.0-rc.1 is a prerelease."
PASSES = "3.40.0 is a stable release."
