from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "break-unregistered"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A release removes or breaks a feature that is not registered with the product.

    Why: for what is not registered, nobody knows which stage it has, who uses it and what was
    announced, so nothing shows that the promise is kept. Often it is an operation of an API whose
    description was never imported, or a misspelt key.
    Fix: register it (`lifecycle import openapi FILE --product P` takes in all operations of an API
    as they were before the release), or correct its key.
    """
    product = scene.manifest.product
    for key in scene.unregistered:
        happens = "is removed" if key.removed else "breaks what uses it"
        hint = f" (the nearest: {', '.join(key.nearest)})" if key.nearest else ""
        yield Finding(
            ID,
            f"{key.key} {happens}, and {product} has no such feature: it is not known whether"
            " anybody was promised notice of it.",
            f"Register {key.key}; for an operation of an API, run `lifecycle import openapi FILE"
            f" --product {product}` on the description before the release. If the key is misspelt,"
            f" correct it{hint}.",
            subject=key.key,
            evidence={"removed": key.removed, "nearest": list(key.nearest)},
            path=key.path,
        )


FAILS = "4.0.0 breaks get.users, which nobody registered."
PASSES = "4.0.0 breaks get.users, which is registered and never was more than beta."
