"""Which of the accounts that a page names can be opened by who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts.queries import seen_among

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.server.permissions import Permissions


class AccountLinks(msgspec.Struct, frozen=True):
    """The accounts that a page names: those that its reader may open, and may not.

    One that was erased is in neither.
    """

    opened: frozenset[str]
    closed: frozenset[str]


async def account_links(
    session: AsyncSession, permissions: Permissions, named: Iterable[str | None]
) -> AccountLinks:
    """Sort the accounts that a page names.

    A deprecation may affect accounts that neither run nor subscribe to its product: its managers
    read what the deprecation says of them, and nothing else.
    """
    accounts = frozenset(account for account in named if account is not None)
    is_open = await seen_among(session, accounts, products=permissions.products)
    opened = frozenset(slug for slug, may_open in is_open.items() if may_open)
    return AccountLinks(opened, frozenset(is_open) - opened)
