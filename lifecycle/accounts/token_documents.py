"""Tokens as they are asked for and shown; a secret is shown once, when it is made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select

from lifecycle.accounts.models import Token
from lifecycle.database.pagination import Page, page

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

Named = Annotated[str, Meta(min_length=1)]


class TokenIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to be made."""

    label: Named
    scope: Named
    expires_at: datetime | None = None


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    """A token; its ``secret`` is in the answer that makes it, and in no other."""

    id: int
    begins_with: str
    scope: Named
    label: str
    state: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    secret: str | UnsetType = UNSET

    @classmethod
    def of(cls, token: Token, now: datetime, secret: str | None = None) -> TokenOut:
        """Show a token, with the secret that was just made for it."""
        return cls(
            id=token.id,
            begins_with=token.prefix,
            scope=token.scope,
            label=token.label,
            state=state_of(token, now),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
            secret=secret or UNSET,
        )


def state_of(token: Token, now: datetime) -> str:
    """Return whether a token is ``valid``, ``expired`` or ``revoked``."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "valid"


async def page_of_tokens(
    session: AsyncSession, *, now: datetime, cursor: str | None, limit: int
) -> Page[TokenOut]:
    """Return a page of the tokens, the oldest first, without secrets."""
    tokens = await page(session, select(Token), [Token.id], cursor=cursor, limit=limit)
    return Page([TokenOut.of(token, now) for token in tokens.items], tokens.next)
