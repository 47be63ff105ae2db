"""The customer's page: what its account runs, and what is coming for it."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show


@private_page("/my/{account:str}", scope="account")
async def show_account(
    request: Request[Any, Any, Any], account: AccountSlug, session: NamedDependency[AsyncSession]
) -> Response[str]:
    """Show an account to its own people, or to the vendor's."""
    customer = await get_account(session, account)
    return show(request, "customer/home.html", title=customer.name, account=customer)


router = pages(show_account)
