"""Taking in what a source says of a product: what is new or different is stored, the rest left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.accounts.import_changes import list_changes
from lifecycle.audit.actions import append
from lifecycle.catalogue import consistency, line_facts, lines, products, queries, rows
from lifecycle.catalogue.catalogue_inputs import (
    FeatureIn,
    LineIn,
)
from lifecycle.catalogue.claimed_names import FIELDS, find_clashes, refuse_clashes
from lifecycle.catalogue.features import columns as feature_columns
from lifecycle.catalogue.features import former
from lifecycle.catalogue.import_outcomes import Report
from lifecycle.catalogue.imported_releases import ReleasePlan, plan_releases, store_releases
from lifecycle.catalogue.models import Feature, Line, Product, Sync
from lifecycle.catalogue.named_tiers import feature_tier_problems, policy_tiers
from lifecycle.catalogue.shrunken_days import lts_shrunk, shrunk
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.documents.partial_structs import overlaid
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import (
        ImportedProduct,
        ProductIn,
        ReleaseIn,
    )
    from lifecycle.catalogue.claimed_names import Clash

REASON = "the source says so"


class _ImportPlan(msgspec.Struct):
    """What an import would store, beside what it reports.

    Lines and features that are known come with their new facts, or the values that differ.
    """

    report: Report
    releases: ReleasePlan
    new_lines: dict[str, LineIn] = {}
    lines: list[tuple[Line, LineIn]] = []
    new_features: dict[str, FeatureIn] = {}
    features: list[tuple[Feature, dict[str, Any]]] = []


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
    previous = await queries.find_product(session, imported.product.slug)
    before = products.stored_values(previous) if previous else None
    clashes = await find_clashes(session, imported.product, previous)
    product, created = await products.put(session, _without(imported.product, clashes), by=by)
    report = _report(product, before, clashes, created=created)
    plan = await _plan(session, product, imported, report, by=by, today=today)
    stored = await _store(session, product, plan, by=by)
    if any(
        kind.created or kind.changed for kind in (report.lines, report.releases, report.features)
    ):
        details = _evidence(report, stored)
        append(session, by, "product.imported", product.slug, product=product.slug, details=details)
    if source is not None and not report.problems:
        await session.merge(Sync(product_id=product.id, source=source, synced_at=by.at))
    return report


async def preview(
    session: AsyncSession,
    imported: ImportedProduct,
    *,
    by: By,
    today: date,
    renamed: Product | None = None,
) -> Report:
    """Report what ``apply`` would do, or refuse it likewise; it only reads: no writer waits for it.

    ``renamed`` is the product that the source means, where that is to be renamed first.
    """
    stored = renamed or await queries.find_product(session, imported.product.slug)
    before = products.stored_values(stored) if stored else None
    clashes = await find_clashes(session, imported.product, stored)
    facts = _without(imported.product, clashes)
    await refuse_clashes(session, facts, stored, visibility=EVERYTHING)
    values = await products.check(session, facts, stored)
    product = Product(id=stored.id if stored else None, slug=facts.slug, **values)
    report = _report(product, before, clashes, created=stored is None)
    await _plan(session, product, imported, report, by=by, today=today)
    return report


def _report(
    product: Product, before: dict[str, Any] | None, clashes: Sequence[Clash], *, created: bool
) -> Report:
    """Begin a report with what becomes of the product itself."""
    report = Report(product.slug, created=created)
    report.problems += [clash.problem for clash in clashes]
    if before is not None:
        after = products.stored_values(product)
        report.changes += list_changes(f"product {product.slug}", before, after)
        report.changed = bool(report.changes)
    return report


def _without(facts: ProductIn, clashes: Sequence[Clash]) -> ProductIn:
    names = {(clash.field, clash.name) for clash in clashes}
    free = {
        field: tuple(name for name in getattr(facts, field) if (field, name) not in names)
        for field in FIELDS
    }
    return msgspec.structs.replace(facts, **free)


async def _plan(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    by: By,
    today: date,
) -> _ImportPlan:
    """Find what is new or different, and report it; nothing is stored."""
    plan = _ImportPlan(report, ReleasePlan())
    await _plan_lines(session, product, imported, plan, today=today)
    of_lines = await products.lines_of(session, product, also=plan.new_lines)
    plan.releases = await plan_releases(
        session, product, imported, report, of_lines=of_lines, by=by, today=today
    )
    await _plan_features(session, product, imported, plan)
    return plan


async def _store(
    session: AsyncSession, product: Product, plan: _ImportPlan, *, by: By
) -> list[ReleaseIn]:
    """Store what is new or different, and return the releases of it."""
    for name, line in plan.new_lines.items():
        values = lines.columns(line)
        session.add(Line(product_id=product.id, name=name, revision=1, **values))
    for line_row, line in plan.lines:
        _set(line_row, lines.columns(line))
    await session.flush()
    if plan.new_lines and product.line_by == "declared":
        await products.derive_again(session, product, ordered=False)
    stored = await store_releases(session, product, plan.releases, by=by)
    for key, feature in plan.new_features.items():
        added = Feature(
            product_id=product.id,
            key=key,
            former_stages=[],
            registered_at=by.at,
            revision=1,
            **feature_columns(key, feature),
        )
        session.add(added)
    for feature_row, changed in plan.features:
        if "stages" in changed:
            feature_row.former_stages = former(
                feature_row.former_stages, feature_row.stages, changed["stages"]
            )
        _set(feature_row, changed)
    await session.flush()
    return stored


def _set(row: Line | Feature, values: dict[str, Any]) -> None:
    for field, value in values.items():
        setattr(row, field, value)
    row.revision += 1


async def _plan_lines(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    plan: _ImportPlan,
    *,
    today: date,
) -> None:
    report = plan.report
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
            plan.new_lines[name] = msgspec.structs.replace(facts, position=placed)
            report.lines.created.append(name)
        else:
            _plan_line(rows_by_name[name], facts, plan, today=today)
    report.lines.missing_in_source += [name for name in rows_by_name if name not in imported.lines]


def _plan_line(line: Line, facts: LineIn, plan: _ImportPlan, *, today: date) -> None:
    before, report = line_facts.facts_of(line), plan.report
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
    plan.lines.append((line, after))
    report.lines.changed.append(line.name)


async def _plan_features(
    session: AsyncSession, product: Product, imported: ImportedProduct, plan: _ImportPlan
) -> None:
    report = plan.report
    rows = await session.scalars(select(Feature).where(Feature.product_id == product.id))
    rows_by_key = {feature.key: feature for feature in rows}
    version_scheme, tiers = scheme(product.scheme), await policy_tiers(session, product.id)
    for key, facts in imported.features.items():
        row = rows_by_key.get(key)
        problems = [
            *consistency.feature_problems(key, facts, version_scheme),
            *feature_tier_problems(facts.tiers, tiers, stored=row.tiers if row else None),
        ]
        if problems:
            report.problems += [fault.at(f"features[{key}].{fault.field}") for fault in problems]
        elif row is None:
            plan.new_features[key] = facts
            report.features.created.append(key)
        else:
            _plan_feature(row, facts, plan)
    report.features.missing_in_source += [
        key for key in rows_by_key if key not in imported.features
    ]


def _plan_feature(feature: Feature, facts: FeatureIn, plan: _ImportPlan) -> None:
    values, report = feature_columns(feature.key, facts), plan.report
    given_values = {field: value for field, value in values.items() if value is not None}
    for name in ("name", "stages", "depends_on"):  # what a source leaves out stays
        if not getattr(facts, name):
            del given_values[name]
    changed = {
        field: value for field, value in given_values.items() if getattr(feature, field) != value
    }
    before = {field: getattr(feature, field) for field in changed}
    report.changes += list_changes(f"feature {report.product}/{feature.key}", before, changed)
    if changed:
        plan.features.append((feature, changed))
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
