"""Registering releases: the one way in, for the API, commands and importers.

What a batch will cause is worked out first, while nothing is locked: with thousands of releases
that takes a while, and on SQLite nobody else could write meanwhile. Then, in one transaction, the
product is locked, and what was worked out counts unless the product has changed since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.snapshots import Snapshot, is_current, read_snapshot
from lifecycle.catalogue import product_imports, releases
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.prospective_releases import with_releases
from lifecycle.deprecations.coverage_forecast import CoverageForecast
from lifecycle.deprecations.workflow.caused_ends import describe_ends, ends_caused
from lifecycle.errors import BadRequest, Conflict, LifecycleError, Problem, Unavailable
from lifecycle.gate import assessment, verdicts
from lifecycle.gate.verdict_outputs import VerdictOut
from lifecycle.reports.findings import Verdict
from lifecycle.support.coverage import Coverage
from lifecycle.support.release_ends import CausedEnd

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshot_cache import Snapshots
    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import ImportedProduct, ReleasePatch
    from lifecycle.catalogue.import_outcomes import Report
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.catalogue.models import Product, Release
    from lifecycle.database.store import Store
    from lifecycle.support.simulation import ImpliedEnd

MOST_COMPARED = 100
"""More releases than this at once are history: nobody looks for what they cause or judges them."""

MOST_LOCKED = 5
"""More releases than this are not judged while nobody else can write."""

SHOWN = 3


ReleaseExists = releases.ReleaseExists
"""What refuses a version that is registered already."""


class GateRefused(Conflict):
    """The gate does not let this release out; nothing was stored."""


class TooManyToJudge(BadRequest):
    """The gate judges at most 100 releases at once; send them in parts."""


class Overtaken(Unavailable):
    """The product changed while the gate judged. Nothing was stored; ask again."""


class Batch(msgspec.Struct, frozen=True):
    """Releases to register, all or none.

    ``listed`` ones came as a list, and are named by their places in it; ``gated`` ones are
    registered only if the gate lets all of them out.
    """

    releases: Sequence[ReleaseIn]
    listed: bool = True
    gated: bool = False

    def __post_init__(self) -> None:
        """Refuse more than the gate judges."""
        if self.gated and len(self.releases) > MOST_COMPARED:
            message = f"holds {len(self.releases)} releases"
            problem = Problem("", message, allowed=f"at most {MOST_COMPARED}")
            raise TooManyToJudge(problems=[problem])


class Consequences(msgspec.Struct, frozen=True):
    """What registering a batch causes, as long as the product is as it is in the ``snapshot``.

    ``before`` and ``after`` are what is promised without it and with it. ``verdicts`` are None
    where the gate was not asked.
    """

    snapshot: Snapshot
    days: tuple[date, date]
    before: CoverageForecast
    after: Coverage
    ends: list[CausedEnd]
    verdicts: list[VerdictOut] | None


class Registration(msgspec.Struct, frozen=True):
    """The versions added, the plans confirmed, the ends of support that follow, and the verdicts.

    ``ends`` are None where more than 100 releases came at once, ``verdicts`` where the gate was
    not asked.
    """

    added: list[str]
    confirmed: list[str]
    ends: list[CausedEnd] | None
    verdicts: list[VerdictOut] | None


async def predict(
    store: Store, snapshots: Snapshots, slug: str, batch: Batch, *, now: datetime
) -> Consequences | None:
    """Work out what registering a batch will cause, before the store is locked.

    None where it is too large, or something is wrong with it, which ``register`` refuses.
    """
    if not 0 < len(batch.releases) <= MOST_COMPARED:
        return None
    with suppress(LifecycleError):
        snapshot = await snapshots.get(slug)
        async with store.reading() as session:
            return await work_out(session, snapshot, batch, now=now)
    return None


async def register(
    session: AsyncSession,
    product: Product,
    batch: Batch,
    predicted: Consequences | None,
    *,
    by: By,
    today: date,
    tally: Counter[str] | None = None,
) -> Registration:
    """Register a batch, and say what it causes: as ``predicted``, if the product is the same.

    ``today`` is the day in the product's zone; ``tally`` counts the gate's verdicts.
    """
    accepted = await releases.accept(
        session, product, batch.releases, today=today, listed=batch.listed
    )
    consequences = predicted
    if predicted is None or not await _holds(session, predicted, now=by.at):
        consequences = await _work_out_anew(session, product, batch, predicted, now=by.at)
    judged = consequences.verdicts if consequences else None
    if judged is not None:
        if tally is not None:
            tally.update(map(assessment.outcome, judged))
        _refuse_unless_let_out(judged)
    registered = await releases.store(session, product, accepted, by=by)
    for verdict in judged or ():
        await verdicts.store(session, product.id, verdict, by=by)
    return Registration(
        added=registered.added,
        confirmed=registered.confirmed,
        ends=consequences.ends if consequences else None,
        verdicts=judged,
    )


async def change(
    session: AsyncSession,
    product: Product,
    version: str,
    patch: ReleasePatch,
    *,
    by: By,
    today: date,
    expected: int | None = None,
) -> Release:
    """Withdraw, restore or void a release, publish a plan, or correct what is known of it."""
    return await releases.change(
        session, product, version, patch, by=by, today=today, expected=expected
    )


async def import_product(
    session: AsyncSession,
    imported: ImportedProduct,
    *,
    by: By,
    today: date,
    source: str | None = None,
) -> Report:
    """Register and change what a ``source`` says of a product; what it has wrong is left out.

    Nobody asks what history causes, and the gate does not judge what is out already.
    """
    return await product_imports.apply(session, imported, by=by, today=today, source=source)


async def preview_product(
    session: AsyncSession,
    imported: ImportedProduct,
    *,
    by: By,
    today: date,
    renamed: Product | None = None,
) -> Report:
    """Report what ``import_product`` would do; it only reads, and no writer waits for it.

    ``renamed`` is the product that the source means, where that is to be renamed first.
    """
    return await product_imports.preview(session, imported, by=by, today=today, renamed=renamed)


async def work_out(
    session: AsyncSession, snapshot: Snapshot, batch: Batch, *, now: datetime
) -> Consequences:
    """Compare the product with what it will be, count whom that concerns, and ask the gate.

    The batch must be sound, as ``releases.check`` finds it.
    """
    days = today, _ = snapshot.days(now)
    versions = [release.version for release in batch.releases]
    plans = await releases.plans_among(session, snapshot.known.id, versions)
    later, before, after, ends = await asyncio.to_thread(_compare, snapshot, batch, plans, today)
    described = await describe_ends(session, later, snapshot.announced, ends, today=today)
    judged = None
    if batch.gated:
        judged = await assessment.ask_for_all(session, snapshot, batch.releases, today=today)
    return Consequences(snapshot, days, before, after, described, judged)


def _compare(
    snapshot: Snapshot, batch: Batch, plans: Mapping[str, ReleaseIn], today: date
) -> tuple[Loaded, CoverageForecast, Coverage, tuple[ImpliedEnd, ...]]:
    """Return the product as it will be, what is promised before and then, and the ends it has."""
    later = with_releases(snapshot.known, batch.releases, plans=plans)
    before, after = snapshot.forecast(today).without(plans), Coverage(later.facts, today=today)
    versions = {release.version for release in batch.releases}
    return later, before, after, ends_caused(before, after, versions)


async def _holds(session: AsyncSession, predicted: Consequences, *, now: datetime) -> bool:
    """Return whether a locked product is unchanged since it was read."""
    same_days = predicted.days == predicted.snapshot.days(now)
    return same_days and await is_current(session, predicted.snapshot)


async def _work_out_anew(
    session: AsyncSession,
    product: Product,
    batch: Batch,
    overtaken: Consequences | None,
    *,
    now: datetime,
) -> Consequences | None:
    """Work out what follows from a sound batch while nobody changes its product."""
    if len(batch.releases) > MOST_COMPARED:
        return None
    if overtaken and batch.gated and len(batch.releases) > MOST_LOCKED:
        raise Overtaken
    return await work_out(session, await read_snapshot(session, product.slug), batch, now=now)


def _refuse_unless_let_out(judged: Sequence[VerdictOut]) -> None:
    refused = [verdict for verdict in judged if assessment.refuses(verdict)]
    if not refused:
        return
    more = f" And {len(refused) - SHOWN} more." if len(refused) > SHOWN else ""
    raise GateRefused(
        " ".join(map(_sentence, refused[:SHOWN])) + more,
        verdict=Verdict.FAIL,
        decided=all(verdict.decided for verdict in refused),
        findings=[
            {"version": verdict.version, **msgspec.to_builtins(finding)}
            for verdict in refused
            for finding in verdict.findings
        ],
        implied_ends=[
            {"version": verdict.version, **msgspec.to_builtins(end)}
            for verdict in refused
            for end in verdict.implied_ends
        ],
    )


def _sentence(verdict: VerdictOut) -> str:
    """Say why a release may not go out, by the gravest finding."""
    could = "refuses" if verdict.decided else "cannot decide about"
    gravest = next(iter(verdict.findings), None)
    why = f" {gravest.message} {gravest.fix}" if gravest else ""
    return f"The gate {could} {verdict.version}:{why}"
