"""Deprecations as those who may publish them see them: drafts too, and within their own limits."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lifecycle.accounts.scopes import touches
from lifecycle.catalogue.models import Product
from lifecycle.deprecations import queries
from lifecycle.deprecations.models import Deprecation
from lifecycle.errors import PreconditionRequired
from lifecycle.server.dependencies import Moment
from lifecycle.web.deprecation_sentences import name_change

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from litestar import Request
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.server.dependencies import Change
    from lifecycle.server.permissions import Permissions
    from lifecycle.web.page_forms import Form


class View(NamedTuple):
    """A request with what it sees of the store, and of when."""

    request: Request[Any, Any, Any]
    moment: Moment
    session: AsyncSession


@asynccontextmanager
async def viewing(request: Request[Any, Any, Any]) -> AsyncGenerator[View, None]:
    """Give a form's handler a view of the store, before or after its own transaction."""
    moment = Moment(request)
    async with moment.app_state.store.reading() as session:
        yield View(request, moment, session)


class OwnDeprecation(msgspec.Struct, frozen=True):
    """A deprecation with its product."""

    row: Deprecation
    product: Product

    @property
    def content(self) -> DeprecationIn:
        """What it says now."""
        return queries.content_of(self.row)

    @property
    def title(self) -> str:
        """What changes, as a heading."""
        return name_change(self.content, self.product.name or self.product.slug)


async def get_own(
    session: AsyncSession, permissions: Permissions, uid: str, *, lock: bool = False
) -> OwnDeprecation:
    """Return a deprecation of a product that the caller may touch; any other one is unknown."""
    row = await queries.get(session, uid, lock=lock, visibility=permissions.visibility)
    product = await queries.product_of(session, row)
    if not touches(permissions.products, product.slug):
        raise queries.unknown(uid)
    return OwnDeprecation(row, product)


def check_revision(change: Change, own: OwnDeprecation, form: Form) -> None:
    """Refuse a form that does not say what was read, or was read before the last change."""
    if form.revision is None:
        raise PreconditionRequired("Open the page again: the form does not say what it changes.")
    change.check(f"Deprecation {own.row.uid!r}", own.row.revision)
