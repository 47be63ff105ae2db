"""Where an account that is to be erased is mentioned: in the log, in prose, in kept answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import String, and_, cast, delete, false, or_, select

from lifecycle.accounts.tokens import actor_of
from lifecycle.audit.erased_entries import ERASED
from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.models import Release, Waiver
from lifecycle.catalogue.queries import vocabulary
from lifecycle.deprecations.models import Deprecation, Revision
from lifecycle.gate.models import GateVerdict
from lifecycle.idempotency.models import IdempotencyKey
from lifecycle.scheduler.models import Concern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account, Token
    from notifications.erased_owners import ErasedOwner

SHORTEST = 4
"""What is shorter is looked for where it stands alone, and not in the middle of prose."""
OF_INSTANCES = ("instance.added", "instance.changed", "instance.removed")
PROSE: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Waiver, ("person", "explanation", "created_by")),
    (Deprecation, ("content", "created_by")),
    (Revision, ("reason", "content", "actor")),
    (Release, ("void_reason",)),
    (GateVerdict, ("document", "asked_by")),
    (Concern, ("message",)),
)
"""What people write, and who wrote it; some of it in documents."""


class Mentions(msgspec.Struct, frozen=True):
    """By what an account is known: its slug, actors of its own, and words that only it has."""

    slug: str
    actors: tuple[str, ...]
    subjects: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, account: Account, tokens: Sequence[Token], forgotten: ErasedOwner) -> Mentions:
        """Gather them before they are forgotten."""
        names = [account.slug, account.name, *forgotten.addresses, *forgotten.ids]
        return cls(
            account.slug,
            tuple(map(actor_of, tokens)),
            tuple(f"token:{token.id}" for token in tokens),
            tuple(dict.fromkeys(name for name in names if len(name) >= SHORTEST)),
        )

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match the words where they stand alone, in JSON too, whatever their case."""
        spelled = {form for word in self.words for form in (word, _in_json(word))}
        listed = "|".join(re.escape(form) for form in sorted(spelled, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])", re.IGNORECASE)

    def by_one_of_its_own(self, actor: Any) -> ColumnElement[bool]:
        """Return whether something was done by a token of the account, or from its mail."""
        mail = [actor.startswith(f"link:{word}", autoescape=True) for word in self.words]
        return or_(actor.in_(self.actors), *mail)

    def may_be_in(self, column: Any) -> ColumnElement[bool]:
        """Return whether a column may hold one of the words; ``pattern`` decides."""
        written = cast(column, String)
        forms = {form for word in self.words for form in (word, _in_json(word))}
        return or_(false(), *(written.icontains(form, autoescape=True) for form in sorted(forms)))

    async def without_common_words(self, session: AsyncSession) -> Mentions:
        """Leave out of the words what products or tiers are called as well."""
        names = await vocabulary(session)
        common = {word.lower() for word in (*names.products, *names.tiers)}
        words = tuple(word for word in self.words if word.lower() not in common)
        return msgspec.structs.replace(self, words=words)


async def entries_naming(session: AsyncSession, mentions: Mentions) -> list[int]:
    """Return the numbers of the log's entries that say something of an account."""
    certain = select(AuditEntry.seq).where(AuditEntry.action != ERASED, _is_about(mentions))
    numbers = set((await session.scalars(certain)).all())
    mentions = await mentions.without_common_words(session)
    columns = (AuditEntry.actor, AuditEntry.subject, AuditEntry.details)
    possible = select(AuditEntry.seq, *columns).where(
        AuditEntry.action != ERASED, or_(*(mentions.may_be_in(column) for column in columns))
    )
    if mentions.words:
        for seq, actor, subject, details in await session.execute(possible):
            if mentions.pattern.search(f"{actor}\n{subject}\n{_written(details)}"):
                numbers.add(seq)
    return sorted(numbers)


async def blank_prose(session: AsyncSession, mentions: Mentions, pseudonym: str) -> None:
    """Put a pseudonym in the place of what names an account wherever people wrote it."""
    mentions = await mentions.without_common_words(session)
    if not mentions.words:
        return
    pattern = mentions.pattern
    for entity, names in PROSE:
        columns = [getattr(entity, name) for name in names]
        statement = select(entity).where(or_(*map(mentions.may_be_in, columns)))
        for row in await session.scalars(statement):
            for name in names:
                before = getattr(row, name)
                after = _blanked(before, pattern, pseudonym)
                if after != before:
                    setattr(row, name, after)
    await session.flush()


async def forget_answers(session: AsyncSession, mentions: Mentions) -> None:
    """Forget the answers kept for repeated requests that name an account."""
    columns = (IdempotencyKey.body, IdempotencyKey.headers)
    named = [cast(column, String).icontains(mentions.slug, autoescape=True) for column in columns]
    words = [mentions.may_be_in(column) for column in columns]
    await session.execute(delete(IdempotencyKey).where(or_(*named, *words)))


def _is_about(mentions: Mentions) -> ColumnElement[bool]:
    slug = mentions.slug
    details = AuditEntry.details
    instance = AuditEntry.subject.startswith(f"{slug}/", autoescape=True)
    return or_(
        and_(AuditEntry.subject == slug, AuditEntry.product.is_(None)),
        and_(AuditEntry.action.in_(OF_INSTANCES), instance),
        AuditEntry.subject.endswith(f"/{slug}", autoescape=True)
        & (AuditEntry.action == "worklist.noted"),
        AuditEntry.subject.in_(mentions.subjects),
        mentions.by_one_of_its_own(AuditEntry.actor),
        details["account"].as_string() == slug,
        details["scope"].as_string() == f"account:{slug}",
    )


def _blanked(value: Any, pattern: re.Pattern[str], pseudonym: str) -> Any:
    if isinstance(value, str):
        return pattern.sub(pseudonym, value)
    if isinstance(value, dict):
        return {name: _blanked(part, pattern, pseudonym) for name, part in value.items()}
    if isinstance(value, list):
        return [_blanked(part, pattern, pseudonym) for part in value]
    return value


def _written(details: Any) -> str:
    return json.dumps(details, ensure_ascii=False)


def _in_json(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)[1:-1]
