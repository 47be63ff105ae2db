"""One deprecation as documents: its reach, and what is proven of every account it reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import Seal
from lifecycle.deprecations.evidence import proofs, reach, report
from lifecycle.deprecations.evidence.proofs import Proof
from lifecycle.deprecations.models import Deprecation, Recipient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.evidence.reach import ReachOut

AT_ONCE: Final = 200
"""So many accounts are read at a time, however many there are."""


class ReachEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at the head: ``head`` is where the audit log ended when this was written."""

    deprecation: str
    title: str
    product: str
    announced_on: date | None
    written_at: datetime
    head: Seal


class AccountProof(msgspec.Struct, frozen=True):
    """An account, and everything that is kept about it and the deprecation."""

    account: str
    name: str
    proof: Proof


async def walk_reach(
    session: AsyncSession, deprecation: Deprecation, now: datetime
) -> AsyncIterator[ReachOut]:
    """Yield all of a deprecation's reach, some accounts at a time."""
    cursor = None
    while True:
        part = await reach.reach(session, deprecation, now=now, cursor=cursor, limit=AT_ONCE)
        yield part
        cursor = part.next
        if cursor is None:
            return


async def reach_json(
    session: AsyncSession, deprecation: Deprecation, now: datetime
) -> AsyncIterator[bytes]:
    """Write the reach as the API shows it, all accounts in one document, piece by piece."""
    first, between = True, b""
    async for part in walk_reach(session, deprecation, now):
        if first:
            head = msgspec.to_builtins(part)
            del head["accounts"], head["next"]
            yield msgspec.json.encode(head)[:-1] + b',"accounts":['
            first = False
        for account in part.accounts:
            yield between + msgspec.json.encode(account)
            between = b","
    yield b'],"next":null}\n'


async def collect(
    session: AsyncSession, deprecation: Deprecation, *, title: str, product: str, now: datetime
) -> ReachEvidence:
    """Return the head of a deprecation's evidence."""
    seq, digest = await audit.head(session)
    return ReachEvidence(
        deprecation=deprecation.uid,
        title=title,
        product=product,
        announced_on=deprecation.announced_on,
        written_at=now,
        head=Seal(seq, digest),
    )


async def evidence_json(session: AsyncSession, evidence: ReachEvidence) -> AsyncIterator[bytes]:
    """Write the evidence as one JSON document, piece by piece."""
    yield msgspec.json.encode(evidence)[:-1] + b',"accounts":['
    between = b""
    async for account in _proven(session, evidence):
        yield between + msgspec.json.encode(account)
        between = b","
    yield b"]}\n"


async def evidence_html(session: AsyncSession, evidence: ReachEvidence) -> AsyncIterator[bytes]:
    """Write the evidence as one HTML document that loads nothing, piece by piece."""
    head, section, foot = (
        report.document_part(name)
        for name in ("reach_head.html", "evidence_proof.html", "reach_foot.html")
    )
    yield head.render(evidence=evidence).encode()
    count = 0
    async for account in _proven(session, evidence):
        count += 1
        title = f"{account.name} ({account.account})" if account.name else account.account
        why = report.why(account.proof)
        yield section.render(proof=account.proof, title=title, why=why).encode()
    yield foot.render(evidence=evidence, count=count).encode()


async def _proven(session: AsyncSession, evidence: ReachEvidence) -> AsyncIterator[AccountProof]:
    """Yield what is kept of each account that the deprecation reached, by their numbers."""
    above = 0
    while True:
        statement = (
            select(Recipient.account_id)
            .join(Deprecation, Deprecation.id == Recipient.deprecation_id)
            .where(Deprecation.uid == evidence.deprecation, Recipient.account_id > above)
            .order_by(Recipient.account_id)
            .limit(AT_ONCE)
        )
        numbers = (await session.scalars(statement)).all()
        for number in numbers:
            yield await _account_proof(session, evidence, number)
            session.expunge_all()  # or everything read so far would stay in memory
        if not numbers:
            return
        above = numbers[-1]


async def _account_proof(
    session: AsyncSession, evidence: ReachEvidence, account_id: int
) -> AccountProof:
    account = await session.get_one(Account, account_id)
    statement = select(Deprecation).where(Deprecation.uid == evidence.deprecation)
    deprecation = (await session.scalars(statement)).one()
    proof = await proofs.proof(session, account, deprecation, evidence.written_at)
    return AccountProof(account.slug, account.name, proof)
