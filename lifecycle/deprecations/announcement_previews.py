"""What announcing a deprecation would do: its days, whom it affects, and what they would read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts.queries import get_account
from lifecycle.calendar.estimates import Estimate
from lifecycle.catalogue.queries import today_for
from lifecycle.deprecations import earliest_days, effective_days, queries
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.audience import previews
from lifecycle.deprecations.audience.previews import Listing, PreviewAccountOut, PreviewOut, Reader
from lifecycle.deprecations.audience.usage import scope_now
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.effective_days import TooSoon
from lifecycle.deprecations.milestones import Due, opening_day
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.notices import notice_previews
from lifecycle.deprecations.notices.notice_previews import Rehearsal, RehearsedOut
from lifecycle.deprecations.states import UNANNOUNCED, Affected
from lifecycle.deprecations.workflow import content_checks
from lifecycle.errors import BadRequest, raise_if_any
from lifecycle.policy.lead_times import Owed

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.database.pagination import Page


class OwedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier is owed: ``earliest`` is the first permissible day by all that is certain.

    ``period`` is null where the stage is exempt; ``rule`` says which releases must be out as well.
    """

    tier: str
    period: str | None
    earliest: date
    policy: str
    rule: str | None
    projected: Estimate | None

    @classmethod
    def of(cls, owed: Owed) -> OwedOut:
        """Show what is owed."""
        earliest = owed.earliest
        return cls(
            tier=owed.tier,
            period=owed.period,
            earliest=earliest.day,
            policy=owed.policy,
            rule=earliest.rule,
            projected=earliest.projected,
        )


class DeprecationPreviewOut(PreviewOut, frozen=True, kw_only=True):
    """What announcing would do: the days, whom it affects, and every notice as it will be sent.

    ``refused`` says why it could not be announced with these days without a waiver.
    """

    deprecation: str
    announced_on: date
    earliest: list[OwedOut]
    effective_on: dict[str, date]
    refused: str | None
    notices: tuple[RehearsedOut, ...]


class Supposition(msgspec.Struct, frozen=True, kw_only=True):
    """What is not stored yet: what a deprecation is to say, and when it is to be announced."""

    content: DeprecationIn | None = None
    on: date | None = None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What announcing a deprecation would do, as both the API and the pages show it.

    ``left_out`` are the tiers that do not have the feature. ``days`` are those that each tier would
    get, ``refusal`` is why they need a waiver or cannot be announced at all. ``dues`` are the
    notices of all tiers, ``notices`` what the ``reader`` gets of them: a made-up account, where
    nobody is affected. It ``is_concerned`` if it is of the audience.
    """

    deprecation: Deprecation
    content: DeprecationIn
    today: date
    announced_on: date
    owed: Mapping[str, Owed]
    left_out: tuple[str, ...]
    days: Mapping[str, date]
    refusal: TooSoon | BadRequest | None
    audience: PreviewOut
    dues: tuple[Due, ...]
    reader: Reader | None
    is_concerned: bool
    notices: tuple[Rehearsal, ...]

    @property
    def refused(self) -> str | None:
        """The refusal in a sentence."""
        if self.refusal is None:
            return None
        if isinstance(self.refusal, TooSoon):
            return self.refusal.detail
        return f"{self.refusal.detail} {self.refusal.problems[0]}."


async def preview(  # noqa: PLR0913 -- keyword-only ones read well
    session: AsyncSession,
    row: Deprecation,
    *,
    now: datetime,
    base: str,
    account: Account | None = None,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> DeprecationPreviewOut:
    """Return when the change may take effect and why, whom it affects, and what they would read.

    ``base`` is the service's address in links; ``account`` is whose notices are written. Left out,
    it is one that is affected, and can be reached, before any other. One that is not affected at
    all is asked for by those alone who may open it: with ``products``, if these concern it.
    """
    listing = Listing(cursor=cursor, limit=limit)
    outlook = await look_ahead(session, row, now=now, base=base, account=account, listing=listing)
    if account is not None and not outlook.is_concerned:
        await get_account(session, account.slug, products=products)
    audience = outlook.audience
    return DeprecationPreviewOut(
        deprecation=row.uid,
        announced_on=outlook.announced_on,
        earliest=[OwedOut.of(owed_days) for owed_days in outlook.owed.values()],
        effective_on=dict(outlook.days),
        refused=outlook.refused,
        notices=tuple(map(RehearsedOut.of, outlook.notices)),
        total=audience.total,
        tiers=audience.tiers,
        versions=audience.versions,
        accounts=audience.accounts,
        next=audience.next,
    )


async def look_ahead(
    session: AsyncSession,
    row: Deprecation,
    *,
    now: datetime,
    base: str,
    supposed: Supposition = Supposition(),  # noqa: B008 -- frozen
    account: Account | None = None,
    listing: Listing = Listing(),  # noqa: B008 -- frozen
) -> Outlook:
    """Return what announcing a deprecation would do, as it is or as is supposed."""
    product = await queries.product_of(session, row)
    today = await today_for(session, product, now)
    loaded, _ = await load_known(session, product.slug)
    content = supposed.content or queries.content_of(row)
    if supposed.content is not None:
        problems = content_checks.problems(loaded, content, today=today)
        raise_if_any(problems, subject="The deprecation")
    on = supposed.on or _announced_on(row, today)
    if on > today:
        on = opening_day(earliest_days.Question(loaded, content, on, today).policy, on)
    on = max(on, today)
    announced_on = on if row.state in UNANNOUNCED else row.announced_on or on
    question = earliest_days.Question(loaded, content, on, today)
    owed = await earliest_days.read_owed_by_tier(
        session, loaded, content, announced_on=on, today=today
    )
    chosen, refusal = _days(row, content, owed)
    scope = await scope_now(session, loaded, content, chosen, today=today)
    audience, concerned = await previews.preview(
        session, scope, listing, account=account.id if account else None
    )
    reader = Reader.of(concerned) if concerned else None
    if reader is None and account is not None:
        reader = _inquirer(account, chosen)
    scene = notice_previews.Scene(
        deprecation=row,
        product=product,
        content=content,
        policy=question.policy,
        days=chosen,
        versions=audience.versions,
        announced_on=announced_on,
        now=now,
        base=base,
    )
    return Outlook(
        deprecation=row,
        content=content,
        today=today,
        announced_on=announced_on,
        owed=owed,
        left_out=question.left_out,
        days=chosen,
        refusal=refusal,
        audience=audience,
        dues=tuple(notice_previews.dues(scene, chosen.values())),
        reader=reader,
        is_concerned=concerned is not None,
        notices=await notice_previews.rehearse(session, scene, reader),
    )


async def list_affected(
    session: AsyncSession, outlook: Outlook, listing: Listing
) -> Page[PreviewAccountOut]:
    """Return a page of the accounts that an outlook counts."""
    loaded, _ = await load_known(session, outlook.content.product)
    return await previews.list_accounts(
        session,
        outlook.content,
        loaded,
        outlook.days,
        today=outlook.today,
        listing=listing,
    )


def _announced_on(row: Deprecation, today: date) -> date:
    """Return the day from which its days are counted: a draft's announcement, else today."""
    if row.state in UNANNOUNCED:
        return max(row.announce_on or today, today)
    return today


def _days(
    row: Deprecation, content: DeprecationIn, owed: Mapping[str, Owed]
) -> tuple[dict[str, date], TooSoon | BadRequest | None]:
    """Give each tier its day, and say what stands in the way of announcing them, if anything."""
    if row.days:
        return queries.days_of(row.days), None
    try:
        chosen = effective_days.resolve(content.effective_on, owed)
    except BadRequest as error:
        stated = content.effective_on if isinstance(content.effective_on, dict) else {}
        chosen = {
            tier: stated.get(tier, owed_days.earliest.day) for tier, owed_days in owed.items()
        }
        return chosen, error
    try:
        effective_days.refuse_too_soon(chosen, owed)
    except TooSoon as error:
        return chosen, error
    return chosen, None


def _inquirer(account: Account, chosen: Mapping[str, date]) -> Reader:
    """Let an account that is not concerned at all read as one that possibly is."""
    tier, effective_on = next(iter(chosen.items()))
    return Reader(
        account=account.slug,
        tier=tier,
        affected=Affected.POSSIBLY,
        why_possibly="somebody asked what it would read",
        effective_on=effective_on,
        why_not=None,
    )
