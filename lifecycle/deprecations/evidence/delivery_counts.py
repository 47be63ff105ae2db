"""How far deliveries are: how many wait, were delivered, or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, case, func, select

from lifecycle.deprecations import queries
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.states import UNFILLED
from notifications.models import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

_FRESH, _RETRYING = "fresh", "retrying"
"""Kinds of waiting deliveries, beside the states of the others."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far deliveries are: ``filling`` notices are due and not handed out yet.

    ``fresh`` deliveries are due and were never tried, ``retrying`` ones failed and come again.
    """

    filling: int
    fresh: int
    retrying: int
    delivered: int
    exhausted: int
    held: int
    cancelled: int


async def count_deliveries(
    session: AsyncSession,
    *,
    now: datetime,
    deprecation: Deprecation | None = None,
    products: Collection[str] | None = None,
) -> Progress:
    """Count how far deliveries are, of one deprecation, of what concerns products, or of all."""
    waiting = Delivery.state == DeliveryState.WAITING
    fresh = and_(waiting, Delivery.tries == 0, Delivery.due_at <= now)
    kind = case((fresh, _FRESH), (waiting, _RETRYING), else_=Delivery.state)
    counted = select(kind, func.count(Delivery.id)).group_by(kind)
    filling = select(func.count(Notice.id)).where(Notice.state.in_(UNFILLED), Notice.due_at <= now)
    if narrowed := list(_concerned(deprecation, products)):
        # By their notices, which are few and have an index on their deliveries; threads have none.
        counted = counted.join(Notice, Notice.id == Delivery.notice_id).where(*narrowed)
        filling = filling.where(*narrowed)
    counts = {name: count for name, count in await session.execute(counted)}  # noqa: C416
    return Progress(
        filling=await session.scalar(filling) or 0,
        fresh=counts.get(_FRESH, 0),
        retrying=counts.get(_RETRYING, 0),
        delivered=counts.get(DeliveryState.DELIVERED, 0),
        exhausted=counts.get(DeliveryState.EXHAUSTED, 0),
        held=counts.get(DeliveryState.HELD, 0),
        cancelled=counts.get(DeliveryState.CANCELLED, 0),
    )


def _concerned(
    deprecation: Deprecation | None, products: Collection[str] | None
) -> Iterator[ColumnElement[bool]]:
    """Yield what narrows notices to those of a deprecation, and of what concerns products."""
    if deprecation is not None:
        yield Notice.deprecation_id == deprecation.id
    if products is not None:
        yield Notice.deprecation_id.in_(select(Deprecation.id).where(queries.concerns(products)))
