"""Products as those who are signed in see them: all that they may touch."""

from __future__ import annotations

from typing import Any

from litestar import Request

from lifecycle.accounts.scopes import touches
from lifecycle.answers.snapshots import Snapshot
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.product_lists import ProductList, find_products


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
    return find_products(await own_products(moment), filled(q), cursor, now=moment.now)
