"""Erasing an account: all that says who the customer is goes, what it was told stays proven.

The account keeps a row under a pseudonym that nothing leads back from, so that reach and evidence
still count it. What the log said of it is blanked; the chain goes on, since each entry keeps its
hash, and the entry about the erasure lists those that were blanked.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, select, text, update

from lifecycle.accounts.actions import check_revision
from lifecycle.accounts.models import (
    AccountTier,
    Instance,
    PrivateFeed,
    SignedInSession,
    SignInRequest,
    Token,
)
from lifecycle.accounts.queries import get_account
from lifecycle.audit import erased_entries
from lifecycle.audit.actions import append
from lifecycle.audit.models import AuditHead
from lifecycle.deprecations.models import Recipient
from lifecycle.scheduler.erased_mentions import (
    Mentions,
    blank_prose,
    entries_naming,
    forget_answers,
)
from lifecycle.scheduler.models import Concern
from notifications.erased_owners import erase_owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.audit.chain import By

NAME = "An erased account"


class ErasedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased; ``account`` is the pseudonym under which the evidence still counts it."""

    account: str
    instances: int
    addresses: int
    tokens: int
    deliveries_stopped: int
    entries_blanked: int


async def erase(
    session: AsyncSession, slug: str, *, by: By, expected: int | None = None
) -> ErasedOut:
    """Erase an account, and say what was erased; its slug is free again."""
    if session.get_bind().dialect.name == "sqlite":  # what is freed in the file is overwritten
        await session.execute(text("PRAGMA secure_delete = ON"))
    account = await get_account(session, slug, lock=True)
    check_revision(f"Account {slug!r}", account.revision, expected)
    pseudonym = f"erased-{secrets.token_hex(8)}"
    tokens = await _own_tokens(session, slug)
    forgotten = await erase_owner(session, slug, pseudonym)
    mentions = Mentions.of(account, tokens, forgotten)
    instances = len(account.instances)
    await _forget_acknowledgements(session, account, mentions, pseudonym)
    requested = delete(SignInRequest).where(SignInRequest.address_digest.in_(forgotten.ids))
    await session.execute(requested)
    await _forget_rows(session, account, tokens, pseudonym, by)
    await blank_prose(session, mentions, pseudonym)
    await forget_answers(session, mentions)
    await session.execute(select(AuditHead.seq).with_for_update())  # no entry comes in between
    numbers = await entries_naming(session, mentions)
    await erased_entries.blank(session, numbers, pseudonym)
    details = {"entries": erased_entries.spans(numbers)}
    append(session, by, erased_entries.ERASED, pseudonym, details=details)
    return ErasedOut(
        account=pseudonym,
        instances=instances,
        addresses=len(forgotten.ids) // 2,
        tokens=len(tokens),
        deliveries_stopped=forgotten.stopped,
        entries_blanked=len(numbers),
    )


async def _own_tokens(session: AsyncSession, slug: str) -> Sequence[Token]:
    return (await session.scalars(select(Token).where(Token.scope == f"account:{slug}"))).all()


async def _forget_acknowledgements(
    session: AsyncSession, account: Account, mentions: Mentions, pseudonym: str
) -> None:
    """Keep that and when a person of the account read a notice, but not who."""
    acknowledged = update(Recipient).where(
        Recipient.account_id == account.id, Recipient.acknowledged_by.is_not(None)
    )
    own = mentions.by_one_of_its_own(Recipient.acknowledged_by)
    await session.execute(acknowledged.where(own).values(acknowledged_by=pseudonym))


async def _forget_rows(
    session: AsyncSession, account: Account, tokens: Sequence[Token], pseudonym: str, by: By
) -> None:
    numbers = [token.id for token in tokens]
    of_account = SignedInSession.account_id == account.id
    of_tokens = SignedInSession.token_id.in_(numbers)
    await session.execute(delete(SignedInSession).where(of_account | of_tokens))
    await session.execute(delete(Token).where(Token.id.in_(numbers)))
    await session.execute(delete(PrivateFeed).where(PrivateFeed.account_id == account.id))
    await session.execute(delete(Instance).where(Instance.account_id == account.id))
    await session.execute(delete(AccountTier).where(AccountTier.account_id == account.id))
    about = Concern.subject.endswith(f"/{account.slug}", autoescape=True)
    await session.execute(delete(Concern).where(about))
    account.slug, account.name = pseudonym, NAME
    account.erased_at = by.at
    account.revision += 1
    await session.flush()
