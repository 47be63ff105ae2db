"""Slugs, identifiers and aliases that another product has: each of them means one product."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from lifecycle.catalogue.identifiers import covers, package_of
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.errors import Conflict, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.catalogue_inputs import ProductIn
    from lifecycle.catalogue.visibility import Visibility

FIELDS = ("identifiers", "aliases")


class NameTaken(Conflict):
    """Another product has this name, identifier or alias."""


class Clash(NamedTuple):
    """A name that a product wants, and that another one has."""

    field: str
    name: str
    problem: Problem


async def refuse_clashes(
    session: AsyncSession, facts: ProductIn, product: Product | None, *, visibility: Visibility
) -> None:
    """Refuse the names new to a product that another one has; who may see it is told which."""
    _refuse(await find_clashes(session, facts, product, visibility=visibility))


async def refuse_slug(session: AsyncSession, slug: str, *, former: str) -> None:
    """Refuse to rename a product to an alias of another one; its own it may take."""
    _refuse([*_clashing_slugs(slug, await _names_besides(session, slug, former), EVERYTHING)])


async def find_clashes(
    session: AsyncSession,
    facts: ProductIn,
    product: Product | None,
    *,
    visibility: Visibility = EVERYTHING,
) -> list[Clash]:
    """Return the names new to a product that another one has; its slug is new with the product.

    A part of another product's package, such as one version, clashes for those alone who may not
    publish every product.
    """
    new_names = {
        field: [
            (f"{field}[{place}]", name)
            for place, name in enumerate(getattr(facts, field))
            if name not in (getattr(product, field) if product else ())
        ]
        for field in FIELDS
    }
    if product is not None and not any(new_names.values()):
        return []
    rows = await _names_besides(session, facts.slug, own=product.id if product else None)
    return [
        *(_clashing_slugs(facts.slug, rows, visibility) if product is None else ()),
        *_clashing_identifiers(new_names["identifiers"], rows, visibility),
        *_clashing_aliases(new_names["aliases"], rows, visibility),
    ]


def _refuse(clashes: Sequence[Clash]) -> None:
    if clashes:
        first = clashes[0]
        instead = "choose another name" if first.field == "slug" else "leave it out"
        raise NameTaken(
            f"{first.name[:100]!r} {first.problem.message}; {instead}, or have it removed there"
            " first.",
            problems=[clash.problem for clash in clashes],
        )


async def _names_besides(
    session: AsyncSession, *slugs: str, own: int | None = None
) -> Sequence[Row[str, bool, list[str], list[str]]]:
    """Return the names of all products but some, and but one's ``own``."""
    columns = (Product.slug, Product.public, Product.identifiers, Product.aliases)
    statement = select(*columns).where(Product.slug.not_in(slugs), Product.id.is_distinct_from(own))
    return (await session.execute(statement)).all()


def _clashing_slugs(
    slug: str, rows: Iterable[Row[str, bool, list[str], list[str]]], visibility: Visibility
) -> Iterator[Clash]:
    for row in rows:
        if slug in row.aliases:
            message = f"is an alias of {_called(row, visibility)}"
            yield Clash("slug", slug, Problem("slug", message, value=slug[:100]))


def _clashing_identifiers(
    new_names: Iterable[tuple[str, str]],
    rows: Iterable[Row[str, bool, list[str], list[str]]],
    visibility: Visibility,
) -> Iterator[Clash]:
    by_package: defaultdict[object, list[tuple[str, str]]] = defaultdict(list)
    for place, identifier in new_names:
        by_package[package_of(identifier)].append((place, identifier))
    for row in rows:
        for package in row.identifiers:
            for place, identifier in by_package.get(package_of(package), ()):
                is_part = not covers(identifier, package)
                if covers(package, identifier) and not (is_part and visibility.everything):
                    part = f"is part of {package}, which " if is_part else ""
                    message = f"{part}belongs to {_called(row, visibility)}"
                    problem = Problem(place, message, value=identifier[:100])
                    yield Clash("identifiers", identifier, problem)


def _clashing_aliases(
    new_names: Iterable[tuple[str, str]],
    rows: Iterable[Row[str, bool, list[str], list[str]]],
    visibility: Visibility,
) -> Iterator[Clash]:
    for place, alias in new_names:
        for row in rows:
            if alias in (row.slug, *row.aliases):
                verb = "is the slug of" if alias == row.slug else "belongs to"
                message = f"{verb} {_called(row, visibility)}"
                yield Clash("aliases", alias, Problem(place, message, value=alias[:100]))


def _called(row: Row[str, bool, list[str], list[str]], visibility: Visibility) -> str:
    is_shown = visibility.shows(row.slug, public=row.public)
    return f"the product {row.slug!r}" if is_shown else "another product"
