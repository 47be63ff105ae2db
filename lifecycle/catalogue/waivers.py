"""Waivers: recorded decisions to let a rule be broken, by whom, why, and until when."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta
from sqlalchemy import exists, select, true

from lifecycle.accounts.names import prose_problems, text_problems
from lifecycle.audit.actions import append
from lifecycle.catalogue.catalogue_inputs import Key, plain
from lifecycle.catalogue.models import Product, Waiver
from lifecycle.catalogue.queries import get_product
from lifecycle.database.pagination import Page, page
from lifecycle.documents.patterns import PROSE, Text
from lifecycle.documents.storable_text import is_blank
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import Conflict, NotFound, Problem, raise_if_any
from lifecycle.policy.gate_rules import GATE_RULES, UNWAIVABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By


class UnknownWaiver(NotFound):
    """There is no waiver with this id."""


class WaiverDoesNotApply(Conflict):
    """The waiver is for something else, has expired, or was revoked."""


class Because(StrEnum):
    """What may force a vendor to break a promise."""

    LAW = "law"
    SECURITY = "security"
    THIRD_PARTY = "third_party"
    OTHER = "other"


class WaiverIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who decides, why, for what, and the last day on which it may be used.

    It is for a ``deprecation``, or for a gate's ``rule`` on a ``subject`` (a feature or a line).
    """

    product: Key
    deprecation: Text | None = None
    rule: Text | None = None
    subject: Text | None = None
    person: Text
    reason: Because
    explanation: Annotated[str, Meta(max_length=2000, pattern=PROSE)]
    until: date


SAID: Final = ("deprecation", "rule", "subject", "person", "reason", "explanation", "until")
"""What makes two waivers of a product the same."""


class WaiverOut(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded decision to let a rule be broken; ``until`` is the last day it may be used."""

    id: str
    product: str
    deprecation: str | None
    rule: str | None
    subject: str | None
    person: str
    reason: Because
    explanation: str
    until: date
    created_at: datetime
    created_by: str
    revoked_at: datetime | None

    @classmethod
    def of(cls, waiver: Waiver, product: Product) -> WaiverOut:
        """Show a waiver."""
        return cls(
            id=waiver.uid,
            product=product.slug,
            deprecation=waiver.deprecation,
            rule=waiver.rule,
            subject=waiver.subject,
            person=waiver.person,
            reason=Because(waiver.reason),
            explanation=waiver.explanation,
            until=waiver.until,
            created_at=waiver.created_at,
            created_by=waiver.created_by,
            revoked_at=waiver.revoked_at,
        )


async def grant(
    session: AsyncSession, facts: WaiverIn, *, by: By, today: date, product: Product | None = None
) -> Waiver:
    """Record a waiver; what it is for need not exist yet, its product must."""
    owner = product or await get_product(session, facts.product)
    raise_if_any(_problems(facts, today), subject="The waiver")
    waiver = Waiver(
        uid=str(uuid.uuid4()),
        product_id=owner.id,
        deprecation=facts.deprecation,
        rule=facts.rule,
        subject=facts.subject,
        person=facts.person,
        reason=facts.reason.value,
        explanation=facts.explanation,
        until=facts.until,
        created_at=by.at,
        created_by=by.actor,
    )
    session.add(waiver)
    await session.flush()
    append(session, by, "waiver.granted", waiver.uid, product=owner.slug, details=plain(facts))
    return waiver


async def grant_once(
    session: AsyncSession, facts: WaiverIn, *, by: By, today: date, product: Product
) -> Waiver:
    """Record a waiver, unless its form was sent before: then return the one that stands.

    The product is held, so that a form which is sent twice at once grants one waiver.
    """
    await session.refresh(product, with_for_update=True)
    values = {name: getattr(facts, name) for name in SAID}
    statement = (
        select(Waiver)
        .filter_by(product_id=product.id, created_by=by.actor, revoked_at=None, **values)
        .where(Waiver.until >= today)
        .order_by(Waiver.id)
        .limit(1)
    )
    granted = await session.scalar(statement)
    return granted or await grant(session, facts, by=by, today=today, product=product)


async def revoke(session: AsyncSession, waiver: Waiver, product: Product, *, by: By) -> Waiver:
    """Take a waiver back; what was done under it stands."""
    if waiver.revoked_at is None:
        waiver.revoked_at = by.at
        append(session, by, "waiver.revoked", waiver.uid, product=product.slug)
    return waiver


async def get(
    session: AsyncSession, uid: str, *, products: Collection[str] | None = None
) -> Waiver:
    """Return the waiver with this id, of one of ``products`` if given; or ``UnknownWaiver``."""
    waiver = await session.scalar(select(Waiver).where(Waiver.uid == uid, _is_of(products)))
    if waiver is None:
        raise UnknownWaiver(f"There is no waiver {uid[:100]!r}.")
    return waiver


async def list_of(
    session: AsyncSession,
    *,
    product: Product | None = None,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Waiver]:
    """Return waivers, the newest first, revoked and expired ones too."""
    statement = select(Waiver).where(_is_of(products))
    if product is not None:
        statement = statement.where(Waiver.product_id == product.id)
    return await page(session, statement, [Waiver.id], cursor=cursor, limit=limit, descending=True)


async def page_of_waivers(
    session: AsyncSession,
    product: Product | None,
    *,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[WaiverOut]:
    """Show waivers of a product, of some, or of all: the newest first, revoked ones too."""
    listed = await list_of(session, product=product, products=products, cursor=cursor, limit=limit)
    return Page([await show(session, waiver) for waiver in listed.items], listed.next)


async def show(session: AsyncSession, waiver: Waiver) -> WaiverOut:
    """Show a waiver with its product's name."""
    return WaiverOut.of(waiver, await session.get_one(Product, waiver.product_id))


async def usable(session: AsyncSession, *, deprecation: str, today: date) -> Sequence[Waiver]:
    """Return the waivers that may be used for a deprecation today, the newest first."""
    statement = (
        select(Waiver)
        .where(Waiver.deprecation == deprecation, Waiver.revoked_at.is_(None))
        .where(Waiver.until >= today)
        .order_by(Waiver.id.desc())
    )
    return (await session.scalars(statement)).all()


async def applying(
    session: AsyncSession, uid: str, *, deprecation: str, product: Product, today: date
) -> Waiver:
    """Return a waiver that may be used for a deprecation today; otherwise raise why not."""
    waiver = await get(session, uid, products=[product.slug])
    if waiver.deprecation != deprecation:
        raise WaiverDoesNotApply(f"Waiver {uid} is not for deprecation {deprecation}.")
    if waiver.revoked_at is not None:
        raise WaiverDoesNotApply(f"Waiver {uid} was revoked on {waiver.revoked_at:%Y-%m-%d}.")
    if waiver.until < today:
        raise WaiverDoesNotApply(f"Waiver {uid} could be used until {waiver.until}.")
    return waiver


def _is_of(products: Collection[str] | None) -> ColumnElement[bool]:
    if products is None:
        return true()
    return exists().where(Product.id == Waiver.product_id, Product.slug.in_(products))


def _problems(facts: WaiverIn, today: date) -> Iterator[Problem]:
    if (facts.deprecation is None) == (facts.rule is None):
        yield Problem("deprecation", "or rule must be given, but not both", value=None)
    for field in ("person", "explanation"):
        value = getattr(facts, field)
        if is_blank(value):
            yield Problem(field, "must not be empty: a named person answers for it", value=value)
    yield from text_problems("person", facts.person)
    yield from prose_problems("explanation", facts.explanation)
    for field in ("rule", "subject", "deprecation"):
        yield from text_problems(field, getattr(facts, field), required=True)
    if facts.rule is not None:
        yield from _rule_problems(facts.rule, facts.subject)
    if facts.until < today:
        message = f"lies in the past (today is {today})"
        yield Problem("until", message, value=facts.until.isoformat(), allowed=f"{today} or later")


def _rule_problems(rule: str, subject: str | None) -> Iterator[Problem]:
    waivable = sorted(set(GATE_RULES) - UNWAIVABLE)
    if rule in UNWAIVABLE:
        yield Problem("rule", "cannot be waived, since it makes no promise to anybody", value=rule)
    elif rule not in waivable:
        message = f"is not a rule of the gate{suggest(rule, waivable)}"
        yield Problem("rule", message, value=rule, allowed=", ".join(waivable))
    if subject is None:
        message = "must name the feature or line for which the rule may be broken"
        yield Problem("subject", message, value=None)
