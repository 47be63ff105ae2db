"""Bringing what files say of products into a store, one transaction a product."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.catalogue_inputs import ImportedProduct
from lifecycle.deprecations.announced import load_known
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.gate import registration, release_lists
from lifecycle.gate.derivation.operation_features import features_of
from lifecycle.imports.import_sources import Outcome, Source, placed, unseen
from lifecycle.imports.import_targets import Target, known_product, product_of
from lifecycle.imports.operation_imports import (
    gone_operations,
    start_of,
    unannounced_sunsets,
)
from lifecycle.imports.product_recognition import recognize
from lifecycle.imports.removal_notes import unannounced_removals
from lifecycle.imports.version_guesses import describe_guess, refuse_prefixed, suggest_prefix
from lifecycle.interchange.endoflife import parse_product
from lifecycle.interchange.featuregates import parse_feature_gates
from lifecycle.interchange.features import FeatureList, parse_features
from lifecycle.interchange.releases import parse_releases
from lifecycle.interchange.tables import describe_empty
from lifecycle.interchange.version_fit import fit_scheme
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import date
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.import_outcomes import Report
    from lifecycle.catalogue.models import Product
    from lifecycle.database import Store
    from lifecycle.gate.derivation.specifications import Operation
    from lifecycle.imports.import_sources import Progress
    from lifecycle.imports.operation_imports import Since
    from lifecycle.versions import Scheme


def _session(store: Store, *, dry_run: bool) -> AbstractAsyncContextManager[AsyncSession]:
    """Open the session of an import; that of a dry run only reads, and lets nobody wait."""
    return store.reading() if dry_run else store.writing()


async def _take(
    session: AsyncSession,
    imported: ImportedProduct,
    *,
    by: By,
    today: date,
    source: str | None,
    dry_run: bool,
    renamed: Product | None = None,
) -> Report:
    """Take in a product, or report what that would change."""
    if dry_run:
        return await registration.preview_product(
            session, imported, by=by, today=today, renamed=renamed
        )
    return await registration.import_product(session, imported, by=by, today=today, source=source)


async def endoflife(
    store: Store,
    files: Sequence[Path],
    release_data: Path | None,
    *,
    by: By,
    rename: bool = False,
    dry_run: bool = False,
    progress: Progress = unseen,
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
                source = Source(file.name, file.read_bytes())
                data = beside.read_bytes() if beside is not None and beside.exists() else None
                await product_file(
                    store, source, data, outcome, by=by, rename=rename, dry_run=dry_run
                )
            except (LifecycleError, OSError) as error:
                outcome.problems += _as_problems(file.name, error)
    return outcome


async def product_file(
    store: Store,
    source: Source,
    release_data: bytes | None,
    outcome: Outcome,
    *,
    by: By,
    rename: bool,
    dry_run: bool,
) -> None:
    """Take in a product file of endoflife.date, with its release data where there is some."""
    today, stem = by.at.date(), PurePath(source.name).stem
    imported, problems = await source.read(
        partial(
            parse_product,
            source.content,
            slug=stem,
            today=today,
            release_data=release_data,
            file=source.name,
        )
    )
    source.check_length(imported.releases)
    outcome.problems += problems
    outcome.notes += imported.notes
    async with _session(store, dry_run=dry_run) as session:
        recognized = await recognize(session, imported, stem, rename=rename, by=by, dry_run=dry_run)
        outcome.notes += recognized.notes
        slug = recognized.imported.product.slug
        if any(report.product == slug for report in outcome.reports):
            raise BadRequest(
                f"permalink: a file before this one is the product {slug!r} already; "
                "write another slug here."
            )
        report = await _take(
            session,
            recognized.imported,
            by=by,
            today=today,
            source=None if problems else "endoflife",
            dry_run=dry_run,
            renamed=recognized.renamed,
        )
        await _note(session, outcome, report, source)


async def releases(
    store: Store, source: Source, target: Target, *, by: By, prefix: str = "", dry_run: bool = False
) -> Outcome:
    """Take in a plain list of releases; a product that is not there yet is made for them."""
    outcome = Outcome()
    product, days_in = await known_product(store, target, by)
    today = local_day(by.at, days_in)
    parse = partial(
        parse_releases, source.content, file=source.name, zone=days_in, today=today, prefix=prefix
    )
    read = await source.read(parse)
    source.check_length(read.releases)
    outcome.problems, outcome.notes = read.problems, read.notes
    if product is None and not read.releases:
        # Its scheme could only be guessed, and would stand in the way of the mended list.
        return outcome
    versions = [release.version for release in read.releases]
    fit = await source.read(partial(fit_scheme, versions))
    if product is None and not (target.scheme or prefix):
        refuse_prefixed(fit, versions, source.name)
    facts = product_of(product, target, fit)
    if product is None:
        outcome.notes.append(describe_guess(facts, None if target.scheme else fit))
    if not prefix:
        outcome.notes += suggest_prefix(facts.scheme, versions, new=product is None)
    take = release_lists.preview_list if dry_run else release_lists.import_list
    async with _session(store, dry_run=dry_run) as session:
        report = await take(session, facts, read, by=by, today=today)
        report.problems = [read.on_line(problem) for problem in report.problems]
        await _note(session, outcome, report, source)
    return outcome


async def features(
    store: Store, source: Source, target: Target, *, by: By, dry_run: bool = False
) -> Outcome:
    """Take in a plain list of features; a product that is not there yet is made for them."""
    return await _features(
        store, source, target, parse_features, "features", by=by, dry_run=dry_run
    )


async def feature_gates(
    store: Store, source: Source, target: Target, *, by: By, dry_run: bool = False
) -> Outcome:
    """Take in a versioned list of gates; a product that is not there yet is made for them."""

    def parse(text: str | bytes, *, file: str, scheme: Scheme) -> FeatureList:
        gates, problems = parse_feature_gates(text, file=file, scheme=scheme)
        return FeatureList(dict(gates), problems)

    return await _features(store, source, target, parse, "featuregates", by=by, dry_run=dry_run)


async def _features(
    store: Store,
    source: Source,
    target: Target,
    parse: Callable[..., FeatureList],
    form: str,
    *,
    by: By,
    dry_run: bool,
) -> Outcome:
    """Take in the features that a file holds, as ``parse`` reads it by the product's scheme."""
    outcome = Outcome()
    product, days_in = await known_product(store, target, by)
    facts = product_of(product, target)
    listed = await source.read(
        partial(parse, source.content, file=source.name, scheme=scheme(facts.scheme))
    )
    read, outcome.problems, outcome.notes = listed.features, listed.problems, listed.notes
    source.check_length(read)
    if not (read or outcome.problems):
        outcome.notes.append(describe_empty(source.name))
    if product is None and not read:
        return outcome
    if product is None:
        outcome.notes.append(describe_guess(facts))
    imported = ImportedProduct(product=facts, features=read)
    async with _session(store, dry_run=dry_run) as session:
        report = await _take(
            session,
            imported,
            by=by,
            today=local_day(by.at, days_in),
            source=None if outcome.problems else form,
            dry_run=dry_run,
        )
        report.lines.missing_in_source = report.releases.missing_in_source = []
        report.problems = [listed.on_line(problem) for problem in report.problems]
        outcome.notes += await unannounced_removals(session, report)
        await _note(session, outcome, report, source)
    return outcome


async def operations(
    store: Store,
    source: Source,
    parse: Callable[[], tuple[dict[str, Operation], list[Problem]]],
    target: Target,
    since: Since,
    *,
    by: By,
    dry_run: bool,
) -> Outcome:
    """Take in an API's operations as features, or with ``dry_run`` only say what would change.

    ``parse`` reads those that are sound, and what is wrong with the others.
    """
    outcome = Outcome()
    described, outcome.problems = await source.read(parse)
    source.check_length(described)
    outcome.problems = [placed(source.name, problem) for problem in outcome.problems]
    if not (described or outcome.problems):
        raise BadRequest(f"{source.name} describes no operation; is it the right file?")
    product, days_in = await known_product(store, target, by)
    facts, today = product_of(product, target), local_day(by.at, days_in)
    async with _session(store, dry_run=dry_run) as session:
        loaded, announced = await load_known(session, target.slug) if product else (None, ())
        start = start_of(since, loaded, scheme(facts.scheme), today=today)
        features, unread = features_of(described.values(), loaded, start)
        outcome.problems += [placed(source.name, problem) for problem in unread]
        report = await _take(
            session,
            ImportedProduct(product=facts, features=features),
            by=by,
            today=today,
            source=None if outcome.problems else "openapi",
            dry_run=dry_run,
        )
        outcome.notes = unannounced_sunsets(described, announced, target.slug)
        if product is None:
            outcome.notes.append(describe_guess(facts))
        report.lines.missing_in_source = report.releases.missing_in_source = []
        report.features.missing_in_source = gone_operations(report, loaded)
        await _note(session, outcome, report, source)
    return outcome


async def _note(session: AsyncSession, outcome: Outcome, report: Report, source: Source) -> None:
    outcome.problems += [placed(source.name, problem) for problem in report.problems]
    outcome.reports.append(report)
    await source.keep(session, outcome)


def _as_problems(file: str, error: LifecycleError | OSError) -> list[Problem]:
    if isinstance(error, OSError):
        return [Problem(file, error.strerror or str(error))]
    return [placed(file, problem) for problem in error.problems] or [Problem(file, error.detail)]
