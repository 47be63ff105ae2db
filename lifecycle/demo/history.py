"""The demo vendor's past, done as it would have been: by the real actions, at moments gone by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec
from sqlalchemy import select

from lifecycle.accounts import account_imports as accounts
from lifecycle.accounts.queries import get_account
from lifecycle.answers.event_publication import read_and_publish
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, queries, waivers
from lifecycle.catalogue.waivers import WaiverIn
from lifecycle.demo import as_of, judged_release, subscribers
from lifecycle.demo.plans import Read, Waived
from lifecycle.demo.simulated_past import deliver, pass_time
from lifecycle.deprecations import queries as deprecations
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.deprecation_inputs import AmendIn, AnnounceIn, DeprecationIn, WithdrawIn
from lifecycle.deprecations.models import Notice
from lifecycle.deprecations.workflow import amendments, announcement, drafts
from lifecycle.gate import registration

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.demo.plans import Step
    from lifecycle.demo.vendor import DemoVendor
    from notifications.secrets import Vault

SINCE = 210
"""So many days before its own the vendor began to keep its records here."""
LEARNS_EVERY = 30
"""It entered what came out meanwhile no oftener, in days."""
OFFICE_HOUR = time(15, tzinfo=UTC)
IMPORTER = "demo"
Note: TypeAlias = Callable[[date], None]
"""What is told of each day as it begins."""


class CreatedIds(msgspec.Struct):
    """The ids of what was made so far, by the names that steps have for it."""

    deprecations: dict[str, str] = {}
    waivers: dict[str, str] = {}


async def live(
    session: AsyncSession,
    demo: DemoVendor,
    *,
    by: By,
    today: date,
    vault: Vault,
    note: Note | None = None,
) -> None:
    """Enter the vendor and let its past happen, day by day, up to this moment.

    What was announced before today has been told, by invented deliveries; what is announced today
    is left to the worker.
    """
    records, learned = CreatedIds(), SINCE + LEARNS_EVERY
    for ago in sorted({SINCE, 0, *(step.days_ago for step in demo.steps)}, reverse=True):
        day = today - timedelta(ago)
        if note:
            note(day)
        at = datetime.combine(day, OFFICE_HOUR) if ago else by.at
        await pass_time(session, at)
        if not ago or learned - ago >= LEARNS_EVERY:
            demo_then = as_of.as_of(demo, day) if ago else demo
            await _learn(session, demo_then, by=By(IMPORTER, at), today=day, first=ago == SINCE)
            learned = ago
        if ago == SINCE:
            await subscribers.subscribe(session, by=By(IMPORTER, at), vault=vault)
        for step in demo.steps:
            if step.days_ago == ago:
                await _do(session, step, records, by=By(step.who, at), today=day)
        if ago:
            await deliver(session, at)
        if learned == ago:
            await _publish(session, demo, now=at)
    await judged_release.ask(session, at=by.at, today=today)


async def _learn(
    session: AsyncSession, demo: DemoVendor, *, by: By, today: date, first: bool
) -> None:
    """Take in what is out and who runs what by now."""
    for product in demo.products:
        await registration.import_product(session, product.imported, by=by, today=today)
        if first:
            stored = await queries.get_product(session, product.imported.product.slug)
            await policies.put(session, stored, product.policy, by=by)
    names = await queries.vocabulary(session)
    await accounts.apply(session, demo.accounts, accounts.ImportTerms(by, today, names))


async def _publish(session: AsyncSession, demo: DemoVendor, *, now: datetime) -> None:
    """Tell in public what was learned, as a worker does after each change."""
    await session.flush()
    for product in demo.products:
        await read_and_publish(session, product.imported.product.slug, now=now)


async def _do(
    session: AsyncSession, step: Step, records: CreatedIds, *, by: By, today: date
) -> None:
    act, name = step.act, step.deprecation
    if isinstance(act, DeprecationIn):
        product = await queries.get_product(session, act.product)
        drafted = await drafts.draft(session, product, act, by=by, today=today)
        records.deprecations[name] = drafted.uid
        return
    row = await deprecations.get(session, records.deprecations[name], lock=True)
    match act:
        case Waived():
            product = await deprecations.product_of(session, row)
            facts = WaiverIn(
                product=product.slug, deprecation=row.uid, **msgspec.structs.asdict(act)
            )
            granted = await waivers.grant(session, facts, by=by, today=today, product=product)
            records.waivers[name] = granted.uid
        case AnnounceIn():
            facts_ = msgspec.structs.replace(act, waiver=records.waivers.get(name))
            await announcement.announce(session, row, facts_, by=by)
        case AmendIn():
            await amendments.amend(session, row, act, by=by)
        case WithdrawIn():
            await amendments.withdraw(session, row, act, by=by)
        case Read():
            account = await get_account(session, act.account)
            first = select(Notice.uid).where(Notice.deprecation_id == row.id).order_by(Notice.id)
            notice = (await session.scalars(first.limit(1))).one()
            await recipients.acknowledge(session, account, notice, by=by, now=by.at)
        case _:
            assert_never(act)
