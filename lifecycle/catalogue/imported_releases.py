"""Taking in what a source says of a product's releases."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.accounts.import_changes import list_changes
from lifecycle.catalogue import consistency, release_checks, releases, rows
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.models import Release
from lifecycle.documents.partial_structs import overlaid
from lifecycle.errors import Problem
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.import_changes import FieldChange
    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import ImportedProduct
    from lifecycle.catalogue.import_outcomes import Report
    from lifecycle.catalogue.line_placement import Lines
    from lifecycle.catalogue.models import Product
    from lifecycle.versions import Scheme


class _Known(msgspec.Struct, frozen=True):
    """A release as it is stored: its row's number, its facts, and when it was registered."""

    id: int
    facts: ReleaseIn
    registered_at: datetime


class ReleasePlan(msgspec.Struct):
    """What an import would store: new releases, changed ones, and these in columns by number."""

    new: list[ReleaseIn] = []
    changed: list[ReleaseIn] = []
    columns: dict[int, dict[str, Any]] = {}


async def store_releases(
    session: AsyncSession, product: Product, plan: ReleasePlan, *, by: By
) -> list[ReleaseIn]:
    """Store what is new or different, and return that."""
    await releases.add(session, product, plan.new, by=by)
    await rows.update_all(session, plan.columns)
    return plan.new + plan.changed


async def plan_releases(
    session: AsyncSession,
    product: Product,
    imported: ImportedProduct,
    report: Report,
    *,
    of_lines: Lines,
    by: By,
    today: date,
) -> ReleasePlan:
    """Find what is new or different, and report it; nothing is stored."""
    version_scheme = scheme(product.scheme)
    stored, voided = await _known(session, product)
    plan = ReleasePlan()
    for facts in _sound(imported.releases, product, report, today=today):
        before, path = stored.get(facts.version), f"releases[{facts.version}]."
        cleared = imported.cleared.get(facts.version, frozenset())
        after = facts if before is None else _merged(before.facts, facts, cleared)
        mistakes = list(release_checks.line_mistakes(facts, version_scheme, of_lines, path))
        mistakes += _change_mistakes(before, after, version_scheme, path)
        if mistakes:
            report.problems += mistakes
        elif before is None and facts.version in voided:
            report.voided.append(facts.version)
        elif before is None:
            plan.new.append(facts)
        elif after == before.facts:
            report.releases.unchanged += 1
        else:
            confirmed = before.facts.released_on is None and after.released_on is not None
            registered = {"registered_at": by.at if confirmed else before.registered_at}
            values = rows.columns(after, version_scheme, of_lines)
            plan.columns[before.id] = values | registered
            plan.changed.append(after)
            report.changes += _changes(product, before.facts, after)
    named = {facts.version for facts in imported.releases}
    report.releases.created += [facts.version for facts in plan.new]
    report.releases.changed += [facts.version for facts in plan.changed]
    report.releases.missing_in_source += [version for version in stored if version not in named]
    return plan


def _changes(product: Product, before: ReleaseIn, after: ReleaseIn) -> list[FieldChange]:
    facts = map(msgspec.structs.asdict, (before, after))
    return list_changes(f"release {product.slug}/{after.version}", *facts)


def _change_mistakes(
    before: _Known | None, after: ReleaseIn, version_scheme: Scheme, path: str
) -> Iterator[Problem]:
    if before is not None:
        yield from consistency.relabelling_problems(before.facts, after, version_scheme, path)
        yield from consistency.withdrawal_problems(
            after.released_on, after.withdrawn_on, after.restored_on, path=path
        )


def _sound(
    listed: Iterable[ReleaseIn], product: Product, report: Report, *, today: date
) -> Iterable[ReleaseIn]:
    """Return what can be stored, each version once; a release in the future is only a plan."""
    version_scheme = scheme(product.scheme)
    versions: set[str] = set()
    for facts in listed:
        path = f"releases[{facts.version}]."
        problems = list(consistency.release_problems(facts, version_scheme, path))
        if facts.version in versions:
            problems = [Problem(f"{path}version", "is listed twice", value=facts.version)]
        versions.add(facts.version)
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


async def _known(session: AsyncSession, product: Product) -> tuple[dict[str, _Known], set[str]]:
    """Return the releases there are by version, and the versions that were voided."""
    table = Release.__table__.c
    fields = ("released_on", "planned_on", "stage", "given_line", "withdrawn_on", "restored_on")
    statement = (
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
    stored: dict[str, _Known] = {}
    voided: set[str] = set()
    for number, version, voided_at, registered_at, *values in await session.execute(statement):
        if voided_at is None:
            facts = dict(zip(rows.FIELDS, values, strict=True))
            stored[version] = _Known(number, ReleaseIn(version=version, **facts), registered_at)
        else:
            voided.add(version)
    return stored, voided


def _merged(before: ReleaseIn, facts: ReleaseIn, cleared: frozenset[str]) -> ReleaseIn:
    """Change what the source speaks of, and clear where it says that there is nothing."""
    return msgspec.structs.replace(overlaid(before, facts), **dict.fromkeys(cleared))
