"""Taking in a customer list: accounts, what they run, and where they want their notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts import bulk_rows, queries
from lifecycle.accounts.import_changes import AccountReport, list_changes
from lifecycle.accounts.import_plans import plan_account
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.errors import Problem
from notifications import bulk_subscriptions
from notifications.addresses import check_address, check_topics
from notifications.bulk_subscriptions import Wish
from notifications.channels import find_channel, shown_address
from notifications.errors import NotificationError
from notifications.events import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.account_inputs import ImportedAccount
    from lifecycle.accounts.import_plans import AccountPlan
    from notifications.bulk_subscriptions import Planned
    from notifications.events import Event

ACCOUNTS_PER_BATCH = 500
"""How many accounts are read and written with one statement a table."""


class ImportTerms(msgspec.Struct, frozen=True):
    """On what terms a list is taken: by whom and when, what exists, which addresses are allowed.

    New webhooks get a secret where there is a ``vault``; it is shown once they rotate it. A chat
    address is for an ``operator`` to list, and needs a vault. ``allow_http`` is for networks whose
    webhooks are unencrypted or private. ``features`` are the keys that each product has: others are
    named in the report; without them none is.
    """

    by: By
    today: date
    known: Vocabulary
    vault: Vault | None = None
    operator: bool = False
    allow_http: bool = False
    dry_run: bool = False
    features: Mapping[str, Sequence[str]] | None = None


async def apply(
    session: AsyncSession,
    listed: Sequence[ImportedAccount],
    terms: ImportTerms,
    *,
    begin: Callable[[int], None] = lambda _count: None,
) -> AccountReport:
    """Add or change the accounts of a list in one transaction, as ``apply_in_batches`` does."""
    return await apply_in_batches(lambda: nullcontext(session), listed, terms, begin=begin)


async def apply_in_batches(
    open_session: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    listed: Sequence[ImportedAccount],
    terms: ImportTerms,
    *,
    begin: Callable[[int], None] = lambda _count: None,
) -> AccountReport:
    """Add or change the accounts of a list, a session a batch, so that nobody waits for all of it.

    Done again it changes nothing. An account with a mistake is left out whole and named in the
    report, the others are taken. A dry run reports the same and changes nothing. ``begin`` is told
    before each batch how many accounts are done.
    """
    report = AccountReport()
    slugs_seen: set[str] = set()
    for start in range(0, len(listed), ACCOUNTS_PER_BATCH):
        begin(start)
        batch = _once(listed[start : start + ACCOUNTS_PER_BATCH], slugs_seen, report)
        async with open_session() as session:
            await _apply(session, list(batch), report, terms)
    async with open_session() as session:
        slugs = await queries.slugs(session)
    report.missing_in_source = [slug for slug in slugs if slug not in slugs_seen]
    return report


def _once(
    listed: Iterable[ImportedAccount], slugs_seen: set[str], report: AccountReport
) -> Iterator[ImportedAccount]:
    for account in listed:
        slug = account.account.slug
        if slug in slugs_seen:
            problem = Problem(f"accounts[{slug}]", "is listed twice; keep one", value=slug)
            report.problems.append(problem)
        else:
            slugs_seen.add(slug)
            yield account


async def _apply(
    session: AsyncSession,
    listed: Sequence[ImportedAccount],
    report: AccountReport,
    terms: ImportTerms,
) -> None:
    slugs = [imported.account.slug for imported in listed]
    stored = await bulk_rows.load_accounts(session, slugs, lock=not terms.dry_run)
    plans = []
    for imported in listed:
        slug = imported.account.slug
        plan = plan_account(imported, stored.get(slug), today=terms.today, vocabulary=terms.known)
        problems = [] if not isinstance(plan, list) else plan
        problems += _address_problems(imported, terms)
        report.problems += [fault.at(f"accounts[{slug}].{fault.field}") for fault in problems]
        if not isinstance(plan, list) and not problems:
            plans.append(plan)
    addresses = await bulk_subscriptions.plan(session, _wishes(plans))
    _report(plans, addresses, report, today=terms.today)
    if terms.features is not None:
        report.unknown_features.update(_unknown_features(plans, terms.features))
    if not terms.dry_run:
        await bulk_rows.store_accounts(session, plans, today=terms.today, at=terms.by.at)
        _note(session, plans, terms.by)
        await _grant(session, addresses, terms)


def _wishes(plans: Iterable[AccountPlan]) -> Iterator[Wish]:
    for plan in plans:
        for address in plan.addresses:
            yield Wish(plan.facts.slug, address.channel, address.address, address.topics)


def _report(
    plans: Iterable[AccountPlan],
    addresses: Iterable[Planned],
    report: AccountReport,
    *,
    today: date,
) -> None:
    planned_by_kind: dict[str, list[Planned]] = {}
    for address in addresses:
        if address.before != address.after:
            planned_by_kind.setdefault(address.wish.owner, []).append(address)
    for plan in plans:
        slug = plan.facts.slug
        touched, wishes = plan.touched_instances, planned_by_kind.get(slug, [])
        report.instances += len(touched)
        report.addresses += sum(wish.new for wish in wishes)
        report.new_instances += [
            f"{slug}/{instance.name}" for instance in touched if not instance.stored
        ]
        report.new_addresses += [_shown(wish.wish) for wish in wishes if wish.new]
        report.changes += plan.list_changes(today)
        for wish in wishes:
            if not wish.new:
                subject = f"address {_shown(wish.wish)}"
                report.changes += list_changes(
                    subject, {"topics": wish.before}, {"topics": wish.after}
                )
        if plan.stored is None:
            report.created.append(slug)
        elif plan.changed or touched or wishes:
            report.changed.append(slug)
        else:
            report.unchanged += 1


def _unknown_features(
    plans: Iterable[AccountPlan], features: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the instances of which the list states features that their product does not have."""
    for plan in plans:
        for instance in filter(lambda planned: planned.states_features, plan.instances):
            product_keys = features.get(instance.facts.product, ())
            unknown = [key for key in instance.facts.features or () if key not in product_keys]
            if unknown:
                yield f"{plan.facts.slug}/{instance.name}", unknown


def _shown(wish: Wish) -> str:
    """Name an address, without what is secret in it."""
    target = find_channel(wish.channel).target_of(wish.address)
    return f"{wish.owner} {wish.channel}:{shown_address(wish.channel, wish.address, target)}"


def _note(session: AsyncSession, plans: Iterable[AccountPlan], by: By) -> None:
    for plan in plans:
        slug = plan.facts.slug
        if plan.stored is None:
            details = msgspec.structs.asdict(plan.facts)
            append(session, by, "account.added", slug, details=details)
        elif plan.changed:
            append(session, by, "account.changed", slug, details=plan.changed)
        for instance in plan.touched_instances:
            if instance.evidence is not None:
                action = "instance.changed" if instance.stored else "instance.added"
                subject, product = f"{slug}/{instance.name}", instance.facts.product
                append(session, by, action, subject, product=product, details=instance.evidence)


async def _grant(session: AsyncSession, addresses: Sequence[Planned], terms: ImportTerms) -> None:
    async def record(session: AsyncSession, event: Event) -> None:
        append(session, terms.by, event.action, event.owner, details=event.details)

    await bulk_subscriptions.grant(
        session,
        addresses,
        now=terms.by.at,
        record=record,
        vault=terms.vault,
        operator=terms.operator,
        allow_http=terms.allow_http,
    )


def _address_problems(imported: ImportedAccount, terms: ImportTerms) -> Iterator[Problem]:
    for place, address in enumerate(imported.addresses):
        try:
            check_address(
                address.channel,
                address.address,
                operator=terms.operator,
                allow_http=terms.allow_http,
            )
            if check := find_channel(address.channel).check_slowly:
                check(address.address)
            check_topics(address.topics)
        except NotificationError as error:  # it names the address where that is no secret
            yield Problem(f"addresses[{place}]", str(error))
