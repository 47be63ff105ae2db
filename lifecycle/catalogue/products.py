"""Adding and changing products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET
from sqlalchemy import bindparam, select, update

from lifecycle.accounts.actions import check_revision
from lifecycle.audit.actions import append
from lifecycle.catalogue import consistency, queries
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.claimed_names import refuse_clashes
from lifecycle.catalogue.line_placement import Lines, derive
from lifecycle.catalogue.models import Line, Product, Release, StoredPolicy
from lifecycle.catalogue.named_tiers import policy_tiers, tier_problems
from lifecycle.catalogue.presentations import stored
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.errors import Conflict, Problem, raise_if_any
from lifecycle.policy.compatibility import check_fits
from lifecycle.policy.policy_documents import read_stored
from lifecycle.versions import Scheme, place, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.visibility import Visibility


KEPT = ("public", "endoflife", "presentation")
"""Of these, what is left out stays as it is."""
VALUES = ("name", "scheme", "line_by", "identifiers", "aliases", *KEPT)
PLACING = ("scheme", "line_by")
"""The values that decide where a product's releases stand among each other, and in which lines."""


class ProductExists(Conflict):
    """A product with this slug already exists."""


class VersionsDoNotFit(Conflict):
    """The product has versions that the new scheme cannot read."""


async def create(
    session: AsyncSession, facts: ProductIn, *, by: By, visibility: Visibility = EVERYTHING
) -> Product:
    """Add a product that is not there yet."""
    product, new = await queries.find_product(session, facts.slug), False
    if product is None:
        product, new = await put(session, facts, by=by, visibility=visibility)
    if not new:  # known before, or stored by another since we looked
        raise ProductExists(
            f"Product {facts.slug!r} already exists; use PUT to change it.",
            problems=[Problem("slug", "already exists")],
            product=facts.slug,
        )
    return product


async def put(
    session: AsyncSession,
    facts: ProductIn,
    *,
    by: By,
    expected: int | None = None,
    visibility: Visibility = EVERYTHING,
) -> tuple[Product, bool]:
    """Add or change a product, and say whether it is new; another one's names are refused.

    Another scheme places every release anew, and another line granularity puts them in other lines.
    """
    raise_if_any(consistency.product_problems(facts), subject=f"Product {facts.slug[:100]!r}")
    product = await queries.find_product(session, facts.slug, lock=True)
    check_revision(f"Product {facts.slug!r}", product.revision if product else None, expected)
    await refuse_clashes(session, facts, product, visibility=visibility)
    await _refuse_unknown_tiers(session, facts, product)
    values = product_values(facts)
    if product is None:
        values.setdefault("public", True)
        product = Product(slug=facts.slug, revision=1, created_at=by.at, **values)
        session.add(product)
        await session.flush()
        append(session, by, "product.added", facts.slug, product=facts.slug, details=values)
        return product, True
    before = stored_values(product)
    changed = [field for field in values if before[field] != values[field]]
    if changed:
        await _change(session, product, values)
        details = {field: {"before": before[field], "after": values[field]} for field in changed}
        append(session, by, "product.changed", facts.slug, product=facts.slug, details=details)
    return product, False


async def check(session: AsyncSession, facts: ProductIn, product: Product | None) -> dict[str, Any]:
    """Return a product's values as ``put`` would leave them, or refuse them likewise.

    Only names of other products are left to ``put``; nothing is stored.
    """
    raise_if_any(consistency.product_problems(facts), subject=f"Product {facts.slug[:100]!r}")
    await _refuse_unknown_tiers(session, facts, product)
    values = product_values(facts)
    if product is None:
        return {"public": True} | values
    before = stored_values(product)
    if any(values[field] != before[field] for field in PLACING):
        await _refuse_unfit(session, product.id, facts.scheme, facts.line_by)
    return before | values


def product_values(facts: ProductIn) -> dict[str, Any]:
    """Return a product's facts as its columns hold them; what may be left out, if it is said."""
    values = {
        "name": facts.name or facts.slug,
        "scheme": facts.scheme,
        "line_by": facts.line_by,
        "identifiers": list(facts.identifiers),
        "aliases": list(facts.aliases),
    }
    stated = {field: getattr(facts, field) for field in KEPT}
    return values | {field: stored(value) for field, value in stated.items() if value is not UNSET}


def facts_of(product: Product) -> ProductIn:
    """Return a product as it would be put."""
    return msgspec.convert(stored_values(product) | {"slug": product.slug}, ProductIn)


def stored_values(product: Product) -> dict[str, Any]:
    """Return a product's facts as its columns hold them."""
    return {field: getattr(product, field) for field in VALUES}


async def lines_of(session: AsyncSession, product: Product, *, also: Iterable[str] = ()) -> Lines:
    """Say how a product's releases form lines; ``also`` are declared ones yet to be stored."""
    if product.line_by != "declared":
        return Lines(product.line_by)
    names = await session.scalars(select(Line.name).where(Line.product_id == product.id))
    return Lines("declared", frozenset(names) | frozenset(also))


async def derive_again(session: AsyncSession, product: Product, *, ordered: bool) -> None:
    """Work out anew what follows from every version; with ``ordered``, their ranks as well."""
    table = Release.__table__.c
    releases = (
        select(table.id, table.version, table.stage, table.given_line, table.rank)
        .where(table.product_id == product.id, table.voided_at.is_(None))
        .order_by(table.rank, table.id)
    )
    rows = (await session.execute(releases)).all()
    if not rows:
        return
    version_scheme = scheme(product.scheme)
    lines = await lines_of(session, product)
    placed = place(version_scheme, [], [row.version for row in rows]).ranks if ordered else {}
    changes = []
    for row in rows:
        derived = derive(version_scheme, lines, row.version, stage=row.stage, stated=row.given_line)
        changes.append(
            {
                "row": row.id,
                "to_rank": placed.get(row.version, row.rank),
                "to_line": derived.line,
                "to_major": derived.major,
                "to_minor": derived.minor,
                "to_patch": derived.patch,
                "to_prerelease": derived.prerelease,
            }
        )
    names = ("rank", "line", "major", "minor", "patch", "prerelease")
    statement = (
        update(Release.__table__)  # type: ignore[arg-type]
        .where(table.id == bindparam("row"))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    await session.execute(statement, changes)


async def _change(session: AsyncSession, product: Product, values: dict[str, Any]) -> None:
    ordered = values["scheme"] != product.scheme
    placed = ordered or values["line_by"] != product.line_by
    if placed:
        await _refuse_unfit(session, product.id, values["scheme"], values["line_by"])
    for field, value in values.items():
        setattr(product, field, value)
    product.revision += 1
    await session.flush()
    if placed:
        await derive_again(session, product, ordered=ordered)


def _refuse_unparsable(version_scheme: Scheme, versions: Sequence[str]) -> None:
    problems = [
        problem
        for version in versions
        for problem in consistency.version_problems("scheme", version, version_scheme)
    ]
    if problems:
        shown = ", ".join(repr(problem.value) for problem in problems[:5])
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""  # noqa: PLR2004
        raise VersionsDoNotFit(
            f"The scheme {version_scheme.name} cannot read {shown}{more};"
            " keep the scheme, or void them first.",
            problems=[
                Problem(
                    "scheme",
                    f"cannot read the version {problem.value!r}",
                    value=version_scheme.name,
                )
                for problem in problems[:100]
            ],
        )


async def _refuse_unknown_tiers(
    session: AsyncSession, facts: ProductIn, product: Product | None
) -> None:
    """Refuse tiers that none of the product's policies has; before the first, any may come."""
    if not facts.endoflife or product is None:
        return
    named = [(f"endoflife.{phase}", tier) for phase, tier in stored(facts.endoflife).items()]
    problems = tier_problems(named, await policy_tiers(session, product.id))
    raise_if_any(problems, subject=f"Product {facts.slug!r}")


async def _refuse_unfit(session: AsyncSession, product_id: int, name: str, line_by: str) -> None:
    """Refuse a scheme and granularity that do not fit a product's policies and versions."""
    version_scheme = scheme(name)
    policies = select(StoredPolicy.document).where(
        StoredPolicy.product_id == product_id, queries.STANDING
    )
    for document in await session.scalars(policies):
        check_fits(
            read_stored(document), line_by=line_by, units_possible=version_scheme.units_possible
        )
    versions = (
        select(Release.version)
        .where(Release.product_id == product_id, Release.voided_at.is_(None))
        .order_by(Release.rank, Release.id)
    )
    _refuse_unparsable(version_scheme, (await session.scalars(versions)).all())
