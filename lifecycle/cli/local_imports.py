"""Imports into the local store: the steps that the API's handlers take, without limits."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from lifecycle import settings
from lifecycle.cli.clock import by_hand
from lifecycle.cli.connections import name_changed
from lifecycle.cli.local_store import with_store
from lifecycle.cli.progress import progress
from lifecycle.gate.derivation.specifications import (
    read_sound_operations,
    read_sound_operations_in,
)
from lifecycle.imports import customer_lists, import_steps
from lifecycle.imports.import_outputs import AccountImportOut, ImportOut
from lifecycle.keys import refuse_lost_key, secret_key
from notifications.secrets import Vault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from lifecycle.accounts.import_changes import AccountReport
    from lifecycle.database import Store
    from lifecycle.imports.import_sources import Outcome, Source
    from lifecycle.imports.import_targets import Target
    from lifecycle.imports.operation_imports import Since


def endoflife(
    files: Sequence[Path], release_data: Path | None, *, rename: bool, dry_run: bool
) -> ImportOut:
    """Take in endoflife.date's product files."""
    take = partial(import_steps.endoflife, rename=rename, progress=progress)
    by = by_hand()
    return _take_in(
        lambda store: take(store, files, release_data, by=by, dry_run=dry_run), dry_run=dry_run
    )


def releases(source: Source, target: Target, *, prefix: str, dry_run: bool) -> ImportOut:
    """Take in a list of releases."""
    take = partial(import_steps.releases, prefix=prefix)
    return _take_in_list(take, source, target, dry_run=dry_run)


def features(source: Source, target: Target, *, dry_run: bool) -> ImportOut:
    """Take in a list of features."""
    return _take_in_list(import_steps.features, source, target, dry_run=dry_run)


def feature_gates(source: Source, target: Target, *, dry_run: bool) -> ImportOut:
    """Take in a list of gates."""
    return _take_in_list(import_steps.feature_gates, source, target, dry_run=dry_run)


def operations(
    source: Source, file: Path | None, target: Target, since: Since, *, dry_run: bool
) -> ImportOut:
    """Take in an API's operations; what a ``file`` refers to beside it is read too."""
    target.check()
    parse = (
        partial(read_sound_operations_in, source.content, source.name)
        if file is None
        else partial(read_sound_operations, file)
    )
    take, by = partial(import_steps.operations, dry_run=dry_run), by_hand()
    return _take_in(lambda store: take(store, source, parse, target, since, by=by), dry_run=dry_run)


def accounts(source: Source, *, dry_run: bool) -> AccountImportOut:
    """Take in a customer list."""
    chosen, by = settings.load(os.environ), by_hand()

    async def work(store: Store) -> AccountReport:
        await refuse_lost_key(chosen, store)
        vault = None if dry_run else Vault(secret_key(chosen))
        return await customer_lists.customer_list(
            store,
            source,
            by=by,
            vault=vault,
            dry_run=dry_run,
            allow_http=chosen.allow_private_addresses,
            progress=progress,
        )

    if not dry_run:
        name_changed(None)
    report = with_store(work, create=True, dry_run=dry_run)
    return AccountImportOut.of(report, dry_run=dry_run)


def _take_in_list(
    take: Callable[..., Awaitable[Outcome]], source: Source, target: Target, *, dry_run: bool
) -> ImportOut:
    """Take in what one list says of one product."""
    target.check()
    by = by_hand()
    return _take_in(
        lambda store: take(store, source, target, by=by, dry_run=dry_run), dry_run=dry_run
    )


def _take_in(step: Callable[[Store], Awaitable[Outcome]], *, dry_run: bool) -> ImportOut:
    """Bring products into the local store, which is made where there is none."""
    if not dry_run:
        name_changed(None)
    outcome = with_store(step, create=True, dry_run=dry_run)
    return ImportOut.of(outcome.reports, outcome.problems, outcome.notes, dry_run=dry_run)
