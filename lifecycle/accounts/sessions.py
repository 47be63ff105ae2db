"""Sessions: browsers that are signed in, for twelve hours at most, and never past what gave them.

What gave one is a token, a person of the vendor's, or a link sent to an account's address. Only
the hash of a session's secret is kept, and each sign-in makes a new secret.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, delete, false, select, true, update

from lifecycle.accounts import people
from lifecycle.accounts.models import Account, Person, SignedInSession, Token
from lifecycle.accounts.scopes import Caller, Scope, SignedIn, parse_scope
from lifecycle.accounts.tokens import actor_of, hash_of
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.database.pagination import Page, page
from lifecycle.errors import NotFound
from notifications.models import Subscription
from notifications.outbox import TOLD

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.ext.asyncio import AsyncSession

LONGEST_LIFE = timedelta(hours=12)
LONGEST_BROWSER = 120
SEEN_ROUGHLY = timedelta(minutes=1)
KEPT_FOR = timedelta(days=30)
"""How long a session that is over can still be looked up, by its number in the log."""


class UnknownSession(NotFound):
    """No session has this number."""


class Giver(msgspec.Struct, frozen=True, kw_only=True):
    """What gives a session: a token, a person, or an account's address that was sent a link."""

    name: str
    actor: str
    token_id: int | None = None
    person_id: int | None = None
    account_id: int | None = None
    subscription: str | None = None
    expires_at: datetime | None = None


def by_token(token: Token) -> Giver:
    """Return a token as what gives a session, which then acts as the token."""
    return Giver(
        name=token.label or f"token {token.id}",
        actor=actor_of(token),
        token_id=token.id,
        expires_at=token.expires_at,
    )


def by_person(person: Person) -> Giver:
    """Return a person as what gives a session."""
    return Giver(name=person.name, actor=people.actor_of(person), person_id=person.id)


def by_link(account: Account, subscription: str) -> Giver:
    """Return the link that was sent to an account's subscription as what gives a session."""
    actor = f"link:{subscription}"
    return Giver(name=account.name, actor=actor, account_id=account.id, subscription=subscription)


class Started(msgspec.Struct, frozen=True):
    """A new session: the secret that its cookie carries, and when it ends at the latest."""

    secret: str
    expires_at: datetime


async def start(session: AsyncSession, giver: Giver, *, browser: str, now: datetime) -> Started:
    """Sign a browser in, under a secret that nobody has seen before."""
    secret = secrets.token_urlsafe(32)
    ends = now + LONGEST_LIFE
    signed_in = SignedInSession(
        hash=hash_of(secret),
        name=giver.name,
        browser=browser[:LONGEST_BROWSER],
        token_id=giver.token_id,
        person_id=giver.person_id,
        account_id=giver.account_id,
        subscription=giver.subscription,
        created_at=now,
        expires_at=min(ends, giver.expires_at) if giver.expires_at else ends,
        last_seen_at=now,
    )
    session.add(signed_in)
    await session.flush()
    append(session, By(giver.actor, now), "session.started", f"session:{signed_in.id}")
    return Started(secret, signed_in.expires_at)


async def find_caller(session: AsyncSession, secret: str, *, now: datetime) -> Caller | None:
    """Return who is signed in by a secret; None where that session is over or never was."""
    statement = (
        select(SignedInSession, Token, Person, Account, Subscription.state)
        .outerjoin(Token, SignedInSession.token_id == Token.id)
        .outerjoin(Person, SignedInSession.person_id == Person.id)
        .outerjoin(Account, SignedInSession.account_id == Account.id)
        .outerjoin(Subscription, SignedInSession.subscription == Subscription.uid)
        .where(SignedInSession.hash == hash_of(secret))
    )
    row = (await session.execute(statement)).first()
    return _caller(row, now) if row else None


async def end(session: AsyncSession, session_id: int, *, by: By) -> bool:
    """End a session; return whether it was still there to be ended."""
    signed_in = await session.get(SignedInSession, session_id, with_for_update=True)
    if signed_in is None or signed_in.ended_at is not None:
        return False
    signed_in.ended_at = by.at
    append(session, by, "session.ended", f"session:{session_id}")
    return True


async def list_own(
    session: AsyncSession, caller: Caller, *, now: datetime
) -> list[SignedInSession]:
    """Return the sessions that go on by what the caller's own was given by, the newest first."""
    statement = _going_on(now).where(_is_own(caller))
    return list(await session.scalars(statement.order_by(SignedInSession.id.desc())))


async def list_all(
    session: AsyncSession, *, now: datetime, cursor: str | None, limit: int = 100
) -> Page[SignedInSession]:
    """Return a page of all the sessions that go on, the newest first."""
    keys = [SignedInSession.id]
    return await page(session, _going_on(now), keys, cursor=cursor, limit=limit, descending=True)


async def end_of(session: AsyncSession, session_id: int, caller: Caller, *, by: By) -> None:
    """End a session of the caller's own, or anybody's for an admin; one that is over stays so."""
    is_admin = caller.scope is not None and caller.scope.kind == "admin"
    mine = true() if is_admin else _is_own(caller)
    statement = select(SignedInSession.id).where(SignedInSession.id == session_id, mine)
    if await session.scalar(statement) is None:
        raise UnknownSession(f"No session of yours has the number {session_id}.")
    await end(session, session_id, by=by)


async def forget_old(
    session: AsyncSession, *, now: datetime, kept_for: timedelta = KEPT_FOR
) -> None:
    """Delete the sessions that have been over for long: they name people and their browsers."""
    old = SignedInSession.expires_at < now - kept_for
    await session.execute(delete(SignedInSession).where(old))


async def note_seen(session: AsyncSession, session_id: int, *, now: datetime) -> None:
    """Note when a session was last used; the log does not grow by it."""
    await session.execute(
        update(SignedInSession).where(SignedInSession.id == session_id).values(last_seen_at=now)
    )


def _going_on(now: datetime) -> Select[SignedInSession]:
    return (
        select(SignedInSession)
        .outerjoin(Token, SignedInSession.token_id == Token.id)
        .outerjoin(Person, SignedInSession.person_id == Person.id)
        .where(
            SignedInSession.ended_at.is_(None),
            SignedInSession.expires_at > now,
            Token.revoked_at.is_(None),
            Person.disabled_at.is_(None),
        )
    )


def _is_own(caller: Caller) -> ColumnElement[bool]:
    """Return what is true of the sessions that were given by what the caller acts by."""
    if caller.token_id is not None:
        return SignedInSession.token_id == caller.token_id
    about = caller.session
    if about is None:
        return false()
    if about.person_id is not None:
        return SignedInSession.person_id == about.person_id
    return and_(
        SignedInSession.account_id == about.account_id,
        SignedInSession.subscription == about.subscription,
    )


def _caller(
    row: Row[SignedInSession, Token | None, Person | None, Account | None, str | None],
    now: datetime,
) -> Caller | None:
    signed_in, token, person, account, state = row
    if signed_in.ended_at is not None or signed_in.expires_at <= now:
        return None
    about = SignedIn(
        id=signed_in.id,
        name=signed_in.name,
        hash=signed_in.hash,
        is_seen=now - signed_in.last_seen_at < SEEN_ROUGHLY,
        person_id=signed_in.person_id,
        account_id=signed_in.account_id,
        subscription=signed_in.subscription,
        proxied=person.subject if person and person.issuer == people.PROXY else None,
    )
    if token is not None and token.revoked_at is None:
        if token.expires_at is not None and token.expires_at <= now:
            return None
        return Caller(actor_of(token), parse_scope(token.scope), token.id, about)
    if person is not None and person.disabled_at is None:
        return Caller(people.actor_of(person), parse_scope(person.scope), session=about)
    if account is not None and state in TOLD:
        scope = Scope("account", account.slug)
        return Caller(f"link:{signed_in.subscription}", scope, session=about)
    return None
