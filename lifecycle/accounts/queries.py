from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from lifecycle.accounts.limited_views import is_seen, with_instances
from lifecycle.accounts.models import Account, AccountTier, Instance, Token
from lifecycle.database.pagination import Page, page
from lifecycle.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import ColumnElement, ScalarSelect
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.account_inputs import StoredTier


KNOWN = Account.erased_at.is_(None)


class UnknownAccount(NotFound):
    """Unknown account."""


class UnknownInstance(NotFound):
    """The account has no instance with this name."""


class AccountFilter(msgspec.Struct, frozen=True):
    """Which accounts: whose slug or name holds a ``text``, and who are on a ``tier`` on a day."""

    day: date
    text: str | None = None
    tier: str | None = None


async def find_account(
    session: AsyncSession,
    slug: str,
    *,
    lock: bool = False,
    products: Collection[str] | None = None,
) -> Account | None:
    """Look for an account, with its tiers and instances; ``lock`` keeps other writers off it.

    With ``products``, for one that they concern, and with what it runs of them.
    """
    statement = (
        select(Account)
        .where(Account.slug == slug, KNOWN, is_seen(products))
        .options(selectinload(Account.tiers), with_instances(products))
        .execution_options(populate_existing=lock)
    )
    return await session.scalar(statement.with_for_update() if lock else statement)


async def get_account(
    session: AsyncSession,
    slug: str,
    *,
    lock: bool = False,
    products: Collection[str] | None = None,
) -> Account:
    """Return an account as ``find_account`` does, or raise ``UnknownAccount``."""
    account = await find_account(session, slug, lock=lock, products=products)
    if account is None:
        raise unknown_account(slug, products)
    return account


def unknown_account(slug: str, products: Collection[str] | None) -> UnknownAccount:
    """Return the refusal of an account that does not exist, or that products do not concern.

    With ``products`` it is true of both, and does not tell which.
    """
    narrowing = "" if products is None else "that runs or subscribes to your products "
    return UnknownAccount(f"No account {narrowing}is called {slug[:100]!r}.")


async def list_accounts(
    session: AsyncSession,
    only: AccountFilter | None = None,
    *,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Account]:
    """Return accounts with their tiers and instances, by slug; as ``find_account`` finds them."""
    statement = (
        select(Account)
        .where(KNOWN, is_seen(products), *_conditions(only))
        .options(selectinload(Account.tiers), with_instances(products))
    )
    return await page(session, statement, [Account.slug], cursor=cursor, limit=limit)


async def seen_among(
    session: AsyncSession, slugs: Collection[str], *, products: Collection[str] | None
) -> dict[str, bool]:
    """Say of some accounts whether products concern them; those that were erased are left out."""
    if not slugs:
        return {}
    statement = select(Account.slug, is_seen(products)).where(Account.slug.in_(slugs), KNOWN)
    return {slug: bool(concerned) for slug, concerned in await session.execute(statement)}


def _conditions(only: AccountFilter | None) -> Iterator[ColumnElement[bool]]:
    if only is not None and only.text is not None:
        text = only.text.lower()
        in_slug = Account.slug.contains(text, autoescape=True)
        yield or_(in_slug, func.lower(Account.name).contains(text, autoescape=True))
    if only is not None and only.tier is not None:
        tiers = select(AccountTier.tier).where(AccountTier.account_id == Account.id)
        newest = tiers.where(AccountTier.from_day <= only.day).order_by(AccountTier.from_day.desc())
        first = tiers.order_by(AccountTier.from_day)
        tier = func.coalesce(newest.limit(1).scalar_subquery(), first.limit(1).scalar_subquery())
        yield tier == only.tier


async def slugs(session: AsyncSession) -> list[str]:
    """Return the slug of every account."""
    return list(
        (await session.scalars(select(Account.slug).where(KNOWN).order_by(Account.slug))).all()
    )


def get_instance(account: Account, name: str) -> Instance:
    """Return an instance of an account, or raise ``UnknownInstance``."""
    for instance in account.instances:
        if instance.name == name:
            return instance
    raise UnknownInstance(f"Account {account.slug!r} has no instance {name[:100]!r}.")


def tier_on(tiers: Iterable[AccountTier | StoredTier], day: date) -> str | None:
    """Return an account's tier on a day; before the first known one, that one.

    >>> from datetime import date
    >>> history = [AccountTier(from_day=date(2026, 1, 1), tier="pro"),
    ...            AccountTier(from_day=date(2026, 6, 1), tier="enterprise")]
    >>> tier_on(history, date(2026, 5, 31)), tier_on(history, date(2026, 6, 1))
    ('pro', 'enterprise')
    >>> tier_on(history, date(2025, 1, 1))
    'pro'
    """
    ordered = sorted(tiers, key=lambda tier: tier.from_day)
    tier_names = [tier.tier for tier in ordered if tier.from_day <= day]
    return tier_names[-1] if tier_names else (ordered[0].tier if ordered else None)


async def tiers_in_use(session: AsyncSession, product: str) -> dict[str, int]:
    """Count by tier the accounts for which this product's policy speaks today.

    Those are the accounts that run it, or have reported nothing at all; an instance's own tier
    counts beside its account's.
    """
    newest = func.max(AccountTier.from_day).over(partition_by=AccountTier.account_id)
    history = select(
        AccountTier.account_id, AccountTier.tier, AccountTier.from_day, newest.label("last")
    )
    current = history.subquery()
    runs = select(Instance.account_id).where(Instance.product == product)
    concerned = or_(
        current.c.account_id.in_(runs), current.c.account_id.not_in(select(Instance.account_id))
    )
    of_accounts = select(current.c.account_id, current.c.tier).where(
        current.c.from_day == current.c.last, concerned
    )
    of_instances = select(Instance.account_id, Instance.tier).where(
        Instance.product == product, Instance.tier.is_not(None)
    )
    tiers = of_accounts.union(of_instances).subquery()
    counted = select(tiers.c.tier, func.count(tiers.c.account_id.distinct())).group_by(tiers.c.tier)
    return {row.tier: row[1] for row in await session.execute(counted)}


async def list_tokens(session: AsyncSession) -> list[Token]:
    """Return every token, the oldest first, without secrets."""
    return list((await session.scalars(select(Token).order_by(Token.id))).all())


async def versions_run(session: AsyncSession, product: str) -> list[str]:
    """Return the versions of a product that accounts run, each once."""

    def lowest(*above: ColumnElement[bool]) -> ScalarSelect[str]:
        statement = select(func.min(Instance.version)).where(Instance.product == product, *above)
        return statement.scalar_subquery()

    # From each to the next: a DISTINCT would read the instances of all accounts.
    steps = select(lowest().label("version")).cte("steps", recursive=True)
    following = select(lowest(Instance.version > steps.c.version))
    steps = steps.union_all(following.where(steps.c.version.is_not(None)))
    return list(await session.scalars(select(steps.c.version).where(steps.c.version.is_not(None))))
