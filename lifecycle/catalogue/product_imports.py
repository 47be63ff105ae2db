"""Taking in what a source says of a product: what is new or different is stored, the rest left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.accounts.import_changes import list_changes
from lifecycle.audit.actions import append
from lifecycle.catalogue import consistency, lines, products, queries, rows
from lifecycle.catalogue.claimed_names import FIELDS, find_clashes
from lifecycle.catalogue.features import columns as feature_columns
from lifecycle.catalogue.features import former
from lifecycle.catalogue.import_outcomes import Report
from lifecycle.catalogue.imported_releases import apply_releases
from lifecycle.catalogue.models import Feature, Line, Product, Sync
from lifecycle.catalogue.shrunken_days import lts_shrunk, shrunk
from lifecycle.documents.partial_structs import overlaid
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import (
        FeatureIn,
        ImportedProduct,
        LineIn,
        ProductIn,
        ReleaseIn,
    )
    from lifecycle.catalogue.claimed_names import Clash

REASON = "the source says so"


async def apply(
    session: AsyncSession,
    imported: ImportedProduct,
    *,
    by: By,
    today: date,
    source: str | None = None,
) -> Report:
    """Store what is new or different; done again it changes nothing and leaves no evidence.

    What the source does not mention stays. A day it moves earlier is recorded as a correction; a
    day in the future is a plan. What it has wrong is named in the report, and the rest is taken.
    Where nothing is wrong, the product is synced with the ``source`` named.
    """
    product = await queries.find_product(session, imported.product.slug)
    before = products.stored_values(product) if product else None
    clashes = await find_clashes(session, imported.product, product)
    facts = _without(imported.product, clashes)
    product, created = await products.put(session, facts, by=by)
    report = Report(product.slug, created=created)
    report.problems += [clash.problem for clash in clashes]
    if before is not None:
        after = products.stored_values(product)
        report.changes += list_changes(f"product {product.slug}", before, after)
        report.changed = bool(report.changes)
    await _apply_lines(session, product, imported, report, today=today)
    stored = await apply_releases(session, product, imported, report, by=by, today=today)
    await _apply_features(session, product, imported, report, by=by)
    if any(
        kind.created or kind.changed for kind in (report.lines, report.releases, report.features)
    ):
        details = _evidence(report, stored)
        append(session, by, "product.imported", product.slug, product=product.slug, details=details)
    if source is not None and not report.problems:
        await session.merge(Sync(product_id=product.id, source=source, synced_at=by.at))
    return report


def _without(facts: ProductIn, clashes: Sequence[Clash]) -> ProductIn:
    names = {(clash.field, clash.name) for clash in clashes}
    free = {
        field: tuple(name for name in getattr(facts, field) if (field, name) not in names)
        for field in FIELDS
    }
    return msgspec.structs.replace(facts, **free)


async def _apply_lines(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    today: date,
) -> None:
    rows = await session.scalars(select(Line).where(Line.product_id == product.id))
    rows_by_name = {line.name: line for line in rows}
    position = await lines.next_position(session, product)
    for name, facts in imported.lines.items():
        problems = list(consistency.line_problems(name, facts, field=f"lines[{name}]"))
        if problems:
            report.problems += problems
        elif name not in rows_by_name:
            placed = position if facts.position is None else facts.position
            position += 1
            values = lines.columns(msgspec.structs.replace(facts, position=placed))
            session.add(Line(product_id=product.id, name=name, revision=1, **values))
            report.lines.created.append(name)
        else:
            _change_line(rows_by_name[name], facts, report, today=today)
    report.lines.missing_in_source += [name for name in rows_by_name if name not in imported.lines]
    await session.flush()
    if report.lines.created and product.line_by == "declared":
        await products.derive_again(session, product, ordered=False)


def _change_line(line: Line, facts: LineIn, report: Report, *, today: date) -> None:
    before = lines.facts_of(line)
    after = overlaid(before, facts)
    after = msgspec.structs.replace(
        after, declared=before.declared | facts.declared, correction=None
    )
    if after == before:
        report.lines.unchanged += 1
        return
    sides = map(msgspec.structs.asdict, (before, after))
    report.changes += list_changes(f"line {report.product}/{line.name}", *sides)
    earlier = shrunk(before.declared, after.declared, today=today)
    if earlier or lts_shrunk(before.lts, after.lts):
        correction = rows.differences(before, after)
        reason = facts.correction or REASON
        report.corrections.append({"line": line.name, "reason": reason} | correction)
    for field, value in lines.columns(after).items():
        setattr(line, field, value)
    line.revision += 1
    report.lines.changed.append(line.name)


async def _apply_features(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    by: By,
) -> None:
    rows = await session.scalars(select(Feature).where(Feature.product_id == product.id))
    rows_by_key = {feature.key: feature for feature in rows}
    version_scheme = scheme(product.scheme)
    for key, facts in imported.features.items():
        problems = list(consistency.feature_problems(key, facts, version_scheme))
        if problems:
            report.problems += [fault.at(f"features[{key}].{fault.field}") for fault in problems]
        elif key not in rows_by_key:
            values = feature_columns(key, facts)
            added = Feature(
                product_id=product.id,
                key=key,
                former_stages=[],
                registered_at=by.at,
                revision=1,
                **values,
            )
            session.add(added)
            report.features.created.append(key)
        else:
            _change_feature(rows_by_key[key], facts, report)
    report.features.missing_in_source += [
        key for key in rows_by_key if key not in imported.features
    ]
    await session.flush()


def _change_feature(feature: Feature, facts: FeatureIn, report: Report) -> None:
    values = feature_columns(feature.key, facts)
    given_values = {field: value for field, value in values.items() if value is not None}
    if not facts.depends_on:  # no source tells what needs what
        del given_values["depends_on"]
    changed = {
        field: value for field, value in given_values.items() if getattr(feature, field) != value
    }
    before = {field: getattr(feature, field) for field in changed}
    report.changes += list_changes(f"feature {report.product}/{feature.key}", before, changed)
    if "stages" in changed:
        feature.former_stages = former(feature.former_stages, feature.stages, changed["stages"])
    for field, value in changed.items():
        setattr(feature, field, value)
    if changed:
        feature.revision += 1
        report.features.changed.append(feature.key)
    else:
        report.features.unchanged += 1


def _evidence(report: Report, stored: list[ReleaseIn]) -> dict[str, Any]:
    return {
        "releases": {
            "created": len(report.releases.created),
            "changed": len(report.releases.changed),
            "stored": rows.evidence(stored),
        },
        "lines": {"created": report.lines.created, "changed": report.lines.changed},
        "features": {"created": report.features.created, "changed": report.features.changed},
        "corrections": report.corrections,
    }
