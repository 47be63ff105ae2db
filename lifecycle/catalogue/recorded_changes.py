"""How often what is known of a product was changed, and when; and what it was called first."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import func, or_, select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.former_names import load_former_names
from lifecycle.catalogue.models import Release, StoredPolicy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.former_names import FormerNames
    from lifecycle.catalogue.loaded_products import Loaded

_Instants: TypeAlias = dict[str, tuple[datetime, ...]]

CATALOGUE = ("product.", "line.", "release.", "policy.")
"""How the actions begin that change what public lists show of a product."""
CHANGES = ("line.changed", "release.changed", "release.voided", "product.imported")
ADDED = "line.added"


class ReleaseChanges(NamedTuple):
    """Changes of a release, voided ones included, by its place in the order of versions."""

    rank: int
    times: int
    last: datetime


class PolicyEntry(NamedTuple):
    """When a policy was entered, a replaced one too, and from when it is or was to be in force."""

    in_force_from: date
    at: datetime


class Correction(NamedTuple):
    """What a line declared of its phases before it was corrected and after; ``seq`` is the log's.

    It is as documents have it: days as text.
    """

    line: str
    before: Mapping[str, str | bool]
    after: Mapping[str, str | bool]
    at: datetime
    seq: int


class RecordedChanges(msgspec.Struct, frozen=True):
    """The instants at which each line was changed, the changes of releases, and all policies.

    Of lines and releases, what was entered once and never changed is not among them; when a line
    was entered, ``added`` says. ``identity`` is the product's first slug, whatever it is called
    now. ``corrections`` are those of the days that lines declare. ``last`` is when its catalogue
    or policy was last changed.
    """

    identity: str | None = None
    lines: _Instants = {}
    added: _Instants = {}
    releases: tuple[ReleaseChanges, ...] = ()
    policies: tuple[PolicyEntry, ...] = ()
    corrections: tuple[Correction, ...] = ()
    last: datetime | None = None


async def load_changes(
    session: AsyncSession, products: Mapping[int, Loaded]
) -> dict[int, RecordedChanges]:
    """Read what was changed of products after it was entered, by the numbers of the products."""
    slugs = {loaded.slug for loaded in products.values()}
    names = await load_former_names(session, slugs)
    logged = await _logged(session, names)
    policies = await _policies(session, products)
    changed_at = await _last_changes(session, slugs)
    statement = select(
        Release.product_id,
        Release.version,
        Release.rank,
        Release.revision,
        Release.registered_at,
        Release.voided_at,
    ).where(
        Release.product_id.in_(products),
        or_(Release.revision > 1, Release.voided_at.is_not(None)),
    )
    changed: defaultdict[int, list[ReleaseChanges]] = defaultdict(list)
    for row in await session.execute(statement):
        log = logged[products[row.product_id].slug]
        instants = (*log.releases.get(row.version, ()), *log.in_bulk)
        # A voided one is no longer among the releases, which is one change less to be seen.
        times = row.revision - 1 + (row.voided_at is not None)
        last = max([row.voided_at or row.registered_at, *instants])
        changed[row.product_id].append(ReleaseChanges(row.rank, times, last))
    return {
        number: RecordedChanges(
            identity=names[loaded.slug].identity,
            lines=logged[loaded.slug].lines,
            added=logged[loaded.slug].added,
            releases=tuple(changed[number]),
            policies=tuple(policies[number]),
            corrections=logged[loaded.slug].corrections,
            last=changed_at.get(loaded.slug),
        )
        for number, loaded in products.items()
    }


async def _last_changes(session: AsyncSession, slugs: Collection[str]) -> dict[str, datetime]:
    """Return when each product was last changed in what public lists show of it."""
    statement = (
        select(AuditEntry.product, func.max(AuditEntry.at))
        .where(AuditEntry.product.in_(slugs))
        .where(or_(*(AuditEntry.action.startswith(kind, autoescape=True) for kind in CATALOGUE)))
        .group_by(AuditEntry.product)
    )
    return {slug: at for slug, at in await session.execute(statement) if slug is not None}


async def _policies(
    session: AsyncSession, products: Collection[int]
) -> Mapping[int, list[PolicyEntry]]:
    statement = (
        select(StoredPolicy.product_id, StoredPolicy.in_force_from, StoredPolicy.registered_at)
        .where(StoredPolicy.product_id.in_(products))
        .order_by(StoredPolicy.id)
    )
    policies: defaultdict[int, list[PolicyEntry]] = defaultdict(list)
    for number, in_force_from, at in await session.execute(statement):
        policies[number].append(PolicyEntry(in_force_from, at))
    return policies


class _Logged(msgspec.Struct):
    """When each line and each release was changed, and each line was added, as the log says.

    Of imports that changed more than the log holds in full, ``in_bulk`` has the instants: which
    releases they changed, nobody can tell.
    """

    lines: _Instants = {}
    releases: _Instants = {}
    added: _Instants = {}
    in_bulk: tuple[datetime, ...] = ()
    corrections: tuple[Correction, ...] = ()


async def _logged(
    session: AsyncSession, names: Mapping[str, FormerNames]
) -> defaultdict[str, _Logged]:
    """Return what the log says of each product, under whichever name it was known then."""
    known_as = sorted({name.slug for former in names.values() for name in former.names})
    statement = (
        select(
            AuditEntry.seq,
            AuditEntry.product,
            AuditEntry.action,
            AuditEntry.subject,
            AuditEntry.at,
            AuditEntry.details["correction"].label("reason"),
            AuditEntry.details["declared"].label("declared"),
            AuditEntry.details["corrections"].label("corrections"),
            AuditEntry.details[("lines", "changed")].label("lines"),
            AuditEntry.details[("lines", "created")].label("added"),
            AuditEntry.details[("releases", "changed")].label("changed"),
            AuditEntry.details[("releases", "stored", "releases")].label("stored"),
        )
        .where(AuditEntry.product.in_(known_as), AuditEntry.action.in_((*CHANGES, ADDED)))
        .order_by(AuditEntry.seq)
    )
    logged: defaultdict[str, _Logged] = defaultdict(_Logged)
    for (
        seq,
        name,
        action,
        subject,
        at,
        reason,
        declared,
        several,
        *imported,
    ) in await session.execute(statement):
        named = [subject.removeprefix(f"{name}/")]
        alone = [{"line": named[0], "declared": declared}] if reason else []
        corrections = tuple(_corrections(several or alone, at, seq))
        for of_product in (logged[slug] for slug, former in names.items() if former.had(name, seq)):
            of_product.corrections += corrections
            if action == "product.imported":
                _note_import(of_product, at, *imported)
            elif action == ADDED:
                _note(of_product.added, named, at)
            else:
                is_release = action.startswith("release.")
                _note(of_product.releases if is_release else of_product.lines, named, at)
    return logged


def _note_import(
    log: _Logged,
    at: datetime,
    lines: list[str] | None,
    added: list[str] | None,
    changed: int | None,
    stored: list[dict[str, Any]] | None,
) -> None:
    _note(log.lines, lines or (), at)
    _note(log.added, added or (), at)
    _note(log.releases, [release["version"] for release in stored or ()], at)
    if changed and stored is None:
        log.in_bulk = (*log.in_bulk, at)


def _corrections(
    corrected: Sequence[Mapping[str, Any]], at: datetime, seq: int
) -> Iterator[Correction]:
    """Yield those of declared days; a correction may be of something else."""
    for line in corrected:
        if declared := line.get("declared"):
            yield Correction(line["line"], declared["before"], declared["after"], at, seq)


def _note(log: _Instants, names: Iterable[str], at: datetime) -> None:
    for name in names:
        log[name] = (*log.get(name, ()), at)
