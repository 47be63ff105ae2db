"""Products as those who are signed in see them: all that they may touch, searched and by page."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request

from lifecycle.accounts.scopes import touches
from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.upcoming_ends import catalogue_entry, search
from lifecycle.database.pagination import Page
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor
from lifecycle.web.page_parameters import FormText, filled

ON_A_PAGE: Final = 100
FEW: Final = 10
"""So many products are seen at a glance, and need no search."""


class ProductList(msgspec.Struct, frozen=True):
    """A page of the products that a ``question`` finds among all ``count`` that there are."""

    page: Page[Snapshot]
    question: str
    found: int
    count: int
    is_first: bool

    @property
    def is_searched(self) -> bool:
        """Whether a search is offered."""
        return self.count > FEW or bool(self.question)

    @property
    def only(self) -> Snapshot | None:
        """The product, where there is but one."""
        return self.page.items[0] if self.count == len(self.page.items) == 1 else None


async def own_products(moment: Moment) -> list[Snapshot]:
    """Return the products that the caller may touch, by slug."""
    return [
        snapshot for snapshot in await moment.catalogue() if touches(moment.products, snapshot.slug)
    ]


async def provide_product_list(
    request: Request[Any, Any, Any], q: FormText = None, cursor: Cursor = None
) -> ProductList:
    """Return a page of what the search finds of the products that the caller may touch."""
    moment = Moment(request)
    own = matching = await own_products(moment)
    question = filled(q) or ""
    if question:
        entries = [catalogue_entry(snapshot, snapshot.today(moment.now)) for snapshot in own]
        slugs = {entry.slug for entry in search(entries, question)}
        matching = [snapshot for snapshot in own if snapshot.slug in slugs]
    page = page_of(matching, key=lambda snapshot: snapshot.slug, cursor=cursor, limit=ON_A_PAGE)
    return ProductList(page, question, len(matching), len(own), is_first=cursor is None)
