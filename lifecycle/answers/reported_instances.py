"""What a check reports: the instances that an account runs, by what was matched (pure)."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.accounts.names import LONGEST_NAME, text_problems

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from lifecycle.accounts.models import Instance
    from lifecycle.answers.component_matches import Matched

_DIGITS = 12


def as_instances(matched: Matched, report: str, *, seen_at: datetime) -> dict[str, InstanceIn]:
    """Return what was matched as instances: ``ci:web``, or where several versions run one for each.

    What names no version that could be kept, or a product that is not known, is left out.
    """
    running: defaultdict[str, dict[str | None, frozenset[str] | None]] = defaultdict(dict)
    for inquiry in matched.asked:
        if inquiry.product in matched.known:
            version, versions = _kept(inquiry.version), running[inquiry.product]
            before = versions.get(version, frozenset())
            versions[version] = (
                None if inquiry.features is None or before is None else inquiry.features | before
            )
    return {
        instance_name(report, product, version if len(versions) > 1 else None): InstanceIn(
            product=product,
            version=version,
            features=None if features is None else tuple(sorted(features)),
            last_seen=seen_at,
        )
        for product, versions in sorted(running.items())
        for version, features in sorted(versions.items(), key=lambda item: item[0] or "")
        if version is not None
    }


def replaced(matched: Matched, *, undecided: Collection[str]) -> frozenset[str]:
    """Name the products of which a report says all that is run, so that earlier reports go.

    Not those that are ``undecided``, or run in a version that cannot be kept; and none where
    nothing is matched, or where a product is named that is not known: it could be any.
    """
    named = {inquiry.product for inquiry in matched.asked}
    if not named or not named <= matched.known:
        return frozenset()
    partly = {inquiry.product for inquiry in matched.asked if _kept(inquiry.version) is None}
    return matched.known - partly - frozenset(undecided)


def instance_name(report: str, product: str, version: str | None = None) -> str:
    """Name an instance of a report; a version too long for a name is told by its beginning.

    >>> instance_name("ci", "web"), instance_name("ci", "web", "3.35.2")
    ('ci:web', 'ci:web:3.35.2')
    """
    name = f"{report}:{product}" if version is None else f"{report}:{product}:{version}"
    if len(name) <= LONGEST_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{name[: LONGEST_NAME - _DIGITS - 1]}~{digest}"


def is_of(report: str, instance: Instance) -> bool:
    """Return whether an instance was named by a report, not by hand."""
    product, version = instance.product, instance.version
    names = (instance_name(report, product, exact) for exact in (None, version))
    return instance.name in names


def _kept(version: str | None) -> str | None:
    """Return a version as an instance may have it; a package URL can hold anything."""
    if version is None:
        return None
    unfit = any(text_problems("version", version, longest=LONGEST_NAME, required=True))
    return None if unfit else version
