"""Imports under an Idempotency-Key: the answer is kept in the transaction of what it reports."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from lifecycle.accounts.scopes import NOBODY
from lifecycle.idempotency.keyed_requests import Answer
from lifecycle.imports.import_outputs import AccountImportOut, ImportOut
from lifecycle.server.keyed_answers import IdempotencyKey, KeyedAnswer, keyed_answer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.database import Store
    from lifecycle.imports.import_sources import Outcome
    from lifecycle.server.app_state import AppState

Shown = TypeVar("Shown", ImportOut, AccountImportOut)

DryRun = Annotated[
    bool, QueryParameter(description="Say what would change, without changing anything.")
]


class KeyedImport:
    """One import, whose answer is kept if it came with a key."""

    def __init__(self, store: Store, keyed: KeyedAnswer | None) -> None:
        self._store = store
        self._keyed = keyed

    async def keep(self, session: AsyncSession, outcome: Outcome) -> None:
        """Keep what became of the import in the transaction that has made it so."""
        await self._keep(session, show_outcome(outcome, dry_run=False))

    async def answer(self, shown: Shown) -> Shown:
        """Return the answer; keep it now where no single transaction has."""
        if self._keyed is not None:
            async with self._store.writing() as session:
                await self._keep(session, shown)
        return shown

    async def _keep(self, session: AsyncSession, shown: ImportOut | AccountImportOut) -> None:
        keyed, self._keyed = self._keyed, None
        if keyed is not None:
            await keyed.recall(session)  # another process may have been as fast
            body = msgspec.json.decode(msgspec.json.encode(shown))
            await keyed.remember(session, Answer(200, body))


async def provide_keyed_import(
    request: Request[Any, Any, Any],
    idempotency_key: IdempotencyKey = None,
    *,
    dry_run: DryRun = False,
) -> AsyncGenerator[KeyedImport, None]:
    """Yield what keeps the answer of an import; a repeat ends here. A dry run needs no key."""
    app_state: AppState = request.app.state.app_state
    if idempotency_key is None or dry_run:
        yield KeyedImport(app_state.store, None)
        return
    await request.body()  # before the store is locked: a slow sender must hold up nobody
    with keyed_answer(request, request.scope.get("auth") or NOBODY, idempotency_key) as keyed:
        async with app_state.store.writing() as session:
            await keyed.recall(session)
        yield KeyedImport(app_state.store, keyed)


def show_outcome(outcome: Outcome, *, dry_run: bool) -> ImportOut:
    """Return what became of an import of releases or features, as the API shows it."""
    return ImportOut.of(outcome.reports, outcome.problems, outcome.notes, dry_run=dry_run)
