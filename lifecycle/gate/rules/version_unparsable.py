from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "version-unparsable"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """The product's scheme cannot read the version.

    Why: without a place in the version order, no other rule can be applied. A policy cannot lower
    this severity.
    Fix: write the version as the product's scheme requires.
    """
    version = scene.version
    if version.fault is None:
        return
    yield Finding(
        ID,
        f"The version {version.text!r} of {scene.manifest.product} cannot be read:"
        f" {version.fault.rstrip('.')}.",
        f"Write the version as the scheme of {scene.manifest.product} requires.",
        evidence={"version": version.text, "fault": version.fault},
        path=("version",),
    )


FAILS = "Clairdash's versions are semantic, and 3.40 has no patch."
PASSES = "3.40.0 is a semantic version."
