"""What the pages of an account list, as tables to download: the console leads to them as well."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from litestar.di import NamedDependency
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions, tokens
from lifecycle.accounts.account_subscriptions import SubscriptionOut
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.scopes import Scope
from lifecycle.answers.accounts import WITHIN, products_of, status
from lifecycle.deprecations.evidence import deliveries, received
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.web.page_routes import pages, private_document
from lifecycle.web.table_files import Rows, pick, send_items, send_rows, send_table, walk_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.accounts.models import Account
    from lifecycle.answers.accounts import InstanceStatusOut
    from lifecycle.deprecations.evidence.received import Received

INSTANCES: Final = (
    *("instance", "product", "version", "line", "environment", "tier", "features", "last_seen"),
    *("status", "supported_until", "end", "reason", "upgrade_to_patch", "upgrade_to_newest"),
)
NOTICES: Final = (
    *("id", "due_on", "milestone", "deprecation", "kind", "product", "affected", "effective_on"),
    *("told_at", "acknowledged_at"),
)
ADDRESSES: Final = (
    *("id", "channel", "address", "topics", "state", "created_at", "confirmed_at"),
    *("failing_since", "disabled_at", "disabled_reason", "paused_at"),
)
DELIVERIES: Final = (
    *("id", "kind", "channel", "subscription", "deprecation", "milestone", "state", "reason"),
    *("created_at", "tries", "delivered_at", "last_answer"),
)
TOKENS: Final = (*("label", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at"),)


@private_document("/my/{account:str}/instances.csv", TABLE, scope="account", by_product=True)
async def show_instance_table(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send what an account runs, and how it stands today."""
    owner = await get_account(session, account, products=moment.products)
    snapshots = await moment.app_state.snapshots.get_known(products_of(owner))
    answer = status(owner, snapshots, at=None, within=WITHIN, now=moment.now)
    features = {instance.name: instance.features for instance in owner.instances}
    rows = [_instance(row, features[row.instance]) for row in answer.instances]
    return send_rows(f"{owner.slug}-instances.csv", INSTANCES, rows)


@private_document("/my/{account:str}/notices.csv", TABLE, scope="account", by_product=True)
async def show_notice_table(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send the notices that an account was sent, all of them, the newest first."""
    owner = await get_account(session, account, products=moment.products)
    return send_table(f"{owner.slug}-notices.csv", NOTICES, _notices(moment, owner))


@private_document("/my/{account:str}/addresses.csv", TABLE, scope="account", by_product=True)
async def show_address_table(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send where an account is notified, without secrets."""
    owner = await get_account(session, account, products=moment.products)
    listed = await account_subscriptions.listed(session, owner, products=moment.products)
    shown = [SubscriptionOut.of(row, products=moment.products) for row in listed]
    rows = [
        [" ".join(value) if isinstance(value, list) else value for value in row]
        for row in pick(ADDRESSES, shown)
    ]
    return send_rows(f"{owner.slug}-addresses.csv", ADDRESSES, rows)


@private_document("/my/{account:str}/deliveries.csv", TABLE, scope="account", by_product=True)
async def show_delivery_table(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send what was delivered to an account, or is to be, all of it, the newest first."""
    owner = await get_account(session, account, products=moment.products)
    return send_table(f"{owner.slug}-deliveries.csv", DELIVERIES, _deliveries(moment, owner))


@private_document("/my/{account:str}/tokens.csv", TABLE, scope="account")
async def show_token_table(account: AccountSlug, session: NamedDependency[AsyncSession]) -> Stream:
    """Send the tokens of an account, without their secrets."""
    owner = await get_account(session, account)
    listed = await tokens.list_of_scope(session, str(Scope("account", owner.slug)))
    return send_items(f"{owner.slug}-tokens.csv", TOKENS, listed)


async def _notices(moment: Moment, owner: Account) -> Rows:
    read = partial(received.list_of, account=owner, products=moment.products)
    async for items in walk_pages(moment, read):
        yield [_notice(item) for item in items]


async def _deliveries(moment: Moment, owner: Account) -> Rows:
    read = partial(
        deliveries.page_of_deliveries,
        state=None,
        owner=owner.slug,
        deprecation=None,
        products=moment.products,
    )
    async for items in walk_pages(moment, read):
        yield pick(DELIVERIES, items)


def _instance(row: InstanceStatusOut, features: Sequence[str] | None) -> Sequence[Any]:
    upgrade = row.upgrade_to
    values = {
        "features": None if features is None else " ".join(features),
        "upgrade_to_patch": upgrade.patch if upgrade else None,
        "upgrade_to_newest": upgrade.newest if upgrade else None,
    }
    return [values[name] if name in values else getattr(row, name) for name in INSTANCES]


def _notice(item: Received) -> Sequence[Any]:
    notice, recipient = item.notice, item.recipient
    return (
        *(notice.uid, notice.due_on, notice.milestone, item.deprecation.uid),
        *(item.deprecation.kind, item.product.slug, recipient.affected_now, recipient.effective_on),
        *(item.told_at, item.acknowledged_at),
    )


router = pages(
    show_instance_table,
    show_notice_table,
    show_address_table,
    show_delivery_table,
    show_token_table,
)
