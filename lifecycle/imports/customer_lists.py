"""Bringing a customer list into a store, one transaction a batch of accounts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lifecycle.accounts import account_imports as accounts
from lifecycle.catalogue import queries
from lifecycle.imports.import_sources import placed, unseen
from lifecycle.imports.reported_versions import unknown_versions
from lifecycle.interchange.accounts import parse_accounts

if TYPE_CHECKING:
    from lifecycle.accounts.import_changes import AccountReport
    from lifecycle.audit.chain import By
    from lifecycle.database import Store
    from lifecycle.imports.import_sources import Progress, Source
    from notifications.secrets import Vault


async def customer_list(
    store: Store,
    source: Source,
    *,
    by: By,
    vault: Vault | None,
    dry_run: bool = False,
    allow_http: bool = False,
    progress: Progress = unseen,
) -> AccountReport:
    """Take in a customer list, or with ``dry_run`` only report what would become of it."""
    read = await source.read(partial(parse_accounts, source.content, file=source.name))
    source.check_length(read.accounts)
    async with store.reading() as session:
        words = await queries.vocabulary(session)
        keys = await queries.feature_keys(session)
    terms = accounts.ImportTerms(
        by=by,
        today=by.at.date(),
        known=words,
        vault=vault,
        operator=True,
        allow_http=allow_http,
        dry_run=dry_run,
        features=keys,
    )
    with progress(len(read.accounts)) as begin:
        report = await accounts.apply_in_batches(
            store.reading if dry_run else store.writing,
            read.accounts,
            terms,
            begin=lambda count: begin(source.name, count),
        )
    report.problems = [
        *read.problems,
        *(placed(source.name, read.on_line(problem)) for problem in report.problems),
    ]
    async with store.reading() as session:
        unknown = await unknown_versions(session, read.accounts, file=source.name)
    report.notes = [*read.notes, *unknown]
    return report
