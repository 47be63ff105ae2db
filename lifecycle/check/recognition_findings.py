"""Which components were recognised as known products, and what follows where they were not (pure).

What nobody recognises must not pass for what is supported.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.check.running_versions import Running
from lifecycle.check.support_rules import Found
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding
from lifecycle.support.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


class Counts(msgspec.Struct):
    """What became of the components; ``products`` says how many are of which product."""

    components: int = 0
    matched: int = 0
    unmatched: int = 0
    without_purl: int = 0
    unreadable: int = 0
    merged: int = 0
    products: dict[str, int] = {}
    unknown_product: int = 0

    def add(self, counts: Counts) -> None:
        """Count what became of further components."""
        self.components += counts.components
        self.matched += counts.matched
        self.unmatched += counts.unmatched
        self.without_purl += counts.without_purl
        self.unreadable += counts.unreadable
        self.merged += counts.merged
        self.unknown_product += counts.unknown_product
        products = Counter(self.products)
        products.update(counts.products)
        self.products = dict(sorted(products.items()))


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A component that could not be read in full; ``product`` is what it may be of."""

    place: int
    name: str
    fault: str
    product: str | None = None


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Components of no known product whose name nearly is an identifier of one."""

    places: tuple[int, ...]
    name: str
    identifier: str
    product: str


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """What was recognised: ``expected`` are the products of which something has to be.

    ``expected_unknown`` are those of them that the catalogue does not have.
    """

    counts: Counts
    unread: tuple[Unread, ...] = ()
    near: tuple[Near, ...] = ()
    expected: tuple[str, ...] = ()
    expected_unknown: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """Name the products that were expected, and of which nothing was recognised."""
        return sorted({*self.expected} - self.counts.products.keys())


def summarise(counts: Counts) -> str:
    """Say in a sentence what became of the components.

    >>> summarise(Counts(components=4, matched=3, unmatched=1, products={"base": 2, "side": 1}))
    '3 of 4 components were checked (base 2, side 1); 1 matches no known product.'
    """
    products = ", ".join(f"{name} {count:,}" for name, count in counts.products.items())
    checked = f"{counts.matched:,} of {_number(counts.components)}"
    checked += " was checked" if counts.components == 1 else " were checked"
    parts = [
        f"{checked} ({products})" if products else checked,
        _some(counts.unknown_product, "names", "name", "a product that the catalogue lacks"),
        _some(counts.unmatched, "matches", "match", "no known product"),
        _some(counts.without_purl, "has", "have", "no package URL"),
        _some(counts.unreadable, "was", "were", "not readable in full"),
    ]
    return f"{'; '.join(filter(None, parts))}."


def counted(counts: Counts) -> dict[str, int]:
    """Return all counts under flat names, for formats without nesting.

    >>> counted(Counts(components=2, products={"base": 1}))["matched: base"]
    1
    """
    plain: dict[str, Any] = msgspec.to_builtins(counts)
    products = plain.pop("products")
    return plain | {f"matched: {name}": count for name, count in products.items()}


def find_near(near: tuple[Near, ...], *, at: date) -> list[Found]:
    """Find what is of no known product, and nearly has the name of one."""
    return [Found(_as_running(resembling, at), _near(resembling)) for resembling in near]


def find_unrecognised(recognition: Recognition, *, allow_no_match: bool) -> Iterator[Finding]:
    """Find what could not be read, and what was expected and is not there."""
    yield from map(_unread, recognition.unread)
    for product in recognition.missing:
        yield _missing(product, is_known=product not in recognition.expected_unknown)
    counts = recognition.counts
    if not (counts.matched or counts.unknown_product or allow_no_match):
        yield Finding(
            "nothing-matched",
            f"None of {_number(counts.components)} matches a product that the service knows, so"
            " nothing was checked.",
            "Correct the package URLs, or ask the vendor to add them to its products' identifiers;"
            " where nothing is meant to match, use --allow-no-match.",
        )


def _missing(product: str, *, is_known: bool) -> Finding:
    if not is_known:
        return Finding(
            "expected-missing",
            f"{product} was expected, but the catalogue has no such product.",
            "Correct its name in --expect, or ask the vendor to add the product.",
            subject=product,
        )
    return Finding(
        "expected-missing",
        f"Nothing that was checked belongs to {product}, which was expected.",
        "Correct the list or SBOM, or ask the vendor to add the package URL to the product's"
        " identifiers. What an account no longer runs need not match with --allow-no-match.",
        subject=product,
    )


def _near(near: Near) -> Finding:
    if near.name.casefold() == near.product.casefold():
        return _without_purl(near)
    also = "" if near.identifier == near.product else f", an identifier of {near.product}"
    return _nearly_known(
        near,
        f"{near.name} matches no known product; did you mean {near.identifier}{also}?",
        "Correct the package URL, or ask the vendor to add it to the product's identifiers; ignore"
        " it if it is something else.",
    )


def _without_purl(near: Near) -> Finding:
    has = f", such as {near.identifier}" if near.identifier != near.product else ""
    return _nearly_known(
        near,
        f"{near.name} has the name of the product {near.product}, but no package URL, so it was"
        " not checked.",
        f"If it is that product, add its package URL{has}, or name it as the component's product;"
        " ignore it if it is something else.",
    )


def _nearly_known(near: Near, message: str, fix: str) -> Finding:
    return Finding(
        "nearly-known",
        message,
        fix,
        subject=near.name,
        evidence={"product": near.product, "identifier": near.identifier},
        path=("components", near.places[0]) if near.places else (),
        severity=Severity.WARNING,
    )


def _unread(unread: Unread) -> Finding:
    name = unread.name or "A component"
    may_be = f", and may be {unread.product}" if unread.product else ""
    return Finding(
        "undecided" if unread.product else "unreadable",
        f"{name} could not be read in full{may_be}: {unread.fault}.",
        "Correct it, or have the tool that wrote it do so.",
        subject=unread.name or None,
        path=("components", unread.place),
        severity=Severity.ERROR if unread.product else Severity.NOTE,
    )


def _as_running(near: Near, at: date) -> Running:
    """Return what an entry of an ignore file can name: the likely product, and its components."""
    return Running(
        product=near.product, status=Status.UNKNOWN, reason="", at=at, places=near.places
    )


def _some(count: int, singular: str, plural: str, tail: str) -> str:
    return f"{count:,} {singular if count == 1 else plural} {tail}" if count else ""


def _number(components: int) -> str:
    return f"{components:,} components" if components != 1 else "1 component"
