"""What announcing a deprecation would do: its days, whom it affects, and what they would read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.estimates import Estimate
from lifecycle.catalogue.queries import today_for
from lifecycle.deprecations import earliest_days, effective_days, queries
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.audience import previews
from lifecycle.deprecations.audience.previews import PreviewAccountOut, PreviewOut
from lifecycle.deprecations.notices import notice_previews
from lifecycle.deprecations.notices.notice_previews import RehearsedOut
from lifecycle.deprecations.states import UNANNOUNCED, Affected
from lifecycle.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.models import Deprecation
    from lifecycle.policy.lead_times import Owed


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


async def preview(
    session: AsyncSession,
    row: Deprecation,
    *,
    now: datetime,
    base: str,
    account: Account | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> DeprecationPreviewOut:
    """Return when the change may take effect and why, whom it affects, and what they would read.

    ``base`` is the service's address in links; ``account`` is whose notices are written, the first
    affected one's if left out.
    """
    product = await queries.product_of(session, row)
    today = await today_for(session, product, now)
    loaded, _ = await load_known(session, product.slug)
    content = queries.content_of(row)
    on = _announced_on(row, today)
    announced_on = on if row.state in UNANNOUNCED else row.announced_on or on
    question = earliest_days.Question(loaded, content, on, today)
    owed = await earliest_days.read_owed_by_tier(
        session, loaded, content, announced_on=on, today=today
    )
    chosen, refused = _days(row, content, owed)
    audience = await previews.preview(
        session, content, loaded, chosen, today=today, cursor=cursor, limit=limit
    )
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
    if account is None:
        reader = next(iter(audience.accounts), None)
    else:
        reader = _reader(account, audience.accounts, chosen)
    return DeprecationPreviewOut(
        deprecation=row.uid,
        announced_on=announced_on,
        earliest=[OwedOut.of(owed_days) for owed_days in owed.values()],
        effective_on=dict(chosen),
        refused=refused,
        notices=await notice_previews.rehearse(session, scene, reader),
        total=audience.total,
        tiers=audience.tiers,
        versions=audience.versions,
        accounts=audience.accounts,
        next=audience.next,
    )


def _announced_on(row: Deprecation, today: date) -> date:
    """Return the day from which its days are counted: a draft's announcement, else today."""
    if row.state in UNANNOUNCED:
        return max(row.announce_on or today, today)
    return today


def _days(
    row: Deprecation, content: DeprecationIn, owed: Mapping[str, Owed]
) -> tuple[dict[str, date], str | None]:
    """Give each tier its day, and say what stands in the way of announcing them, if anything."""
    if row.days:
        return queries.days_of(row.days), None
    try:
        chosen = effective_days.resolve(content.effective_on, owed)
        effective_days.refuse_too_soon(chosen, owed)
    except effective_days.TooSoon as error:
        return chosen, error.detail
    except BadRequest as error:
        stated = content.effective_on if isinstance(content.effective_on, dict) else {}
        chosen = {
            tier: stated.get(tier, owed_days.earliest.day) for tier, owed_days in owed.items()
        }
        return chosen, f"{error.detail} {error.problems[0]}."
    return chosen, None


def _reader(
    account: Account, accounts: tuple[PreviewAccountOut, ...], chosen: Mapping[str, date]
) -> PreviewAccountOut:
    listed = next((affected for affected in accounts if affected.account == account.slug), None)
    if listed is not None:
        return listed
    tier, effective_on = next(iter(chosen.items()))
    return PreviewAccountOut(
        account=account.slug,
        tier=tier,
        affected=Affected.POSSIBLY,
        why_possibly="somebody asked what it would read",
        effective_on=effective_on,
        why_not=None,
    )
