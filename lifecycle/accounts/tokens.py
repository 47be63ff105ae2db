"""Tokens: shown once, kept as hashes, good until they expire or are revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from lifecycle.accounts import names, queries
from lifecycle.accounts.actions import moment_problems
from lifecycle.accounts.models import Token
from lifecycle.accounts.scopes import Scope, parse_scope
from lifecycle.audit.actions import append
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest, Conflict, NotFound, Problem, Unauthorized, raise_if_any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By

MARK = "lct_"
SHOWN, SHOWN_OF_CHOSEN = 12, 4
USED_ROUGHLY = timedelta(minutes=1)


class UnknownToken(NotFound):
    """No token has this number or beginning."""


class InvalidToken(Unauthorized):
    """The token is not valid."""

    def __init__(self, detail: str, *, failure: str, token_id: int | None = None) -> None:
        """Say which ``failure`` it is in a word; ``token_id`` is that of one known."""
        super().__init__(detail)
        self.failure = failure
        self.token_id = token_id


async def create(
    session: AsyncSession,
    *,
    label: str,
    scope: str,
    by: By,
    expires_at: datetime | None = None,
    products: Collection[str] = (),
) -> tuple[Token, str]:
    """Make a token; give it with its secret, which nobody can be shown again.

    ``products`` are those that its scope may be limited to.
    """
    secret = MARK + secrets.token_urlsafe(32)
    granted = parse_scope(scope)
    raise_if_any(names.text_problems("label", label, longest=names.LONGEST_NAME))
    if expires_at is not None:
        raise_if_any(moment_problems("expires_at", expires_at))
    if expires_at is not None and expires_at <= by.at:
        problem = Problem("expires_at", "must lie in the future", value=expires_at.isoformat())
        raise BadRequest("A token cannot expire before it is made.", problems=[problem])
    raise_if_any(_unknown_products(granted, products), subject="The scope")
    if granted.account:
        await queries.get_account(session, granted.account)
    return await _store(session, secret, label, granted, by=by, expires_at=expires_at), secret


async def ensure_admin(session: AsyncSession, secret: str, *, by: By) -> bool:
    """Let a secret that the operator chose be an admin token; say whether it is new."""
    if await session.scalar(select(Token.id).where(Token.hash == hash_of(secret))):
        return False
    await _store(
        session, secret, "admin token from the settings", Scope("admin"), by=by, expires_at=None
    )
    return True


async def revoke(session: AsyncSession, name: str, *, by: By) -> Token:
    """Revoke a token by its number or the beginning that lists show; twice is once."""
    token = await get(session, name)
    if token.revoked_at is None:
        token.revoked_at = by.at
        append(session, by, "token.revoked", f"token:{token.id}")
    return token


async def revoke_own(session: AsyncSession, number: int, *, scope: str, by: By) -> Token:
    """Revoke a token of exactly this scope; twice is once."""
    token = await session.get(Token, number)
    if token is None or token.scope != scope:
        raise UnknownToken(f"There is no token {number}.")
    return await revoke(session, str(number), by=by)


async def list_of_scope(session: AsyncSession, scope: str) -> list[Token]:
    """Return the tokens of exactly one scope, the newest first, without secrets."""
    statement = select(Token).where(Token.scope == scope).order_by(Token.id.desc())
    return list(await session.scalars(statement))


async def rename_product(session: AsyncSession, former: str, slug: str) -> None:
    """Let the scopes that are limited to a product follow it to another slug."""
    for token in await queries.list_tokens(session):
        scope = parse_scope(token.scope)
        if scope.products and former in scope.products:
            products = scope.products - {former} | {slug}
            token.scope = str(Scope(scope.kind, products=products))


async def get(session: AsyncSession, name: str) -> Token:
    """Find a token by its number or its beginning, which must fit one token only."""
    tokens = [token for token in await queries.list_tokens(session) if _goes_by(token, name)]
    shown = _beginning(name)
    if not tokens:
        raise UnknownToken(f"No token has the number or beginning {shown!r}.")
    if len(tokens) > 1:
        numbers = ", ".join(str(token.id) for token in tokens)
        raise Conflict(f"{shown!r} is the beginning of several tokens: {numbers}.")
    return tokens[0]


async def authenticate(session: AsyncSession, secret: str, *, now: datetime) -> Token:
    """Return the token of a secret that is valid now; change nothing."""
    token = await session.scalar(select(Token).where(Token.hash == hash_of(secret)))
    return _valid(token, now)


async def get_valid(session: AsyncSession, token_id: int, *, now: datetime) -> Token:
    """Return a token by its number, if it is valid now."""
    return _valid(await session.get(Token, token_id), now)


def _valid(token: Token | None, now: datetime) -> Token:
    if token is None:
        raise InvalidToken(
            "Unknown token. Check that it was copied whole, and that this service made it.",
            failure="unknown",
        )
    if token.revoked_at is not None:
        raise InvalidToken(
            f"The token {token.prefix}… was revoked; use another.",
            failure="revoked",
            token_id=token.id,
        )
    if token.expires_at is not None and token.expires_at <= now:
        raise InvalidToken(
            f"The token {token.prefix}… expired on {token.expires_at.date()}; use another.",
            failure="expired",
            token_id=token.id,
        )
    return token


def actor_of(token: Token) -> str:
    """Return what the log calls whoever acts by a token."""
    return f"token:{token.id} {token.label}".strip()


def used_recently(token: Token, *, now: datetime) -> bool:
    """Return whether the last use is known to the minute, so that noting it again can wait."""
    return token.last_used_at is not None and now - token.last_used_at < USED_ROUGHLY


async def note_use(session: AsyncSession, token_id: int, *, now: datetime) -> None:
    """Note when a token was last used; that is no evidence, so the log does not grow by it."""
    await session.execute(update(Token).where(Token.id == token_id).values(last_used_at=now))


def hash_of(secret: str) -> str:
    """Hash a secret; it has 256 random bits, so a fast hash is safe."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _unknown_products(scope: Scope, products: Collection[str]) -> Iterator[Problem]:
    """Yield the products that a scope is limited to and that do not exist."""
    for slug in sorted(scope.products or ()):
        if slug not in products:
            message = f"names the unknown product {slug!r}{suggest(slug, products)}"
            yield Problem("scope", message, value=slug, allowed=", ".join(sorted(products)[:20]))


def _goes_by(token: Token, name: str) -> bool:
    return str(token.id) == name or (
        len(name) > len(MARK) and token.prefix.startswith(name[:SHOWN])
    )


def _beginning(secret: str) -> str:
    """Return the part of a token that may be shown: less of a chosen one, which may be guessed."""
    return secret[:SHOWN] if secret.startswith(MARK) else secret[:SHOWN_OF_CHOSEN]


async def _store(
    session: AsyncSession,
    secret: str,
    label: str,
    scope: Scope,
    *,
    by: By,
    expires_at: datetime | None,
) -> Token:
    prefix = _beginning(secret)
    token = Token(
        label=label,
        prefix=prefix,
        hash=hash_of(secret),
        scope=str(scope),
        created_at=by.at,
        expires_at=expires_at,
    )
    session.add(token)
    await session.flush()
    details = {"scope": str(scope), "label": label, "expires_at": expires_at}
    append(session, by, "token.created", f"token:{token.id}", details=details)
    return token
