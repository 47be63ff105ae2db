from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.documents.word_lists import listed
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "version-superseded"
SEVERITY = Severity.NOTE


def check(scene: Scene) -> Iterator[Finding]:
    """The release takes the place of a version in its line, which a tier then no longer covers.

    Why: whoever runs that version gets fixes by an upgrade within the line. The line stays covered,
    and no notice is due; whoever releases should know it anyway.
    Fix: nothing needs to change; the answers for the version advise the upgrade.
    """
    superseded = scene.superseded
    if superseded is None:
        return
    yield Finding(
        ID,
        f"{superseded.version} is no longer covered for {listed(superseded.tiers)} once"
        f" {superseded.successor} is out: an upgrade within {superseded.line}, which stays"
        " covered.",
        "Nothing needs to change: no notice is due for it, and answers advise the upgrade.",
        subject=superseded.version,
        evidence=msgspec.to_builtins(superseded) | {"tiers": list(superseded.tiers)},
        path=("version",),
    )


FAILS = "3.39.2 takes the place of 3.39.1, the one version that Pro covers."
PASSES = "3.39.2 follows 3.39.1, and Enterprise covers both."
