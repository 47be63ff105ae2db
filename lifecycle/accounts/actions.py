from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts import names, queries
from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.audit.actions import append
from lifecycle.errors import Conflict, Forbidden, PreconditionFailed, Problem, raise_if_any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
    from lifecycle.accounts.vocabulary import Vocabulary
    from lifecycle.audit.chain import By


ANY = -1
"""The revision that is expected where any will do, as long as there is one."""


class AccountExists(Conflict):
    """An account with this slug already exists."""


async def create_account(
    session: AsyncSession, facts: AccountIn, *, by: By, today: date, vocabulary: Vocabulary
) -> Account:
    """Add an account that is not there yet."""
    account = await queries.find_account(session, facts.slug)
    new = False
    if account is None:
        account, new = await put_account(session, facts, by=by, today=today, vocabulary=vocabulary)
    if not new:  # known before, or stored by another since we looked
        raise AccountExists(
            f"Account {facts.slug!r} already exists; use PUT to change it.",
            problems=[Problem("slug", "already exists")],
            account=facts.slug,
        )
    return account


async def put_account(
    session: AsyncSession,
    facts: AccountIn,
    *,
    by: By,
    today: date,
    vocabulary: Vocabulary,
    expected: int | None = None,
) -> tuple[Account, bool]:
    """Add or change an account, and say whether it is new; a new tier counts from today on."""
    raise_if_any(account_problems(facts, vocabulary), subject=f"Account {facts.slug[:100]!r}")
    account = await queries.find_account(session, facts.slug, lock=True)
    check_revision(f"Account {facts.slug!r}", account.revision if account else None, expected)
    if account is None:
        return await _add(session, facts, by=by, today=today), True
    before = {"name": account.name, "tier": queries.tier_on(account.tiers, today)}
    change = account_changes(before, facts)
    if change:
        account.name = facts.name or facts.slug
        if "tier" in change:
            _set_tier(account, facts.tier, today)
        account.revision += 1
        append(session, by, "account.changed", account.slug, details=change)
    return account, False


async def put_instance(
    session: AsyncSession,
    account: Account,
    name: str,
    facts: InstanceIn,
    *,
    by: By,
    vocabulary: Vocabulary,
) -> tuple[Instance, bool]:
    """Add or change what an account runs, and say whether it is new.

    ``account`` was got with ``lock``. That it was seen again leaves no evidence by itself.
    """
    raise_if_any(instance_problems(name, facts, vocabulary), subject=f"Instance {name[:100]!r}")
    stored = next((instance for instance in account.instances if instance.name == name), None)
    values = instance_values(facts)
    subject = f"{account.slug}/{name}"
    if stored is None:
        added = Instance(account_id=account.id, name=name, revision=1, **values)
        account.instances.append(added)
        append(session, by, "instance.added", subject, product=facts.product, details=plain(values))
        return added, True
    before = {field: getattr(stored, field) for field in values}
    changed, details = instance_changes(before, values)
    for field, value in changed.items():
        setattr(stored, field, value)
    if changed:
        stored.revision += 1
    if details is not None:
        append(session, by, "instance.changed", subject, product=facts.product, details=details)
    return stored, False


def as_reported(account: Account, name: str, facts: InstanceIn) -> InstanceIn:
    """Take what a customer reports of its own instance; its licence's tier is the vendor's to set.

    A tier left out stays as it is, and another one is refused.
    """
    tier = next((instance.tier for instance in account.instances if instance.name == name), None)
    if facts.tier not in (None, tier):
        problem = Problem("tier", "is set by the vendor; leave it out", value=facts.tier)
        raise Forbidden(f"The tier of {name[:100]!r} {problem.message}.", problems=[problem])
    return msgspec.structs.replace(facts, tier=tier)


async def remove_instance(session: AsyncSession, account: Account, name: str, *, by: By) -> None:
    """Forget an instance that is gone."""
    instance = queries.get_instance(account, name)
    account.instances.remove(instance)
    await session.delete(instance)
    subject = f"{account.slug}/{name}"
    append(session, by, "instance.removed", subject, product=instance.product)


def check_revision(name: str, revision: int | None, expected: int | None) -> None:
    """Refuse a change of something that has changed, or gone, since the caller read it."""
    fits = revision is not None if expected == ANY else revision == expected
    if expected is None or fits:
        return
    if revision is None:
        raise PreconditionFailed(f"{name} does not exist; leave If-Match out to add it.")
    raise PreconditionFailed(
        f"{name} is at revision {revision}, not at {expected}; read it again before changing it."
    )


def account_problems(facts: AccountIn, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with an account."""
    yield from names.slug_problems("slug", facts.slug)
    yield from names.text_problems("name", facts.name, longest=names.LONGEST_NAME)
    yield from tier_problems("tier", facts.tier, vocabulary)


def instance_problems(name: str, facts: InstanceIn, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with an instance."""
    yield from names.text_problems("name", name, longest=names.LONGEST_NAME, required=True)
    yield from names.segment_problems("name", name)
    yield from names.text_problems(
        "version", facts.version, longest=names.LONGEST_NAME, required=True
    )
    yield from names.text_problems("environment", facts.environment, longest=names.LONGEST_NAME)
    if facts.tier is not None:
        yield from tier_problems("tier", facts.tier, vocabulary)
    if facts.product not in vocabulary.products:
        allowed = ", ".join(sorted(vocabulary.products)[:20])
        yield Problem(
            "product", "is not a known product", value=facts.product[:100], allowed=allowed
        )
    for place, key in enumerate(facts.features or ()):
        yield from names.key_problems(f"features[{place}]", key)
    if facts.last_seen is not None:
        yield from moment_problems("last_seen", facts.last_seen)


def moment_problems(field: str, moment: datetime) -> Iterator[Problem]:
    """Yield why a moment cannot be expressed in UTC."""
    if moment.tzinfo is None:
        yield Problem(field, "needs a time zone, such as Z", value=moment.isoformat())
        return
    try:
        moment.astimezone(UTC)
    except OverflowError:
        message = "must lie within the years 1 to 9999 in UTC"
        yield Problem(field, message, value=moment.isoformat())


def tier_problems(field: str, tier: str, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with a tier: one that no policy names would never cover anything."""
    yield from names.text_problems(field, tier, longest=names.LONGEST_NAME, required=True)
    if vocabulary.tiers and tier not in vocabulary.tiers:
        allowed = ", ".join(sorted(vocabulary.tiers))
        yield Problem(field, "is not a tier of any policy", value=tier[:100], allowed=allowed)


def account_changes(before: dict[str, str | None], facts: AccountIn) -> dict[str, object]:
    """Return the changes to an account's name and tier, with the former values, as evidence."""
    after = {"name": facts.name or facts.slug, "tier": facts.tier}
    return {
        field: {"before": before[field], "after": after[field]}
        for field in after
        if before[field] != after[field]
    }


def instance_changes(
    before: dict[str, object], after: dict[str, object]
) -> tuple[dict[str, object], dict[str, object] | None]:
    """Return the changed columns and their evidence; being seen again leaves none."""
    changed = {field: value for field, value in after.items() if before[field] != value}
    if not changed.keys() - {"last_seen"}:
        return changed, None
    former = {field: before[field] for field in changed}
    return changed, {"before": plain(former), "after": plain(changed)}


def instance_values(facts: InstanceIn) -> dict[str, object]:
    """Return an instance's facts as its columns hold them."""
    return {
        "product": facts.product,
        "version": facts.version,
        "environment": facts.environment,
        "tier": facts.tier,
        "features": None if facts.features is None else list(facts.features),
        "last_seen": facts.last_seen,
    }


def plain(values: dict[str, object]) -> dict[str, object]:
    """Return values as evidence keeps them."""
    built: dict[str, object] = msgspec.to_builtins(values)
    return built


async def _add(session: AsyncSession, facts: AccountIn, *, by: By, today: date) -> Account:
    account = Account(
        slug=facts.slug,
        name=facts.name or facts.slug,
        revision=1,
        created_at=by.at,
        tiers=[AccountTier(from_day=today, tier=facts.tier)],
        instances=[],
    )
    session.add(account)
    await session.flush()
    append(session, by, "account.added", account.slug, details=plain(msgspec.structs.asdict(facts)))
    return account


def _set_tier(account: Account, tier: str, today: date) -> None:
    """Let a tier hold from today on; of two changes on one day the later one holds."""
    for entry in account.tiers:
        if entry.from_day == today:
            entry.tier = tier
            return
    account.tiers.append(AccountTier(from_day=today, tier=tier))
