"""What announcing would do, as the console's pages show it: tier by tier, and notice by notice."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.estimates import Estimate
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.effective_days import TooSoon
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices import letter_forms, letters, messages
from lifecycle.deprecations.states import Affected
from lifecycle.errors import BadRequest
from lifecycle.policy.lead_times import more_releases
from lifecycle.web.deprecation_sentences import write_period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.deprecations.announcement_previews import Outlook
    from lifecycle.deprecations.audience.previews import Reader
    from lifecycle.deprecations.notices.notice_previews import Rehearsal


class TierView(msgspec.Struct, frozen=True, kw_only=True):
    """A tier: its earliest day and why it is that day, its own day, and how many it affects."""

    tier: str
    earliest: date
    period: str
    policy: str
    after: str
    projected: Estimate | None
    day: date | None
    affected: int
    possibly: int
    unreachable: int

    @property
    def is_too_soon(self) -> bool:
        """Whether its day is sooner than is owed."""
        return self.day is not None and self.day < self.earliest


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as its readers see it on each channel.

    ``days_left`` are those that a reminder names on the day it is sent.
    """

    milestone: Milestone
    days_left: int | None
    due_on: date
    subject: str
    html: str
    text: str
    webhook: str
    chat: str


class ReaderView(msgspec.Struct, frozen=True, kw_only=True):
    """For whom notices are rehearsed; ``why_not`` says why it cannot be reached."""

    name: str
    tier: str
    is_affected: bool
    has_moved: bool
    why_not: str | None


class OutlookView(msgspec.Struct, frozen=True, kw_only=True):
    """What announcing would do; ``earliest`` is the first permissible day for all tiers at once.

    The tiers that are ``left_out`` do not have the feature. ``most_notices`` is how many an account
    gets at most, ``last_sent_on`` when the last goes out.
    """

    today: date
    announced_on: date
    tiers: tuple[TierView, ...]
    left_out: tuple[str, ...]
    earliest: date
    total: int
    unreachable: int
    refused: str | None
    is_too_soon: bool
    most_notices: int
    last_sent_on: date
    reader: ReaderView | None
    notices: tuple[NoticeView, ...]
    unreachable_accounts: tuple[tuple[str, str], ...] = ()

    @property
    def affected(self) -> int:
        """How many accounts are affected for certain."""
        return sum(tier.affected for tier in self.tiers)

    @property
    def possibly(self) -> int:
        """How many accounts are only possibly affected."""
        return sum(tier.possibly for tier in self.tiers)

    @property
    def reached(self) -> int:
        """How many accounts can be notified."""
        return self.total - self.unreachable

    @property
    def by_day(self) -> list[tuple[list[str], date]]:
        """The tiers of each distinct day, the first day first; those without one are left out."""
        tiers: defaultdict[date, list[str]] = defaultdict(list)
        for tier in self.tiers:
            if tier.day:
                tiers[tier.day].append(tier.tier)
        return [(tiers[day], day) for day in sorted(tiers)]

    @property
    def forcing(self) -> list[TierView]:
        """The tiers that force a later day: of one day for all, those that have the latest."""
        too_soon = [tier for tier in self.tiers if tier.is_too_soon]
        if not self.is_uniform:
            return too_soon
        return [tier for tier in too_soon if tier.earliest == self.earliest]

    @property
    def is_uniform(self) -> bool:
        """Whether all tiers have one day."""
        return len(self.by_day) == 1

    @property
    def first_day(self) -> date:
        """The first day on which any tier is concerned."""
        return min(tier.day or tier.earliest for tier in self.tiers)

    @property
    def last_day(self) -> date:
        """The first day on which every tier is concerned."""
        return max(tier.day or tier.earliest for tier in self.tiers)


def view_outlook(outlook: Outlook) -> OutlookView:
    """Show what announcing would do."""
    tiers = _tiers(outlook)
    most_notices, last_sent_on = _extent(outlook)
    return OutlookView(
        today=outlook.today,
        announced_on=outlook.announced_on,
        tiers=tiers,
        left_out=outlook.left_out,
        earliest=max(tier.earliest for tier in tiers),
        total=outlook.audience.total,
        unreachable=sum(tier.unreachable for tier in tiers),
        refused=_refused(outlook),
        is_too_soon=isinstance(outlook.refusal, TooSoon),
        most_notices=most_notices,
        last_sent_on=last_sent_on,
        reader=view_reader(outlook.reader, outlook.notices),
        notices=view_notices(outlook.notices),
    )


def view_reader(reader: Reader | None, rehearsals: Sequence[Rehearsal]) -> ReaderView | None:
    """Say for whom notices are rehearsed; None where that is nobody who exists."""
    if reader is None or not rehearsals:
        return None
    return ReaderView(
        name=rehearsals[0].addressee.account_name,
        tier=reader.tier,
        is_affected=reader.affected is Affected.YES,
        has_moved=reader.has_moved,
        why_not=reader.why_not,
    )


def _extent(outlook: Outlook) -> tuple[int, date]:
    """Return how many notices one account gets at most, and the day on which the last is sent."""
    if outlook.audience.total and not any(tier.affected for tier in outlook.audience.tiers):
        days = [rehearsal.due.on for rehearsal in outlook.notices]
        return len(days), max(days, default=outlook.announced_on)
    shared = sum(due.effective_on is None for due in outlook.dues)
    own = Counter(due.effective_on for due in outlook.dues if due.effective_on)
    last = max((due.on for due in outlook.dues), default=outlook.announced_on)
    return shared + max(own.values(), default=0), last


def view_notices(rehearsals: Sequence[Rehearsal]) -> tuple[NoticeView, ...]:
    """Show notices that are to come."""
    return tuple(map(_notice, rehearsals))


def _refused(outlook: Outlook) -> str | None:
    """Say what stands in the way, but that a day is too soon: the tiers say that."""
    refusal = outlook.refusal
    if isinstance(refusal, BadRequest):
        missing = [problem.field.removeprefix("effective_on.") for problem in refusal.problems]
        return f"Give a day for {', '.join(missing)}, or choose one day for all."
    return None


def _tiers(outlook: Outlook) -> tuple[TierView, ...]:
    counts = {count.tier: count for count in outlook.audience.tiers}
    stated = _stated(outlook.content)
    views = []
    for tier, owed in outlook.owed.items():
        count = counts.get(tier)
        is_missing = stated is not None and tier not in stated
        views.append(
            TierView(
                tier=tier,
                earliest=owed.earliest.day,
                period=write_period(owed.period),
                policy=owed.policy,
                after=more_releases(owed.earliest.rule) if owed.earliest.rule else "",
                projected=owed.earliest.projected,
                day=None if is_missing else outlook.days.get(tier),
                affected=count.affected if count else 0,
                possibly=count.possibly if count else 0,
                unreachable=count.unreachable if count else 0,
            )
        )
    return tuple(views)


def _stated(content: DeprecationIn) -> dict[str, date] | None:
    """Return the days that are given tier by tier; None where one is for all."""
    return content.effective_on if isinstance(content.effective_on, dict) else None


def _notice(rehearsal: Rehearsal) -> NoticeView:
    due, addressee = rehearsal.due, rehearsal.addressee
    letter = letters.letter(addressee)
    return NoticeView(
        milestone=due.milestone,
        days_left=addressee.days_left if due.milestone is Milestone.REMINDER else None,
        due_on=due.on,
        subject=letter.subject,
        html=letter_forms.as_html(letter),
        text=letter_forms.as_text(letter),
        webhook=msgspec.json.format(messages.webhook_body(addressee), indent=2).decode(),
        chat=messages.chat(addressee).text,
    )
