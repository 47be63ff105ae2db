"""Bringing what files say into the local store, one transaction a product."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts import account_imports as accounts
from lifecycle.calendar.zones import local_day
from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_inputs import ImportedProduct
from lifecycle.catalogue.import_outcomes import Report
from lifecycle.cli.import_targets import Target, known_product, product_of
from lifecycle.cli.operation_imports import (
    gone_operations,
    start_of,
    unannounced_sunsets,
)
from lifecycle.cli.product_recognition import recognize
from lifecycle.cli.progress import progress
from lifecycle.cli.version_guesses import describe_guess, refuse_prefixed, suggest_prefix
from lifecycle.deprecations.announced import load_known
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.gate import registration, release_lists
from lifecycle.gate.derivation.operation_features import features_of
from lifecycle.gate.derivation.specifications import read_sound_operations
from lifecycle.interchange.accounts import parse_accounts
from lifecycle.interchange.endoflife import parse_product
from lifecycle.interchange.featuregates import parse_feature_gates
from lifecycle.interchange.releases import parse_releases
from lifecycle.interchange.version_fit import fit_scheme
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import date
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.cli.operation_imports import Since
    from lifecycle.database import Store
    from notifications.secrets import Vault


class Outcome(msgspec.Struct):
    """What became of an import: a report a product, and what was left out, with its place.

    ``notes`` are for people to see to.
    """

    reports: list[Report] = []
    problems: list[Problem] = []
    notes: list[str] = []


class Source(msgspec.Struct, frozen=True):
    """A file by its name, and what it holds."""

    name: str
    content: bytes


class _DryRunError(Exception):
    """Leaves a transaction without a commit."""


@asynccontextmanager
async def _changes(store: Store, *, dry_run: bool) -> AsyncIterator[AsyncSession]:
    """Open the transaction of an import; a dry run changes nothing."""
    with suppress(_DryRunError):
        async with store.writing() as session:
            yield session
            if dry_run:
                raise _DryRunError


async def endoflife(
    store: Store,
    files: Sequence[Path],
    release_data: Path | None,
    *,
    by: By,
    rename: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Take in endoflife.date's product files; one that cannot be read stops no other.

    What is stored under its file's name stays there, unless it is to be renamed to its permalink.
    """
    outcome = Outcome()
    with progress(len(files)) as begin:
        for file in files:
            begin(file.stem)
            beside = release_data / f"{file.stem}.json" if release_data else None
            try:
                await _endoflife_file(
                    store, file, beside, outcome, by=by, rename=rename, dry_run=dry_run
                )
            except (LifecycleError, OSError) as error:
                outcome.problems += _as_problems(file.name, error)
    return outcome


async def _endoflife_file(
    store: Store,
    file: Path,
    beside: Path | None,
    outcome: Outcome,
    *,
    by: By,
    rename: bool,
    dry_run: bool,
) -> None:
    today = by.at.date()
    imported, problems = _read_product(file, beside, today=today)
    outcome.problems += problems
    outcome.notes += imported.notes
    async with _changes(store, dry_run=dry_run) as session:
        imported, notes = await recognize(session, imported, file.stem, rename=rename, by=by)
        outcome.notes += notes
        report = await registration.import_product(
            session,
            imported,
            by=by,
            today=today,
            source=None if problems else "endoflife",
        )
        _note(outcome, report, file.name)


def _read_product(
    file: Path, beside: Path | None, *, today: date
) -> tuple[ImportedProduct, list[Problem]]:
    data = beside.read_bytes() if beside is not None and beside.exists() else None
    return parse_product(
        file.read_bytes(), slug=file.stem, today=today, release_data=data, file=file.name
    )


async def releases(
    store: Store, source: Source, target: Target, *, by: By, prefix: str = "", dry_run: bool = False
) -> Outcome:
    """Take in a plain list of releases; a product that is not there yet is made for them."""
    outcome = Outcome()
    with progress(1) as begin:
        begin(source.name)
        product, days_in = await known_product(store, target, by)
        today = local_day(by.at, days_in)
        read = parse_releases(
            source.content, file=source.name, zone=days_in, today=today, prefix=prefix
        )
        outcome.problems, outcome.notes = read.problems, read.notes
        if product is None and not read.releases:
            # Its scheme could only be guessed, and would stand in the way of the mended list.
            return outcome
        versions = [release.version for release in read.releases]
        fit = fit_scheme(versions)
        if product is None and not (target.scheme or prefix):
            refuse_prefixed(fit, versions, source.name)
        facts = product_of(product, target, fit)
        if product is None:
            outcome.notes.append(describe_guess(facts, None if target.scheme else fit))
        if not prefix:
            outcome.notes += suggest_prefix(facts.scheme, versions, new=product is None)
        if dry_run and product is not None:
            async with store.reading() as session:
                report = await release_lists.preview_list(
                    session, product, read, by=by, today=today
                )
        else:
            async with _changes(store, dry_run=dry_run) as session:
                report = await release_lists.import_list(session, facts, read, by=by, today=today)
        _note(outcome, report, source.name)
    return outcome


async def feature_gates(
    store: Store, source: Source, target: Target, *, by: By, dry_run: bool = False
) -> Outcome:
    """Take in a versioned list of gates; a product that is not there yet is made for them."""
    outcome = Outcome()
    with progress(1) as begin:
        begin(source.name)
        product, days_in = await known_product(store, target, by)
        facts = product_of(product, target)
        read, outcome.problems = parse_feature_gates(
            source.content, file=source.name, scheme=scheme(facts.scheme)
        )
        if product is None and not read:
            return outcome
        if product is None:
            outcome.notes.append(describe_guess(facts))
        imported = ImportedProduct(product=facts, features=dict(read))
        async with _changes(store, dry_run=dry_run) as session:
            today = local_day(by.at, days_in)
            report = await registration.import_product(
                session,
                imported,
                by=by,
                today=today,
                source=None if outcome.problems else "featuregates",
            )
            report.lines.missing_in_source = report.releases.missing_in_source = []
            _note(outcome, report, source.name)
    return outcome


async def operations(
    store: Store, file: Path, target: Target, since: Since, *, by: By, dry_run: bool
) -> Outcome:
    """Take in an API's operations as features, or with ``dry_run`` only say what would change."""
    outcome = Outcome()
    with progress(1) as begin:
        begin(file.name)
        described, outcome.problems = read_sound_operations(file)
        outcome.problems = [_placed(file.name, problem) for problem in outcome.problems]
        if not (described or outcome.problems):
            raise BadRequest(f"{file} describes no operation; is it the right file?")
        product, days_in = await known_product(store, target, by)
        facts, today = product_of(product, target), local_day(by.at, days_in)
        async with _changes(store, dry_run=dry_run) as session:
            loaded, announced = await load_known(session, target.slug) if product else (None, ())
            start = start_of(since, loaded, scheme(facts.scheme), today=today)
            features, unread = features_of(described.values(), loaded, start)
            outcome.problems += [_placed(file.name, problem) for problem in unread]
            report = await registration.import_product(
                session,
                ImportedProduct(product=facts, features=features),
                by=by,
                today=today,
                source=None if outcome.problems else "openapi",
            )
            outcome.notes = unannounced_sunsets(described, announced, target.slug)
            if product is None:
                outcome.notes.append(describe_guess(facts))
            report.lines.missing_in_source = report.releases.missing_in_source = []
            report.features.missing_in_source = gone_operations(report, loaded)
            _note(outcome, report, file.name)
    return outcome


async def customer_list(
    store: Store,
    source: Source,
    *,
    by: By,
    vault: Vault | None,
    dry_run: bool = False,
    allow_http: bool = False,
) -> accounts.Report:
    """Take in a customer list, or with ``dry_run`` only report what would become of it."""
    read, problems = parse_accounts(source.content, file=source.name)
    with progress(len(read)) as begin:
        async with store.reading() if dry_run else store.writing() as session:
            terms = accounts.ImportTerms(
                by=by,
                today=by.at.date(),
                known=await queries.vocabulary(session),
                vault=vault,
                operator=True,
                allow_http=allow_http,
                dry_run=dry_run,
            )
            report = await accounts.apply(
                session, read, terms, begin=lambda count: begin(source.name, count)
            )
    report.problems = [*problems, *(_placed(source.name, problem) for problem in report.problems)]
    return report


def _note(outcome: Outcome, report: Report, file: str) -> None:
    outcome.problems += [_placed(file, problem) for problem in report.problems]
    outcome.reports.append(report)


def _placed(file: str, problem: Problem) -> Problem:
    return problem.at(f"{file}, {problem.field}")


def _as_problems(file: str, error: LifecycleError | OSError) -> list[Problem]:
    if isinstance(error, OSError):
        return [Problem(file, error.strerror or str(error))]
    return [_placed(file, problem) for problem in error.problems] or [Problem(file, error.detail)]
