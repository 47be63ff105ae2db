"""The vendor's people, as who signed them in knows them: for good by issuer and subject.

The issuer is an identity provider's, or that of the trusted proxies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from lifecycle.accounts.models import Person, SignedInSession
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.database.pagination import Page, page
from lifecycle.documents.storable_text import CONTROLS, INVISIBLE, MARKS
from lifecycle.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

LONGEST_NAME = 100
LONGEST_SUBJECT = 255
PROXY = "proxy"
"""The issuer of those whom a trusted proxy has signed in."""


class UnknownPerson(NotFound):
    """No person has this number."""


class PersonDisabled(Forbidden):
    """The person may not sign in any more."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider or proxy vouches for: who it is, and the scope that follows from it."""

    issuer: str
    subject: str
    name: str
    scope: str


async def arrive(session: AsyncSession, arrival: Arrival, *, now: datetime) -> Person:
    """Return the person who signs in, with today's name and scope; a new one is added."""
    name = display_name(arrival.name) or arrival.subject
    person = await _find(session, arrival)
    is_new = person is None
    if person is None:
        await _add(session, arrival, name, now)
        person = await _find(session, arrival)
    if person is None:  # pragma: no cover -- it was added just now
        raise UnknownPerson
    if person.disabled_at is not None:
        raise PersonDisabled(f"{person.name} was disabled here; ask an admin of this service.")
    by = By(actor_of(person), now)
    if is_new:
        details = {"issuer": arrival.issuer, "scope": arrival.scope}
        append(session, by, "person.added", f"person:{person.id}", details=details)
    elif person.scope != arrival.scope:
        details = {"from": person.scope, "to": arrival.scope}
        append(session, by, "person.scope_changed", f"person:{person.id}", details=details)
    person.name, person.scope, person.last_seen_at = name, arrival.scope, now
    return person


async def list_people(
    session: AsyncSession, *, cursor: str | None = None, limit: int = 100
) -> Page[Person]:
    """Return a page of the people who have ever signed in, in the order of their first time."""
    return await page(session, select(Person), [Person.id], cursor=cursor, limit=limit)


async def disable(session: AsyncSession, person_id: int, *, by: By) -> Person:
    """Let a person sign in no more, and end their sessions; twice is once."""
    person = await _get(session, person_id)
    if person.disabled_at is None:
        person.disabled_at = by.at
        open_sessions = (SignedInSession.person_id == person_id) & SignedInSession.ended_at.is_(
            None
        )
        await session.execute(update(SignedInSession).where(open_sessions).values(ended_at=by.at))
        append(session, by, "person.disabled", f"person:{person.id}")
    return person


async def enable(session: AsyncSession, person_id: int, *, by: By) -> Person:
    """Let a person sign in again."""
    person = await _get(session, person_id)
    if person.disabled_at is not None:
        person.disabled_at = None
        append(session, by, "person.enabled", f"person:{person.id}")
    return person


def actor_of(person: Person) -> str:
    """Return what the log calls a person: by the subject for good, and by today's name."""
    host = urlsplit(person.issuer).hostname or person.issuer
    return f"person:{host}:{person.subject} {person.name}".strip()


def is_subject(text: str) -> bool:
    """Return whether a text can stand for a person for good."""
    return 0 < len(text) <= LONGEST_SUBJECT and text.isprintable()


def display_name(text: str) -> str:
    r"""Return a name as one line of bounded length, of what can be seen.

    >>> display_name(" Ann\tMartin\x07 \u202e")
    'Ann Martin'
    """
    line = " ".join(text.split())
    for hidden in (INVISIBLE, MARKS, CONTROLS):
        line = hidden.sub("", line)
    return line[:LONGEST_NAME].strip()


async def _find(session: AsyncSession, arrival: Arrival) -> Person | None:
    statement = select(Person).where(
        Person.issuer == arrival.issuer, Person.subject == arrival.subject
    )
    return await session.scalar(statement.with_for_update())


async def _add(session: AsyncSession, arrival: Arrival, name: str, now: datetime) -> None:
    """Add a person, unless somebody else has done so at the same moment."""
    values = {
        "issuer": arrival.issuer,
        "subject": arrival.subject,
        "name": name,
        "scope": arrival.scope,
        "created_at": now,
    }
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    statement = sqlite.insert(Person) if is_sqlite else postgresql.insert(Person)
    await session.execute(statement.on_conflict_do_nothing().values(values))


async def _get(session: AsyncSession, person_id: int) -> Person:
    person = await session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise UnknownPerson(f"No person has the number {person_id}.")
    return person
