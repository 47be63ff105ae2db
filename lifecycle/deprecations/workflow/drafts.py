"""Drafting a deprecation, changing the draft, and throwing it away."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete as delete_from
from sqlalchemy import select

from lifecycle.audit.actions import append
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.queries import content_document, content_of, product_of
from lifecycle.deprecations.states import UNANNOUNCED, Origin, State
from lifecycle.deprecations.workflow import content_checks
from lifecycle.documents.partial_structs import stated
from lifecycle.errors import Conflict, Problem, raise_if_any

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.models import Product
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn, DeprecationPatch


FORMS = uuid.UUID("5d7f3c0e-6f0b-5a53-9d0b-2f6c1f0e8a41")
"""What the ids of drafts are derived in that a form has made."""


class AnnouncedAlready(Conflict):
    """What was announced is amended or withdrawn, not edited."""


class DraftedAlready(Conflict):
    """The change of the feature already has a draft; two of them would contradict each other."""


class Implied(msgspec.Struct, frozen=True):
    """Why the policy itself makes a draft: ``key`` is the same whenever it is found again.

    It is the draft's id too, so that a store restored from a backup finds it under the same.
    """

    key: str
    caused_by: str | None = None


async def draft(
    session: AsyncSession,
    product: Product,
    facts: DeprecationIn,
    *,
    by: By,
    today: date,
    implied: Implied | None = None,
    key: str = "",
) -> Deprecation:
    """Store a deprecation that nobody is told of yet; ``implied`` where the policy asks for it.

    By its ``key``, a form that is sent again finds what it made (``find_made``). A feature has one
    draft of a kind at a time; a second is refused as ``DraftedAlready``, naming the first.
    """
    await _check(session, product, facts, today)
    await _refuse_second(session, product, facts)
    deprecation = Deprecation(
        uid=implied.key if implied else _uid(product, key),
        product_id=product.id,
        origin=Origin.POLICY if implied else Origin.MANUAL,
        implied_key=implied.key if implied else None,
        caused_by=implied.caused_by if implied else None,
        state=State.DRAFT,
        kind=facts.kind.value,
        content=content_document(facts),
        days={},
        number=0,
        revision=1,
        created_at=by.at,
        created_by=by.actor,
    )
    session.add(deprecation)
    await session.flush()
    details = {"content": deprecation.content, "origin": deprecation.origin}
    append(
        session, by, "deprecation.drafted", deprecation.uid, product=product.slug, details=details
    )
    return deprecation


async def find_made(session: AsyncSession, product: Product, key: str) -> Deprecation | None:
    """Return what a form has made already, by its key.

    The product is held, so that a form which is sent twice at once makes one draft.
    """
    if not key:
        return None
    await session.refresh(product, with_for_update=True)
    statement = select(Deprecation).where(Deprecation.uid == _uid(product, key))
    return await session.scalar(statement)


async def change(
    session: AsyncSession, deprecation: Deprecation, patch: DeprecationPatch, *, by: By, today: date
) -> Deprecation:
    """Change a draft, or one whose announcement is still to come."""
    _refuse_announced(deprecation)
    product = await product_of(session, deprecation)
    content = msgspec.structs.replace(content_of(deprecation), **stated(patch))
    await _check(session, product, content, today)
    await _refuse_second(session, product, content, besides=deprecation.id)
    document = content_document(content)
    if document != deprecation.content:
        before, deprecation.content = deprecation.content, document
        deprecation.kind = content.kind.value
        deprecation.revision += 1
        changed = {
            field: {"before": before.get(field), "after": document.get(field)}
            for field in document
            if before.get(field) != document.get(field)
        }
        append(
            session,
            by,
            "deprecation.changed",
            deprecation.uid,
            product=product.slug,
            details=changed,
        )
    return deprecation


async def delete(session: AsyncSession, deprecation: Deprecation, *, by: By) -> None:
    """Throw a draft away; nobody was told of it."""
    _refuse_announced(deprecation)
    product = await product_of(session, deprecation)
    await session.execute(delete_from(Deprecation).where(Deprecation.id == deprecation.id))
    details = {"content": deprecation.content}
    append(
        session, by, "deprecation.deleted", deprecation.uid, product=product.slug, details=details
    )


def _uid(product: Product, key: str) -> str:
    """Return the id of a draft: of a form's one, the same whenever it is sent."""
    return str(uuid.uuid5(FORMS, f"{product.slug} {key}") if key else uuid.uuid4())


async def _check(
    session: AsyncSession, product: Product, content: DeprecationIn, today: date
) -> None:
    loaded, _ = await load_known(session, product.slug)
    mistakes = [
        *content_checks.problems(loaded, content, today=today),
        *content_checks.wording_problems(content),
    ]
    raise_if_any(mistakes, subject="The deprecation")
    content_checks.refuse_removed(loaded, content, today=today)


async def _refuse_second(
    session: AsyncSession, product: Product, content: DeprecationIn, *, besides: int | None = None
) -> None:
    """Refuse another draft of a feature's change; the product is held, so that two at once meet."""
    if content.feature is None:
        return
    await session.refresh(product, with_for_update=True)
    statement = select(Deprecation).where(
        Deprecation.product_id == product.id,
        Deprecation.state.in_(UNANNOUNCED),
        Deprecation.kind == content.kind.value,
    )
    for draft in await session.scalars(statement.order_by(Deprecation.id)):
        if draft.id != besides and draft.content.get("feature") == content.feature:
            fault = (
                f"the {content.kind.value.replace('_', ' ')} of {content.feature} already has a"
                " draft; change, announce or delete that one"
            )
            raise DraftedAlready(
                f"{fault[:1].upper()}{fault[1:]}: {draft.uid}.",
                problems=[Problem("", fault)],
                draft=draft.uid,
            )


def _refuse_announced(deprecation: Deprecation) -> None:
    if deprecation.state not in UNANNOUNCED:
        raise AnnouncedAlready(
            f"Deprecation {deprecation.uid} is {deprecation.state}; amend or withdraw it instead."
        )
