from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import and_, exists, or_, select, true

from lifecycle.catalogue.models import Feature, Product
from lifecycle.catalogue.visibility import EVERYTHING, Visibility
from lifecycle.database.pagination import Page, page
from lifecycle.deprecations import states
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Notice, Revision
from lifecycle.deprecations.states import PUBLIC, State, Status
from lifecycle.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession


class UnknownDeprecation(NotFound):
    """There is no deprecation with this id."""


async def get(
    session: AsyncSession, uid: str, *, lock: bool = False, visibility: Visibility = EVERYTHING
) -> Deprecation:
    """Return a deprecation; ``lock`` keeps other writers off it until the transaction ends.

    An unknown one raises ``UnknownDeprecation``. So does a draft, and what concerns a product or
    feature that is not public, unless all of the product is shown.
    """
    statement = select(Deprecation).where(Deprecation.uid == uid, _shown(visibility))
    if lock:
        # Not against those who only refer to it: a notice being filled would wait for us, and we
        # for it.
        statement = statement.with_for_update(key_share=True).execution_options(
            populate_existing=True
        )
    deprecation = await session.scalar(statement)
    if deprecation is None:
        raise unknown(uid)
    return deprecation


def unknown(uid: str) -> UnknownDeprecation:
    """Refuse an id: in the same words, whether it is not there or may not be seen."""
    return UnknownDeprecation(f"There is no deprecation {uid[:100]!r}.")


async def product_of(session: AsyncSession, deprecation: Deprecation) -> Product:
    """Return the product that a deprecation concerns."""
    return await session.get_one(Product, deprecation.product_id)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deprecations are listed: those of a product, of some by their slugs, in a status.

    With ``begins``, those whose id begins with it.
    """

    product: Product | None = None
    products: Collection[str] | None = None
    status: Status | None = None
    begins: str | None = None


async def list_of(
    session: AsyncSession,
    only: Filter,
    *,
    today: date,
    visibility: Visibility,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Deprecation]:
    """Return deprecations, the newest first.

    Drafts, and what concerns a product or feature that is not public, only where all of the product
    is shown. ``today`` tells effective ones from announced ones.
    """
    statement = select(Deprecation).where(_shown(visibility), concerns(only.products))
    if only.product is not None:
        statement = statement.where(Deprecation.product_id == only.product.id)
    if only.begins is not None:
        statement = statement.where(Deprecation.uid.startswith(only.begins, autoescape=True))
    if only.status is not None:
        statement = statement.where(_has_status(only.status, today))
    keys = [Deprecation.id]
    return await page(session, statement, keys, cursor=cursor, limit=limit, descending=True)


async def concerns_public(session: AsyncSession, deprecation: Deprecation) -> bool:
    """Return whether everybody may read a deprecation, once it is announced."""
    statement = select(Deprecation.id).where(Deprecation.id == deprecation.id, _concerns_public())
    return await session.scalar(statement) is not None


def concerns(products: Collection[str] | None) -> ColumnElement[bool]:
    """Return whether a deprecation concerns one of some products; without a limit any does."""
    if products is None:
        return true()
    return exists().where(Product.id == Deprecation.product_id, Product.slug.in_(products))


def _shown(visibility: Visibility) -> ColumnElement[bool]:
    if visibility.everything:
        return true()
    public = and_(Deprecation.state.in_(PUBLIC), _concerns_public())
    return or_(public, concerns(visibility.whole))


def _concerns_public() -> ColumnElement[bool]:
    """Return whether the product that a deprecation concerns is public, and so is its feature."""
    product_is_public = exists().where(Product.id == Deprecation.product_id, Product.public)
    feature_is_hidden = exists().where(
        Feature.product_id == Deprecation.product_id,
        Feature.key == Deprecation.content["feature"].as_string(),
        ~Feature.public,
    )
    return and_(product_is_public, ~feature_is_hidden)


def _has_status(status: Status, today: date) -> ColumnElement[bool]:
    announced = Deprecation.state == State.ANNOUNCED
    if status is Status.EFFECTIVE:
        return and_(announced, Deprecation.first_effective_on <= today)
    if status is Status.ANNOUNCED:
        ahead = Deprecation.first_effective_on > today
        return and_(announced, or_(ahead, Deprecation.first_effective_on.is_(None)))
    return Deprecation.state == status.value


def status_on(deprecation: Deprecation, day: date) -> Status:
    """Return a deprecation's status on a day of its product."""
    return states.status_on(deprecation.state, deprecation.first_effective_on, day)


async def revisions(session: AsyncSession, deprecation: Deprecation) -> list[Revision]:
    """Return what was announced and amended, the oldest first."""
    statement = select(Revision).where(Revision.deprecation_id == deprecation.id)
    return list((await session.scalars(statement.order_by(Revision.number))).all())


async def latest(session: AsyncSession, deprecation: Deprecation) -> Revision:
    """Return a deprecation as it was last announced or amended."""
    return await session.get_one(Revision, (deprecation.id, deprecation.number))


async def notices(session: AsyncSession, deprecation: Deprecation) -> list[Notice]:
    """Return all of a deprecation's notices, cancelled ones too, in order of their days."""
    statement = select(Notice).where(Notice.deprecation_id == deprecation.id)
    return list((await session.scalars(statement.order_by(Notice.due_at, Notice.id))).all())


def acknowledgement(
    at: datetime | None, *, created_at: datetime, due_at: datetime
) -> datetime | None:
    """Return when a notice was acknowledged: by what was confirmed after it came out, not before.

    >>> from datetime import UTC
    >>> read, later = datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)
    >>> acknowledgement(read, created_at=later, due_at=later) is None
    True
    """
    return at if at is not None and at >= max(created_at, due_at) else None


def content_of(row: Deprecation | Revision) -> DeprecationIn:
    """Read what a deprecation, or one of its revisions, says."""
    return msgspec.convert(row.content, DeprecationIn)


def content_document(content: DeprecationIn) -> dict[str, Any]:
    """Write what a deprecation says as it is stored, and read back: with lists for tuples."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(content))
    return document


def days_of(days: Mapping[str, str]) -> dict[str, date]:
    """Read the effective days of the tiers."""
    return {tier: date.fromisoformat(day) for tier, day in days.items()}
