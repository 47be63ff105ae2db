from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.scenes import CatalogueState
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene, Version

ID = "version-not-newer"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """The version is already out, or its line has a higher one.

    Why: what is released stays as it is, and whoever upgrades within a line would never get a
    version below its newest. A backport is newer in its own line, and a planned version is
    confirmed by its release; both are fine.
    Fix: take the next free version.
    """
    version = scene.version
    above = version.newest_in_line or version.known_as or version.text
    problem = None if version.fault else _told(version)
    if problem is None:
        return
    yield Finding(
        ID,
        f"{scene.manifest.product} {version.text} {problem}.",
        f"Release it as a version above {above}.",
        evidence={
            "line": version.line,
            "newest_in_line": version.newest_in_line,
            "known": version.known,
            "known_as": version.known_as,
        },
        path=("version",),
        firm=version.known is CatalogueState.RELEASED,  # nothing else can be asked of it
    )


def _told(version: Version) -> str | None:
    if version.known is CatalogueState.RELEASED:
        equal = version.known_as not in {None, version.text}
        return "is released already" + (f", as {version.known_as}" if equal else "")
    if version.newest_in_line is not None and not version.newer:
        return f"is not newer than {version.newest_in_line}, the newest of line {version.line}"
    return None


FAILS = "3.39.0 is to follow 3.39.1."
PASSES = "3.33.8 is a backport, newer in its line though 3.39.1 is out."
