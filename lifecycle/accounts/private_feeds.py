"""The secret address of an account's calendar and feed, which programs read without a token.

It is kept encrypted, so that its people can look it up, and hashed, so that it is found. A new one
puts an end to the former.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from lifecycle.accounts.models import Account, PrivateFeed
from lifecycle.accounts.tokens import hash_of
from lifecycle.audit.actions import append
from lifecycle.errors import NotFound
from notifications.secrets import WrongKeyError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from notifications.secrets import Vault

LONGEST = 128


class UnknownFeed(NotFound):
    """No calendar or feed has this address; it may have been replaced by a new one."""


async def renew(session: AsyncSession, account: Account, *, vault: Vault, by: By) -> None:
    """Give an account a new secret address; the former one is unknown from now on."""
    secret = secrets.token_urlsafe(32)
    await session.execute(delete(PrivateFeed).where(PrivateFeed.account_id == account.id))
    session.add(
        PrivateFeed(
            account_id=account.id,
            secret=vault.encrypt(secret),
            hash=hash_of(secret),
            created_at=by.at,
        )
    )
    append(session, by, "account.feed_renewed", account.slug)


async def remove(session: AsyncSession, account: Account, *, by: By) -> None:
    """Let an account have no such address any more."""
    feed = await session.get(PrivateFeed, account.id)
    if feed is not None:
        await session.delete(feed)
        append(session, by, "account.feed_removed", account.slug)


async def secret_of(session: AsyncSession, account: Account, vault: Vault) -> str | None:
    """Return the secret of an account's address; None where it has none, or its key is lost."""
    feed = await session.get(PrivateFeed, account.id)
    try:
        return vault.decrypt(feed.secret) if feed else None
    except WrongKeyError:
        return None


async def account_of(session: AsyncSession, secret: str) -> str:
    """Return the slug of the account whose address has a secret, or raise ``UnknownFeed``."""
    statement = (
        select(Account.slug)
        .join(PrivateFeed, PrivateFeed.account_id == Account.id)
        .where(PrivateFeed.hash == hash_of(secret[:LONGEST]))
    )
    slug: str | None = await session.scalar(statement)
    if slug is None:
        raise UnknownFeed
    return slug
