from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "version-without-line"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """The version belongs to none of the product's declared lines.

    Why: what is promised for lines does not reach such a version. Whether it is supported stays
    unknown, and that it ends nothing is not known either.
    Fix: name the line in the manifest, or declare it with `lifecycle line declare`.
    """
    version, product = scene.version, scene.manifest.product
    if not version.unplaced:
        return
    yield Finding(
        ID,
        f"{product} {version.text} belongs to no declared line: nothing that is promised for lines"
        " reaches it.",
        f"Name its `line` in the manifest, or declare one (`lifecycle line declare {product}`).",
        subject=version.text,
        evidence={"version": version.text},
        path=("version",),
    )


FAILS = "3.40.0 belongs to none of the lines that the product declares."
PASSES = "3.40.0 belongs to 3.40."
