"""The local store's accounts: what the API's handlers call, in the form in which they answer.

No web framework is imported for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lifecycle import settings
from lifecycle.accounts import queries
from lifecycle.accounts.account_outputs import AccountOut, InstanceOut, instances_of
from lifecycle.cli.clock import now
from lifecycle.cli.local_views import read, read_pages
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import notice_outputs
from lifecycle.deprecations.notices import signed_links
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.scheduler.work_kinds import WorkView
from lifecycle.scheduler.worklist import page_of_work
from lifecycle.server.computed_lists import page_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.cli.listings import Extent, Listing
    from lifecycle.deprecations.evidence.notice_outputs import NoticeOut, NoticeTextOut
    from lifecycle.scheduler.work_kinds import WorkOut


def accounts(extent: Extent) -> Listing:
    """List the accounts, as ``GET /v1/accounts`` does."""
    today = now().date()

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[AccountOut]:
        stored = await queries.list_accounts(session, cursor=cursor, limit=limit)
        return Page([AccountOut.of(account, today) for account in stored.items], stored.next)

    return read_pages(page, extent)


def account(slug: str) -> Any:
    """Show an account, as ``GET /v1/accounts/{account}`` does."""

    async def work(session: AsyncSession) -> AccountOut:
        return AccountOut.of(await queries.get_account(session, slug), now().date())

    return read(work)


def instances(slug: str, extent: Extent) -> Listing:
    """List what an account runs, as ``GET …/instances`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[InstanceOut]:
        owner = await queries.get_account(session, slug)
        listed = instances_of(owner)
        return page_of(listed, key=lambda instance: instance.name, cursor=cursor, limit=limit)

    return read_pages(page, extent)


def instance(slug: str, name: str) -> Any:
    """Show an instance, as ``GET …/instances/{instance}`` does."""

    async def work(session: AsyncSession) -> InstanceOut:
        owner = await queries.get_account(session, slug)
        return InstanceOut.of(queries.get_instance(owner, name))

    return read(work)


def notices(slug: str, extent: Extent) -> Listing:
    """List the notices that an account was sent, as ``GET …/notices`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[NoticeOut]:
        owner = await queries.get_account(session, slug)
        return await notice_outputs.page_of_notices(
            session, owner, now=now(), cursor=cursor, limit=limit
        )

    return read_pages(page, extent)


def notice(slug: str, uid: str) -> Any:
    """Show a notice in its own words, as ``GET …/notices/{notice}`` does."""
    base = signed_links.base_url(settings.load(os.environ))

    async def work(session: AsyncSession) -> NoticeTextOut:
        owner = await queries.get_account(session, slug)
        return await notice_outputs.notice_text(session, owner, uid, now=now(), base=base)

    return read(work)


def worklist(extent: Extent) -> Listing:
    """List what needs a person, as ``GET /v1/worklist`` does."""
    view = WorkView(now(), sends_no_mail=sends_no_mail(settings.load(os.environ)))

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[WorkOut]:
        return await page_of_work(session, view, cursor=cursor, limit=limit)

    return read_pages(page, extent)
