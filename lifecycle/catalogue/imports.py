"""Taking in what a source says of a product: what is new or different is stored, the rest left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.audit.actions import append
from lifecycle.catalogue import checks, lines, products, queries, releases, rows
from lifecycle.catalogue.facts import FeatureIn, ImportedProduct, LineIn, ReleaseIn
from lifecycle.catalogue.features import columns as feature_columns
from lifecycle.catalogue.features import former
from lifecycle.catalogue.models import Feature, Line, Product, Release, Sync
from lifecycle.catalogue.promises import lts_shrunk, shrunk
from lifecycle.errors import Problem
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By

REASON = "the source says so"


class Counts(msgspec.Struct):
    """What became of one kind of thing; ``missing_in_source`` is reported and stays."""

    created: list[str] = []
    changed: list[str] = []
    unchanged: int = 0
    missing_in_source: list[str] = []


class Report(msgspec.Struct):
    """What an import did. What is in ``problems`` was left out, and what is in ``voided`` too."""

    product: str
    created: bool = False
    changed: bool = False
    releases: Counts = msgspec.field(default_factory=Counts)
    lines: Counts = msgspec.field(default_factory=Counts)
    features: Counts = msgspec.field(default_factory=Counts)
    corrections: list[dict[str, Any]] = []
    problems: list[Any] = []
    voided: list[str] = []

    @property
    def altered(self) -> bool:
        """Whether anything is different now."""
        kinds = (self.releases, self.lines, self.features)
        return self.created or self.changed or any(kind.created or kind.changed for kind in kinds)


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
    revision = product.revision if product else 0
    product, created = await products.put(session, imported.product, by=by)
    changed = not created and product.revision != revision
    report = Report(product.slug, created=created, changed=changed)
    await _apply_lines(session, product, imported, report, today=today)
    stored = await _apply_releases(session, product, imported, report, by=by, today=today)
    await _apply_features(session, product, imported, report, by=by)
    if any(
        kind.created or kind.changed for kind in (report.lines, report.releases, report.features)
    ):
        details = _evidence(report, stored)
        append(session, by, "product.imported", product.slug, product=product.slug, details=details)
    if source is not None and not report.problems:
        await session.merge(Sync(product_id=product.id, source=source, synced_at=by.at))
    return report


async def _apply_lines(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    today: date,
) -> None:
    found = await session.scalars(select(Line).where(Line.product_id == product.id))
    known = {line.name: line for line in found}
    position = await lines.next_position(session, product)
    for name, facts in imported.lines.items():
        problems = list(checks.line_problems(name, facts, field=f"lines[{name}]"))
        if problems:
            report.problems += problems
        elif name not in known:
            placed = position if facts.position is None else facts.position
            position += 1
            values = lines.columns(msgspec.structs.replace(facts, position=placed))
            session.add(Line(product_id=product.id, name=name, revision=1, **values))
            report.lines.created.append(name)
        else:
            _change_line(known[name], facts, report, today=today)
    report.lines.missing_in_source += [name for name in known if name not in imported.lines]
    await session.flush()
    if report.lines.created and product.line_by == "declared":
        await products.derive_again(session, product, ordered=False)


def _change_line(line: Line, facts: LineIn, report: Report, *, today: date) -> None:
    before = lines.facts_of(line)
    after = _told(before, facts)
    after = msgspec.structs.replace(
        after, declared=before.declared | facts.declared, correction=None
    )
    if after == before:
        report.lines.unchanged += 1
        return
    earlier = shrunk(before.declared, after.declared, today=today)
    if earlier or lts_shrunk(before.lts, after.lts):
        correction = rows.differences(before, after)
        reason = facts.correction or REASON
        report.corrections.append({"line": line.name, "reason": reason} | correction)
    for field, value in lines.columns(after).items():
        setattr(line, field, value)
    line.revision += 1
    report.lines.changed.append(line.name)


async def _apply_releases(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    by: By,
    today: date,
) -> list[ReleaseIn]:
    """Give what was stored, new or different."""
    of, of_lines = scheme(product.scheme), await products.lines_of(session, product)
    known, voided = await _known(session, product)
    new: list[ReleaseIn] = []
    told: list[ReleaseIn] = []
    changes: dict[int, dict[str, Any]] = {}
    for facts in _sound(imported.releases, product, report, today=today):
        row, path = known.get(facts.version), f"releases[{facts.version}]."
        mistakes = list(releases.line_mistakes(facts, of, of_lines, path))
        if row is not None:
            mistakes += checks.relabelling_problems(row[1], _told(row[1], facts), of, path)
        report.problems += mistakes
        if mistakes:
            continue
        if row is None:
            (report.voided if facts.version in voided else new).append(
                facts.version if facts.version in voided else facts  # type: ignore[arg-type]
            )
            continue
        merged = _told(row[1], facts)
        if merged == row[1]:
            report.releases.unchanged += 1
            continue
        confirmed = row[1].released_on is None and merged.released_on is not None
        registered = {"registered_at": by.at if confirmed else row[2]}
        changes[row[0]] = rows.columns(merged, of, of_lines) | registered
        told.append(merged)
    await releases.add(session, product, new, by=by)
    await rows.update_all(session, changes)
    named = {facts.version for facts in imported.releases}
    report.releases.created += [facts.version for facts in new]
    report.releases.changed += [facts.version for facts in told]
    report.releases.missing_in_source += [version for version in known if version not in named]
    return new + told


def _sound(
    listed: Iterable[ReleaseIn], product: Product, report: Report, *, today: date
) -> Iterable[ReleaseIn]:
    """Give what can be stored, each version once; a release in the future is but a plan."""
    of = scheme(product.scheme)
    seen: set[str] = set()
    for facts in listed:
        path = f"releases[{facts.version}]."
        problems = list(checks.release_problems(facts, of, path))
        if facts.version in seen:
            problems = [Problem(f"{path}version", "is listed twice", value=facts.version)]
        seen.add(facts.version)
        if problems:
            report.problems += problems
        elif facts.released_on is not None and facts.released_on > today:
            yield msgspec.structs.replace(
                facts,
                released_on=None,
                planned_on=facts.released_on,
                withdrawn_on=None,
                restored_on=None,
            )
        else:
            yield facts


async def _known(
    session: AsyncSession, product: Product
) -> tuple[dict[str, tuple[int, ReleaseIn, Any]], set[str]]:
    """Give the releases there are by version, and the versions that were voided."""
    table = Release.__table__.c
    fields = ("released_on", "planned_on", "stage", "given_line", "withdrawn_on", "restored_on")
    found = (
        select(
            table.id,
            table.version,
            table.voided_at,
            table.registered_at,
            *(table[field] for field in fields),
            table.notes_url,
        )
        .where(table.product_id == product.id)
        .order_by(table.rank, table.id)
    )
    known: dict[str, tuple[int, ReleaseIn, Any]] = {}
    voided: set[str] = set()
    for number, version, gone, registered_at, *values in await session.execute(found):
        if gone is None:
            facts = dict(zip(rows.FIELDS, values, strict=True))
            known[version] = (number, ReleaseIn(version=version, **facts), registered_at)
        else:
            voided.add(version)
    return known, voided


async def _apply_features(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    by: By,
) -> None:
    found = await session.scalars(select(Feature).where(Feature.product_id == product.id))
    known = {feature.key: feature for feature in found}
    of = scheme(product.scheme)
    for key, facts in imported.features.items():
        problems = list(checks.feature_problems(key, facts, of))
        if problems:
            report.problems += [_under(f"features[{key}]", problem) for problem in problems]
        elif key not in known:
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
            _change_feature(known[key], facts, report)
    report.features.missing_in_source += [key for key in known if key not in imported.features]
    await session.flush()


def _change_feature(feature: Feature, facts: FeatureIn, report: Report) -> None:
    values = feature_columns(feature.key, facts)
    kept = {field: value for field, value in values.items() if value is not None}
    if not facts.depends_on:  # no source tells what needs what
        del kept["depends_on"]
    changed = {field: value for field, value in kept.items() if getattr(feature, field) != value}
    if "stages" in changed:
        feature.former_stages = former(feature.former_stages, feature.stages, changed["stages"])
    for field, value in changed.items():
        setattr(feature, field, value)
    if changed:
        feature.revision += 1
        report.features.changed.append(feature.key)
    else:
        report.features.unchanged += 1


def _told(before: Any, facts: Any) -> Any:
    """Change what the source speaks of; about the rest it says nothing."""
    said = {
        field: value
        for field in facts.__struct_fields__
        if (value := getattr(facts, field)) is not None
    }
    return msgspec.structs.replace(before, **said)


def _under(path: str, problem: Problem) -> Problem:
    return Problem(
        f"{path}.{problem.field}", problem.message, value=problem.value, allowed=problem.allowed
    )


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
