"""Matches: which products, versions and tiers the components that somebody runs ask about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta
from packageurl import PackageURL

from lifecycle.answers.check_limits import MOST_ALIASES, MOST_COMPONENTS
from lifecycle.answers.checked_structs import NearOut, UnreadOut
from lifecycle.answers.resemblances import resemblances
from lifecycle.catalogue.catalogue_inputs import Key
from lifecycle.catalogue.identifiers import Identifiers, version_of
from lifecycle.catalogue.package_urls import read_purl
from lifecycle.documents.patterns import ONE_LINE, FeatureKey, Text, Version
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lifecycle.answers.resemblances import ProductName

MOST_NAMED = 100
"""So many components that were not recognised are named; all are counted."""

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
    ``aliases`` are further package URLs of the same component. ``name`` is what it is called where
    it was found; by that alone nothing is looked up, but what resembles a known product is told.
    ``fault`` says what could not be read of it: such a component is not answered, and not decided
    where it may be of a known product.
    """

    product: Key | None = None
    purl: Purl | None = None
    version: Version | None = None
    tier: Text | None = None
    features: tuple[FeatureKey, ...] | None = None
    instance: Text | None = None
    aliases: Annotated[tuple[Purl, ...], Meta(max_length=MOST_ALIASES)] = ()
    name: Text | None = None
    fault: Text | None = None

    @property
    def purls(self) -> tuple[str, ...]:
        """All package URLs of the component."""
        return (*(() if self.purl is None else (self.purl,)), *self.aliases)


Components: TypeAlias = Annotated[
    tuple[ComponentIn, ...], Meta(min_length=1, max_length=MOST_COMPONENTS)
]


class Inquiry(msgspec.Struct, frozen=True):
    """One product, version and tier to be answered for."""

    product: str
    version: str | None
    tier: str | None
    features: frozenset[str] | None = None
    instance: str | None = None


class Matched(msgspec.Struct, frozen=True):
    """What components ask, each with their places, and how many ask nothing.

    ``kinds`` are the types of the package URLs that ask something. Of ``unread`` and ``near`` so
    many are given as are named.
    """

    asked: dict[Inquiry, list[int]]
    components: int
    unmatched: int
    unreadable: int
    known: frozenset[str]
    kinds: dict[Inquiry, set[str]] = {}
    without_purl: int = 0
    unread: tuple[UnreadOut, ...] = ()
    near: tuple[NearOut, ...] = ()

    @property
    def products(self) -> list[str]:
        """Name the products of the catalogue that are asked about."""
        return sorted({inquiry.product for inquiry in self.asked} & self.known)

    @property
    def by_product(self) -> dict[str, int]:
        """Count the components that are of each product of the catalogue."""
        places: defaultdict[str, set[int]] = defaultdict(set)
        for inquiry, places_asked in self.asked.items():
            if inquiry.product in self.known:
                places[inquiry.product].update(places_asked)
        return {product: len(places_asked) for product, places_asked in sorted(places.items())}


def component_problems(components: Sequence[ComponentIn]) -> Iterator[Problem]:
    """Yield which components name neither a product nor a package, or both."""
    for place, component in enumerate(components):
        is_named = bool(component.purls or component.name or component.fault)
        if (component.product is None) != is_named:
            fault = (
                "names neither a product nor a purl" if component.product is None else "names both"
            )
            yield Problem(f"components[{place}]", f"{fault}; give product, or purl")


def match(components: Sequence[ComponentIn], identifiers: Mapping[str, Iterable[str]]) -> Matched:
    """Find out which products components mean; what is said twice is asked once."""
    matching = _Matching(identifiers)
    for place, component in enumerate(components):
        matching.add(place, component)
    # What may be of a known product is named first: it keeps the check from being decided.
    unread = sorted(matching.unread, key=lambda component: component.product is None)
    return Matched(
        matching.asked,
        len(components),
        matching.unmatched,
        len(unread),
        frozenset(identifiers),
        dict(matching.kinds),
        matching.without_purl,
        tuple(unread[:MOST_NAMED]),
        tuple(
            NearOut(
                places=tuple(places),
                name=name,
                identifier=resemblance.identifier,
                product=resemblance.product,
            )
            for (name, resemblance), places in list(matching.near.items())[:MOST_NAMED]
        ),
    )


class _Matching:
    """What was found out of the components so far."""

    def __init__(self, identifiers: Mapping[str, Iterable[str]]) -> None:
        self.asked: dict[Inquiry, list[int]] = {}
        self.kinds: defaultdict[Inquiry, set[str]] = defaultdict(set)
        self.unmatched = self.without_purl = 0
        self.unread: list[UnreadOut] = []
        self.near: defaultdict[tuple[str, ProductName], list[int]] = defaultdict(list)
        self._known = Identifiers(identifiers)
        self._resemblances = resemblances(identifiers)

    def add(self, place: int, component: ComponentIn) -> None:
        """Find out what one component asks."""
        read = [(text, read_purl(text)) for text in component.purls]
        purls = [(text, purl) for text, purl in read if purl is not None]
        if component.product is not None:
            self._ask(place, component, component.product, component.version)
        elif component.fault is not None or (read and not purls):
            self._note_unread(place, component, purls)
        elif not purls:
            self.without_purl += 1
            self._note_near(
                place, component.name or "", self._resemblances.of_name(component.name or "")
            )
        elif self._ask_about(place, component, [purl for _, purl in purls]):
            return
        elif len(purls) < len(read):
            self._note_unread(place, component, purls)
        else:
            self.unmatched += 1
            for _, purl in purls:
                resemblance = self._resemblances.of_purl(purl)
                self._note_near(place, _package(purl) if resemblance else "", resemblance)

    def _ask_about(self, place: int, component: ComponentIn, purls: Sequence[PackageURL]) -> bool:
        candidates = [(purl, product) for purl in purls for product in self._known.products(purl)]
        versions = [version_of(purl, component.version) for purl, _ in candidates]
        stated = next(filter(None, versions), None)
        for (purl, product), version in zip(candidates, versions, strict=True):
            self._ask(place, component, product, version or stated, kind=purl.type)
        return bool(candidates)

    def _ask(
        self,
        place: int,
        component: ComponentIn,
        product: str,
        version: str | None,
        *,
        kind: str | None = None,
    ) -> None:
        features = None if component.features is None else frozenset(component.features)
        inquiry = Inquiry(product, version, component.tier, features, component.instance)
        places = self.asked.setdefault(inquiry, [])
        if place not in places[-1:]:
            places.append(place)
        if kind is not None:
            self.kinds[inquiry].add(kind)

    def _note_unread(
        self, place: int, component: ComponentIn, purls: Sequence[tuple[str, PackageURL]]
    ) -> None:
        product = next(
            (product for _, purl in purls for product in self._known.products(purl)), None
        )
        if product is None:
            near = [
                self._resemblances.of_text(text)
                for text in (*component.purls, component.name or "")
            ]
            product = next(
                (resemblance.product for resemblance in near if resemblance is not None), None
            )
        reason = component.fault or "its purl is not a package URL"
        name = component.name or next(iter(component.purls), "")
        self.unread.append(UnreadOut(place=place, name=name[:200], fault=reason, product=product))

    def _note_near(self, place: int, name: str, resemblance: ProductName | None) -> None:
        if resemblance is not None:
            self.near[name, resemblance].append(place)


def _package(purl: PackageURL) -> str:
    """Write a package URL without its version and place in the package."""
    return str(PackageURL(purl.type, purl.namespace, purl.name, qualifiers=purl.qualifiers))
