"""Many accounts read and written at once, a statement a table and not a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from lifecycle.accounts.account_inputs import StoredTier
from lifecycle.accounts.import_plans import StoredAccount, StoredInstance
from lifecycle.accounts.models import Account, AccountTier, Instance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.import_plans import AccountPlan

ACCOUNTS: Any = Account.__table__
TIERS: Any = AccountTier.__table__
INSTANCES: Any = Instance.__table__
FACTS = ("product", "version", "environment", "tier", "features", "last_seen")


async def load_accounts(
    session: AsyncSession, slugs: Sequence[str], *, lock: bool
) -> dict[str, StoredAccount]:
    """Return those of the accounts that exist, by slug; ``lock`` keeps other writers off them."""
    await session.flush()
    columns = ACCOUNTS.c
    statement = select(columns.id, columns.slug, columns.name).where(columns.slug.in_(slugs))
    statement = statement.order_by(columns.slug)  # two imports take the locks in one order
    rows = await session.execute(statement.with_for_update() if lock else statement)
    accounts = {row.id: StoredAccount(row.id, row.slug, row.name, [], {}) for row in rows}
    await _load_tiers(session, accounts)
    await _load_instances(session, accounts)
    return {account.slug: account for account in accounts.values()}


async def _load_tiers(session: AsyncSession, accounts: dict[int, StoredAccount]) -> None:
    columns = TIERS.c
    statement = select(columns.account_id, columns.from_day, columns.tier)
    for number, from_day, tier in await session.execute(
        statement.where(columns.account_id.in_(accounts))
    ):
        accounts[number].tiers.append(StoredTier(from_day, tier))


async def _load_instances(session: AsyncSession, accounts: dict[int, StoredAccount]) -> None:
    columns = INSTANCES.c
    statement = select(
        columns.account_id, columns.id, columns.name, *(columns[field] for field in FACTS)
    )
    for number, row, name, *values in await session.execute(
        statement.where(columns.account_id.in_(accounts))
    ):
        facts = dict(zip(FACTS, values, strict=True))
        accounts[number].instances[name] = StoredInstance(row, facts)


async def store_accounts(
    session: AsyncSession, plans: Sequence[AccountPlan], *, today: date, at: datetime
) -> None:
    """Store what is new or different; leaves no evidence by itself."""
    new = [plan for plan in plans if plan.stored is None]
    numbers = {plan.facts.slug: plan.stored.id for plan in plans if plan.stored}
    numbers |= await _add_accounts(session, new, at=at)
    await _insert(session, TIERS, [_tier(plan, numbers, today) for plan in new])
    await _change_accounts(session, [plan for plan in plans if plan.changed], today=today)
    await _store_instances(session, plans, numbers)
    _forget(session)


async def _add_accounts(
    session: AsyncSession, plans: Sequence[AccountPlan], *, at: datetime
) -> dict[str, int]:
    if not plans:
        return {}
    rows = [
        {
            "slug": plan.facts.slug,
            "name": plan.facts.name or plan.facts.slug,
            "revision": 1,
            "created_at": at,
        }
        for plan in plans
    ]
    statement = insert(ACCOUNTS).returning(ACCOUNTS.c.slug, ACCOUNTS.c.id)
    return dict((await session.execute(statement, rows)).all())


def _tier(plan: AccountPlan, numbers: dict[str, int], today: date) -> dict[str, Any]:
    return {
        "account_id": numbers[plan.facts.slug],
        "from_day": today,
        "tier": plan.facts.tier,
    }


async def _change_accounts(
    session: AsyncSession, plans: Sequence[AccountPlan], *, today: date
) -> None:
    stored = [(plan, plan.stored) for plan in plans if plan.stored is not None]
    names = [
        {"row": stored_account.id, "to_name": plan.facts.name or stored_account.slug}
        for plan, stored_account in stored
    ]
    await _update(session, ACCOUNTS, ["name"], names)
    moved = [(plan, stored_account) for plan, stored_account in stored if "tier" in plan.changed]
    fresh = [
        (plan, stored_account)
        for plan, stored_account in moved
        if all(entry.from_day != today for entry in stored_account.tiers)
    ]
    numbers = {stored_account.slug: stored_account.id for _, stored_account in stored}
    await _insert(session, TIERS, [_tier(plan, numbers, today) for plan, _ in fresh])
    again = [
        {"account": stored_account.id, "to_tier": plan.facts.tier}
        for plan, stored_account in moved
        if any(entry.from_day == today for entry in stored_account.tiers)
    ]
    if again:  # of two changes on one day the later one holds
        of_today = (TIERS.c.account_id == bindparam("account")) & (TIERS.c.from_day == today)
        await session.execute(
            update(TIERS).where(of_today).values(tier=bindparam("to_tier")), again
        )


async def _store_instances(
    session: AsyncSession, plans: Sequence[AccountPlan], numbers: dict[str, int]
) -> None:
    new, changed = [], []
    for plan in plans:
        for instance in plan.touched_instances:
            if instance.stored is None:
                number = numbers[plan.facts.slug]
                new.append(
                    {"account_id": number, "name": instance.name, "revision": 1} | instance.changed
                )
            else:
                values = instance.stored.values | instance.changed
                row = {f"to_{field}": value for field, value in values.items()}
                changed.append({"row": instance.stored.id} | row)
    await _insert(session, INSTANCES, new)
    await _update(session, INSTANCES, FACTS, changed)


async def _insert(session: AsyncSession, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), rows)


async def _update(
    session: AsyncSession, table: Any, fields: Sequence[str], rows: list[dict[str, Any]]
) -> None:
    if not rows:
        return
    values: dict[str, Any] = {
        field: bindparam(f"to_{field}", type_=table.c[field].type) for field in fields
    }
    values["revision"] = table.c.revision + 1
    await session.execute(update(table).where(table.c.id == bindparam("row")).values(values), rows)


def _forget(session: AsyncSession) -> None:
    """Have the session read again what it may have read before these rows changed."""
    for row in list(session.identity_map.values()):
        if isinstance(row, Account | AccountTier | Instance):
            session.expire(row)
