"""The local store's answers to checks: what the API's handlers call, without a web framework."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.queries import get_account
from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.check import component_checks
from lifecycle.check.check_inputs import AccountCheckIn, CheckIn
from lifecycle.check.component_checks import Lookup
from lifecycle.cli.clock import now
from lifecycle.cli.local_store import with_store
from lifecycle.documents.request_bodies import read_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.check.check_outputs import CheckOut
    from lifecycle.database import Store


def check(bodies: Sequence[bytes]) -> list[Any]:
    """Answer each question about what is run, as ``POST /v1/check`` does."""

    async def answer(session: AsyncSession, body: bytes, lookup: Lookup) -> CheckOut:
        question = read_body(body, CheckIn)
        return await component_checks.check(
            session,
            question,
            lookup=lookup,
            now=now(),
            run=asyncio.to_thread,
        )

    return _answer_each(bodies, answer)


def check_account(account: str, bodies: Sequence[bytes]) -> list[Any]:
    """Answer each question about an account, as ``POST …/check`` without ``report`` does."""

    async def answer(session: AsyncSession, body: bytes, lookup: Lookup) -> CheckOut:
        question = read_body(body, AccountCheckIn)
        row = await get_account(session, account)
        outcome = await component_checks.check_account(
            session,
            row,
            question,
            lookup=lookup,
            now=now(),
            run=asyncio.to_thread,
        )
        return outcome.show()

    return _answer_each(bodies, answer)


def _answer_each(
    bodies: Sequence[bytes],
    answer: Callable[[AsyncSession, bytes, Lookup], Awaitable[CheckOut]],
) -> list[Any]:
    """Answer questions on one view of the store, in plain values."""

    async def work(store: Store) -> list[CheckOut]:
        lookup = Lookup(Snapshots(store, now), EVERYTHING)
        async with store.reading() as session:
            return [await answer(session, body, lookup) for body in bodies]

    answers: list[Any] = msgspec.to_builtins(with_store(work))
    return answers
