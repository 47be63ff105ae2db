"""What who asks may see of the catalogue, and which products it may touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.accounts.scopes import Caller, allows, check_limit, check_unlimited, too_narrow
from lifecycle.catalogue.queries import get_product
from lifecycle.catalogue.visibility import EVERYTHING, PUBLIC, Visibility

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.models import Product


class Permissions:
    """What a caller's scope reaches.

    ``products`` are those that the scope is limited to, None where it is not limited: lists of
    what is not public are narrowed to them. ``visibility`` says what of the catalogue is shown on
    a route that all may use, ``publishes`` whether the caller may publish some of it.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.products = caller.products
        self.publishes = reaches(caller, "publish")
        self.visibility = _visibility(caller)

    async def product(self, session: AsyncSession, slug: str) -> Product:
        """Return a product that the caller may touch; one that it may not even see is unknown."""
        product = await get_product(session, slug, visibility=self.visibility)
        self.check_limit(slug)
        return product

    def check_unlimited(self) -> None:
        """Refuse what products share to who is limited to some of them."""
        check_unlimited(self._caller)

    def check_account(self, account: str) -> None:
        """Refuse who may not see an account that the request's body names."""
        scope = self._caller.scope
        if scope is not None and not allows(scope, "account", account):
            raise too_narrow(f"account:{account}", scope, is_page=False)

    def check_limit(self, product: str) -> None:
        """Refuse a product that the caller may see, but that its scope is not for."""
        check_limit(self._caller, product)


def reaches(caller: Caller, needed: str) -> bool:
    """Return whether the caller could use a route that needs a scope."""
    return caller.scope is not None and allows(caller.scope, needed)


def _visibility(caller: Caller) -> Visibility:
    if not reaches(caller, "publish"):
        return PUBLIC
    return EVERYTHING if caller.products is None else Visibility(whole=caller.products)
