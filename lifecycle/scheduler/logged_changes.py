"""What changed since the last look, and which products that concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import or_, select

from lifecycle.accounts.models import Account, Instance
from lifecycle.audit import queries as audit
from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.models import Product
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

OF_ACCOUNTS = ("account", "instance", "subscription")
READ = "notice.acknowledged"
"""That somebody read a notice changes nothing for anybody."""
BY_ITSELF = "system"
FEW = 50
"""So many accounts that changed are looked at one by one; for more, all are."""


class Need(msgspec.Struct):
    """What is to be looked at again of a product: what concerns these accounts, or (None) all."""

    accounts: set[str] | None = msgspec.field(default_factory=set)

    def add(self, accounts: Iterable[str] | None) -> None:
        """Add accounts; None, or more than ``FEW`` in all, means every account."""
        if accounts is None or self.accounts is None:
            self.accounts = None
            return
        self.accounts.update(accounts)
        if len(self.accounts) > FEW:
            self.accounts = None


class Changes(msgspec.Struct, frozen=True):
    """The last entry looked at; products that changed, and accounts that did (None: any)."""

    seq: int
    products: frozenset[str] = frozenset()
    accounts: frozenset[str] | None = frozenset()

    @property
    def touch_accounts(self) -> bool:
        """Whether any account is different now."""
        return self.accounts is None or bool(self.accounts)


async def since(session: AsyncSession, seq: int) -> Changes:
    """Return what changed after an entry; what the schedule itself did is no news.

    An address that was disabled for its failures is.
    """
    newest, _ = await audit.head(session)
    if newest == seq:
        return Changes(seq)
    statement = (
        select(AuditEntry.product, AuditEntry.action, AuditEntry.subject)
        .where(AuditEntry.seq > seq, AuditEntry.seq <= newest, AuditEntry.action != READ)
        .where(or_(AuditEntry.actor != BY_ITSELF, AuditEntry.action.startswith("subscription")))
        .distinct()
        .limit(FEW * 20)
    )
    rows = (await session.execute(statement)).all()
    products = {row.product for row in rows if row.product and not _is_of_account(row.action)}
    slugs = {row.subject.split("/")[0] for row in rows if _is_of_account(row.action)}
    if len(rows) >= FEW * 20:
        return Changes(newest, frozenset(await relevant(session)), None)
    account_slugs = set(await session.scalars(select(Account.slug).where(Account.slug.in_(slugs))))
    few = len(slugs) <= FEW and account_slugs == slugs
    return Changes(newest, frozenset(products), frozenset(account_slugs) if few else None)


async def relevant(session: AsyncSession) -> list[str]:
    """Name the products that somebody runs, or about which something is said."""
    products = select(Deprecation.product_id).where(Deprecation.state != State.WITHDRAWN)
    run = select(Instance.product).distinct()
    statement = select(Product.slug).where(or_(Product.slug.in_(run), Product.id.in_(products)))
    return list(await session.scalars(statement.order_by(Product.slug)))


def _is_of_account(action: str) -> bool:
    return action.startswith(OF_ACCOUNTS)
