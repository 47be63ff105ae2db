"""What a scope that is limited to products sees of accounts, as conditions of statements.

Such a scope sees an account that runs one of its products, or subscribes to one or to all topics;
of the account it sees what concerns these products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, true
from sqlalchemy.orm import selectinload

from lifecycle.accounts.models import Account, Instance
from notifications.addresses import ALL
from notifications.models import Subscription
from notifications.subscription_rows import GONE
from notifications.topics import is_about

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.base import ExecutableOption

PRODUCT = "product:"


def is_seen(products: Collection[str] | None) -> ColumnElement[bool]:
    """Return whether an account is seen; without a limit every one is."""
    if products is None:
        return true()
    runs = exists().where(Instance.account_id == Account.id, Instance.product.in_(products))
    subscribes = exists().where(
        Subscription.owner == Account.slug,
        Subscription.state.not_in(GONE),
        is_about(topics_of(products)),
    )
    return or_(runs.correlate(Account), subscribes.correlate(Account))


def with_instances(products: Collection[str] | None) -> ExecutableOption:
    """Load what accounts run of these products, or all that they run."""
    if products is None:
        return selectinload(Account.instances)
    return selectinload(Account.instances.and_(Instance.product.in_(products)))


def topics_of(products: Collection[str]) -> list[str]:
    """Return the topics under which products are told about."""
    return [ALL, *(PRODUCT + product for product in sorted(products))]
