"""Matching: which products, versions and tiers the components that somebody runs ask about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from lifecycle.accounts.facts import FeatureKey, InstanceIn
from lifecycle.catalogue.facts import Key, Text, Version
from lifecycle.catalogue.identifiers import Identifiers, read_purl, version_of
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

MOST = 20_000
"""How many components are checked at once."""

Purl: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern="^[^\\x00-\\x1f\\x7f]+$",
        examples=["pkg:npm/%40clairdash/server@3.35.2"],
    ),
]


class ComponentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is run: a product of the catalogue, or a package by its package URL.

    ``version`` may be left out where the package URL says it. Without a tier, the tier of the whole
    question holds. ``features`` are those in use; ``instance`` is what the answer calls it.
    """

    product: Key | None = None
    purl: Purl | None = None
    version: Version | None = None
    tier: Text | None = None
    features: tuple[FeatureKey, ...] | None = None
    instance: Text | None = None


Components: TypeAlias = Annotated[tuple[ComponentIn, ...], Meta(min_length=1, max_length=MOST)]


class Asked(msgspec.Struct, frozen=True):
    """One product, version and tier to be answered for."""

    product: str
    version: str | None
    tier: str | None
    features: frozenset[str] | None = None
    instance: str | None = None


class Matched(msgspec.Struct, frozen=True):
    """What components ask, each with their places, and how many ask nothing."""

    asked: dict[Asked, list[int]]
    components: int
    unmatched: int
    unreadable: int
    known: frozenset[str]

    @property
    def products(self) -> list[str]:
        """Name the products of the catalogue that are asked about."""
        return sorted({each.product for each in self.asked} & self.known)


def component_problems(components: Sequence[ComponentIn]) -> Iterator[Problem]:
    """Say which components name neither a product nor a package, or both."""
    for place, each in enumerate(components):
        if (each.product is None) == (each.purl is None):
            told = "names neither a product nor a purl" if each.product is None else "names both"
            yield Problem(f"components[{place}]", f"{told}; give product, or purl")


def match(components: Sequence[ComponentIn], identifiers: Mapping[str, Iterable[str]]) -> Matched:
    """Find out which products components mean; what is said twice is asked once."""
    known = Identifiers(identifiers)
    asked: dict[Asked, list[int]] = {}
    unmatched = unreadable = 0
    for place, each in enumerate(components):
        products: tuple[str, ...] = (each.product or "",)
        version = each.version
        if each.purl is not None:
            purl = read_purl(each.purl)
            products = known.products(purl) if purl else ()
            version = version_of(purl, version) if purl else None
            unreadable += purl is None
            unmatched += purl is not None and not products
        features = None if each.features is None else frozenset(each.features)
        for product in products:
            one = Asked(product, version, each.tier, features, each.instance)
            asked.setdefault(one, []).append(place)
    return Matched(asked, len(components), unmatched, unreadable, frozenset(identifiers))


def as_instances(matched: Matched, report: str, *, seen: datetime) -> dict[str, InstanceIn]:
    """Give what was matched as instances: ``ci:web``, or where several versions run one for each.

    What names no version, or a product that is not known, is left out.
    """
    running: defaultdict[str, dict[str, frozenset[str] | None]] = defaultdict(dict)
    for each in matched.asked:
        if each.version is not None and each.product in matched.known:
            versions = running[each.product]
            before = versions.get(each.version)
            versions[each.version] = (
                before if each.features is None else each.features | (before or frozenset())
            )
    return {
        f"{report}:{product}:{version}" if len(versions) > 1 else f"{report}:{product}": InstanceIn(
            product=product,
            version=version,
            features=None if features is None else tuple(sorted(features)),
            last_seen=seen,
        )
        for product, versions in sorted(running.items())
        for version, features in sorted(versions.items())
    }
