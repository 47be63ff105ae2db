"""Matching: which products, versions and tiers the components that somebody runs ask about."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from lifecycle.accounts.facts import InstanceIn
from lifecycle.accounts.names import LONGEST_NAME, text_problems
from lifecycle.answers.limits import MOST_COMPONENTS
from lifecycle.catalogue.facts import Key
from lifecycle.catalogue.identifiers import Identifiers, version_of
from lifecycle.catalogue.package_urls import read_purl
from lifecycle.documents.forms import ONE_LINE, FeatureKey, Text, Version
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

_DIGITS = 12

Purl: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=ONE_LINE,
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


Components: TypeAlias = Annotated[
    tuple[ComponentIn, ...], Meta(min_length=1, max_length=MOST_COMPONENTS)
]


class Asked(msgspec.Struct, frozen=True):
    """One product, version and tier to be answered for."""

    product: str
    version: str | None
    tier: str | None
    features: frozenset[str] | None = None
    instance: str | None = None


class Matched(msgspec.Struct, frozen=True):
    """What components ask, each with their places, and how many ask nothing.

    ``kinds`` are the types of the package URLs that ask something.
    """

    asked: dict[Asked, list[int]]
    components: int
    unmatched: int
    unreadable: int
    known: frozenset[str]
    kinds: dict[Asked, set[str]] = {}

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
    kinds: defaultdict[Asked, set[str]] = defaultdict(set)
    unmatched = unreadable = 0
    for place, each in enumerate(components):
        purl = read_purl(each.purl) if each.purl is not None else None
        products: tuple[str, ...] = (each.product or "",)
        version = each.version
        if each.purl is not None:
            products = known.products(purl) if purl else ()
            version = version_of(purl, version) if purl else None
            unreadable += purl is None
            unmatched += purl is not None and not products
        features = None if each.features is None else frozenset(each.features)
        for product in products:
            one = Asked(product, version, each.tier, features, each.instance)
            asked.setdefault(one, []).append(place)
            if purl is not None:
                kinds[one].add(purl.type)
    return Matched(
        asked, len(components), unmatched, unreadable, frozenset(identifiers), dict(kinds)
    )


def as_instances(matched: Matched, report: str, *, seen: datetime) -> dict[str, InstanceIn]:
    """Give what was matched as instances: ``ci:web``, or where several versions run one for each.

    What names no version that could be kept, or a product that is not known, is left out.
    """
    running: defaultdict[str, dict[str | None, frozenset[str] | None]] = defaultdict(dict)
    for each in matched.asked:
        if each.product in matched.known:
            version, versions = _kept(each.version), running[each.product]
            before = versions.get(version, frozenset())
            versions[version] = (
                None if each.features is None or before is None else each.features | before
            )
    return {
        instance_name(report, product, version if len(versions) > 1 else None): InstanceIn(
            product=product,
            version=version,
            features=None if features is None else tuple(sorted(features)),
            last_seen=seen,
        )
        for product, versions in sorted(running.items())
        for version, features in sorted(versions.items(), key=lambda each: each[0] or "")
        if version is not None
    }


def replaced(matched: Matched, *, undecided: Collection[str]) -> frozenset[str]:
    """Name the products of which a report says all that is run, so that earlier reports go.

    Not those that are ``undecided``, or run in a version that cannot be kept; and none where
    nothing is matched, or where a product is named that is not known: it could be any.
    """
    named = {each.product for each in matched.asked}
    if not named or not named <= matched.known:
        return frozenset()
    partly = {each.product for each in matched.asked if _kept(each.version) is None}
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


def _kept(version: str | None) -> str | None:
    """Give a version as an instance may have it; a package URL can hold anything."""
    if version is None:
        return None
    unfit = any(text_problems("version", version, longest=LONGEST_NAME, required=True))
    return None if unfit else version
