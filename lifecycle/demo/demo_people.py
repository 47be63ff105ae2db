"""The people of the demo, who sign in by an address that is printed when it starts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts import tokens
from lifecycle.accounts.models import Token

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By

PURPOSE = "demo sign-in"
"""What the addresses are signed for."""
GOOD_FOR = timedelta(days=30)
PEOPLE = (
    ("Demo product manager", "publish", "the vendor's product manager"),
    ("Demo admin", "admin", "an admin, who also sees tokens, people and settings"),
    ("Demo customer", "account:acme", "a customer, Acme Corporation"),
)
"""Each by the label and the scope of the token that they act by, and how they are introduced."""


class DemoPerson(msgspec.Struct, frozen=True):
    """Someone to sign in as: how they are introduced, and the number of their token."""

    introduction: str
    token_id: int


async def ensure_people(session: AsyncSession, *, by: By) -> tuple[DemoPerson, ...]:
    """Return the demo's people; a token is made for each whose token is not there any more."""
    return tuple(
        [
            DemoPerson(introduction, await _token_id(session, label, scope, by=by))
            for label, scope, introduction in PEOPLE
        ]
    )


async def _token_id(session: AsyncSession, label: str, scope: str, *, by: By) -> int:
    statement = select(Token.id).where(
        Token.label == label, Token.scope == scope, Token.revoked_at.is_(None)
    )
    token_id = await session.scalar(statement.order_by(Token.id).limit(1))
    if token_id is not None:
        return token_id
    token, _ = await tokens.create(session, label=label, scope=scope, by=by)
    return token.id
