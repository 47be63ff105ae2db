"""Taking in a customer list: accounts, what they run, and where they want their notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts import actions, names, queries
from lifecycle.audit.actions import append
from lifecycle.errors import Problem
from notifications import subscriptions
from notifications.addresses import check_address, check_topics
from notifications.errors import NotificationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.actions import Vocabulary
    from lifecycle.accounts.facts import AddressIn, ImportedAccount, InstanceIn
    from lifecycle.accounts.models import Account
    from lifecycle.audit.chain import By
    from notifications.events import Vault


class Report(msgspec.Struct):
    """What an import did, or with a dry run would do; what has ``problems`` was left out."""

    created: list[str] = []
    changed: list[str] = []
    unchanged: int = 0
    instances: int = 0
    addresses: int = 0
    missing_in_source: list[str] = []
    problems: list[Any] = []


async def apply(
    session: AsyncSession,
    listed: Sequence[ImportedAccount],
    *,
    by: By,
    today: date,
    known: Vocabulary,
    vault: Vault | None = None,
    dry_run: bool = False,
) -> Report:
    """Add or change the accounts of a list; done again it changes nothing.

    New webhooks get a secret where there is a ``vault``; it is shown once they rotate it.
    An account with a mistake is left out whole and named in the report, the others are taken. A
    dry run reports the same and asks for no commit: leave its session by an error or a rollback.
    """
    report = Report()
    seen: set[str] = set()
    for place, each in enumerate(listed):
        problems = list(_problems(each, known, path=f"accounts[{place}]"))
        if each.account.slug in seen:
            message = f"lists {each.account.slug!r} a second time"
            problems.append(Problem(f"accounts[{place}].slug", message, value=each.account.slug))
        if problems:
            report.problems += problems
            continue
        seen.add(each.account.slug)
        await _apply(session, each, report, by=by, today=today, known=known, vault=vault)
    await _name_missing(session, {each.account.slug for each in listed}, report)
    if dry_run:
        await session.rollback()
        session.info.clear()
    return report


async def _apply(
    session: AsyncSession,
    imported: ImportedAccount,
    report: Report,
    *,
    by: By,
    today: date,
    known: Vocabulary,
    vault: Vault | None,
) -> None:
    slug = imported.account.slug
    before = await queries.find_account(session, slug, lock=True)
    revision = before.revision if before else None
    account, created = await actions.put_account(
        session, imported.account, by=by, today=today, known=known
    )
    touched = await _put_instances(session, account, imported.instances, by=by, known=known)
    added = await _put_addresses(session, slug, imported.addresses, by=by, vault=vault)
    report.instances += touched
    report.addresses += added
    if created:
        report.created.append(slug)
    elif account.revision != revision or touched or added:
        report.changed.append(slug)
    else:
        report.unchanged += 1


async def _put_instances(
    session: AsyncSession,
    account: Account,
    instances: dict[str, InstanceIn],
    *,
    by: By,
    known: Vocabulary,
) -> int:
    """Give how many are new or different."""
    before = {instance.name: instance.revision for instance in account.instances}
    for name, facts in instances.items():
        await actions.put_instance(session, account, name, facts, by=by, known=known)
    return sum(before.get(instance.name) != instance.revision for instance in account.instances)


async def _put_addresses(
    session: AsyncSession,
    owner: str,
    addresses: Sequence[AddressIn],
    *,
    by: By,
    vault: Vault | None,
) -> int:
    """Give how many are new."""

    async def record(session: AsyncSession, event: subscriptions.Event) -> None:
        append(session, by, event.action, event.owner, details=event.details)

    added = 0
    for each in addresses:
        subscribed = await subscriptions.add(
            session,
            owner,
            channel=each.channel,
            address=each.address,
            topics=each.topics,
            now=by.at,
            record=record,
            vault=vault,
            confirmed=True,
        )
        added += subscribed.new
    return added


def _problems(imported: ImportedAccount, known: Vocabulary, *, path: str) -> Iterator[Problem]:
    for problem in actions.account_problems(imported.account, known):
        yield _under(path, problem)
    for name, facts in imported.instances.items():
        for problem in actions.instance_problems(name, facts, known):
            yield _under(f"{path}.instances[{name[: names.LONGEST_NAME]}]", problem)
    for place, address in enumerate(imported.addresses):
        try:
            check_address(address.channel, address.address)
            check_topics(address.topics)
        except NotificationError as error:
            field = f"{path}.addresses[{place}]"
            yield Problem(field, str(error), value=address.address[: names.LONGEST_NAME])


def _under(path: str, problem: Problem) -> Problem:
    return Problem(
        f"{path}.{problem.field}", problem.message, value=problem.value, allowed=problem.allowed
    )


async def _name_missing(session: AsyncSession, named: set[str], report: Report) -> None:
    slugs = await queries.slugs(session)
    report.missing_in_source += [slug for slug in slugs if slug not in named]
