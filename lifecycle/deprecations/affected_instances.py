"""Whether a change affects what an instance runs (rule 3.4), for facts in hand.

``audience.affected`` asks the store the same; a test holds both to the same answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Container


def is_affected(
    *,
    tier: str | None,
    tiers: Container[str],
    feature: str | None,
    whole_product: bool,
    runs_version: bool,
    uses: Collection[str] | None,
) -> bool:
    """Return whether an instance of the product is affected under its tier on the day.

    ``tiers`` are those that the change concerns. ``runs_version`` counts where lines or a range
    change, ``uses`` (the features in use, None where nobody reported them) where a feature does.

    >>> is_affected(tier="pro", tiers={"pro"}, feature="sso", whole_product=False,
    ...             runs_version=True, uses=None)
    False
    """
    if tier is None or tier not in tiers:
        return False
    if feature is not None:
        return feature in (uses or ())
    return whole_product or runs_version
