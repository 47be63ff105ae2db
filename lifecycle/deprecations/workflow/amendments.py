"""Amending what is announced, and withdrawing it; each is a new revision (design, section 3.3)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations import earliest_days, effective_days
from lifecycle.deprecations.announced import ends_support, versions_in
from lifecycle.deprecations.deprecation_inputs import AmendIn, DeprecationIn
from lifecycle.deprecations.queries import content_of, days_of
from lifecycle.deprecations.states import RevisionChange, State
from lifecycle.deprecations.workflow import conflicting_ends, content_checks
from lifecycle.deprecations.workflow.announcement import read_situation, waiver_of
from lifecycle.deprecations.workflow.revisions import Decision, Situation, publish
from lifecycle.errors import BadRequest, Conflict, Problem, raise_if_any
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import State as Covered
from lifecycle.support.intervals import span_on

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.deprecations.deprecation_inputs import WithdrawIn
    from lifecycle.deprecations.models import Deprecation
    from lifecycle.policy.lead_times import Owed

SCOPE = ("lines", "range", "tiers")


class NotAnnounced(Conflict):
    """Only what is announced can be amended or withdrawn."""


class Amended(msgspec.Struct, frozen=True):
    """An announcement before and after; the days are the tiers' effective days."""

    old: DeprecationIn
    new: DeprecationIn
    old_days: dict[str, date]
    days: dict[str, date]
    added_versions: frozenset[str] = frozenset()
    dropped_versions: frozenset[str] = frozenset()

    @property
    def added_lines(self) -> tuple[str, ...]:
        """The lines that were not concerned before."""
        return tuple(line for line in self.new.lines or () if line not in (self.old.lines or ()))

    @property
    def dropped_lines(self) -> tuple[str, ...]:
        """The lines that are concerned no more."""
        return tuple(line for line in self.old.lines or () if line not in (self.new.lines or ()))

    @property
    def earlier(self) -> list[str]:
        """The tiers whose day moves earlier, or that had none before."""
        return [
            tier
            for tier, day in self.days.items()
            if tier not in self.old_days or day < self.old_days[tier]
        ]


async def amend(
    session: AsyncSession, deprecation: Deprecation, facts: AmendIn, *, by: By
) -> Deprecation:
    """Postpone, bring forward, widen or narrow what is announced, and tell everyone concerned."""
    situation, decision = await decide_amendment(session, deprecation, facts, by=by)
    await publish(session, deprecation, situation, decision, by=by)
    return deprecation


async def decide_amendment(
    session: AsyncSession, deprecation: Deprecation, facts: AmendIn, *, by: By, lock: bool = True
) -> tuple[Situation, Decision]:
    """Decide what an amendment makes of an announcement, or refuse it; nothing is written.

    Postponing is always allowed. Whatever takes effect sooner than was announced, or for somebody
    new, is owed its notice from today on, or is refused as ``TooSoon``, unless a waiver is named.
    """
    _refuse_unannounced(deprecation)
    raise_if_any(content_checks.wording_problems(facts), subject="The amendment")
    situation = await read_situation(session, deprecation, by=by, lock=lock)
    amended = _amended(deprecation, facts, situation)
    changes = changes_of(amended)
    if not changes:
        raise BadRequest("The amendment changes nothing; give what should change.")
    conflicting_ends.refuse_second_end(
        situation.known, amended.new, amended.days, uid=deprecation.uid
    )
    owed = await _earliest(session, situation, amended.new)
    waiver = await waiver_of(session, facts.waiver, deprecation, situation)
    if waiver is None:
        await _check_promises(session, deprecation, situation, amended, owed)
    return situation, Decision(
        changes=changes,
        content=amended.new,
        days=amended.days,
        owed=owed,
        reason=facts.reason,
        waiver=waiver,
    )


async def withdraw(
    session: AsyncSession, deprecation: Deprecation, facts: WithdrawIn, *, by: By
) -> Deprecation:
    """Take an announcement back, and tell everyone who was told of it."""
    situation, decision = await decide_withdrawal(session, deprecation, facts, by=by)
    deprecation.state, deprecation.withdrawn_at = State.WITHDRAWN, by.at
    await publish(session, deprecation, situation, decision, by=by)
    return deprecation


async def decide_withdrawal(
    session: AsyncSession, deprecation: Deprecation, facts: WithdrawIn, *, by: By, lock: bool = True
) -> tuple[Situation, Decision]:
    """Decide that an announcement is taken back, or refuse that; nothing is written.

    Where that ends coverage sooner, because the announced end had prolonged it, notice is owed.
    """
    _refuse_unannounced(deprecation)
    raise_if_any(content_checks.wording_problems(facts), subject="The withdrawal")
    situation = await read_situation(session, deprecation, by=by, lock=lock)
    content, days = content_of(deprecation), days_of(deprecation.days)
    waiver = await waiver_of(session, facts.waiver, deprecation, situation)
    ended = Amended(content, msgspec.structs.replace(content, lines=()), days, {})
    if waiver is None:
        await _check_extensions(session, deprecation, situation, ended)
    return situation, Decision(
        changes=(RevisionChange.WITHDRAWN,),
        content=content,
        days=days,
        owed={},
        reason=facts.reason,
        waiver=waiver,
    )


def changes_of(amended: Amended) -> tuple[RevisionChange, ...]:
    """Name what an amendment does; several at once, or nothing.

    >>> from datetime import date
    >>> content = DeprecationIn(product="p", kind="removal", feature="f")
    >>> day, later = date(2027, 1, 31), date(2027, 2, 28)
    >>> changes_of(Amended(content, content, {"pro": later}, {"pro": day}))
    (<RevisionChange.BROUGHT_FORWARD: 'brought_forward'>,)
    """
    old, new = amended.old_days, amended.days
    shared_tiers = [tier for tier in new if tier in old]
    other_fields = dict.fromkeys(SCOPE) | {"effective_on": None}
    before, after = (msgspec.structs.replace(c, **other_fields) for c in (amended.old, amended.new))
    changes = {
        RevisionChange.POSTPONED: any(new[tier] > old[tier] for tier in shared_tiers),
        RevisionChange.BROUGHT_FORWARD: any(new[tier] < old[tier] for tier in shared_tiers),
        RevisionChange.WIDENED: bool(
            amended.added_lines or amended.added_versions or new.keys() - old.keys()
        ),
        RevisionChange.NARROWED: bool(
            amended.dropped_lines or amended.dropped_versions or old.keys() - new.keys()
        ),
    }
    changes[RevisionChange.CHANGED] = before != after or (
        amended.old.range != amended.new.range and not any(changes.values())
    )
    return tuple(change for change in changes if changes[change])


def _refuse_unannounced(deprecation: Deprecation) -> None:
    if deprecation.state != State.ANNOUNCED:
        raise NotAnnounced(
            f"Deprecation {deprecation.uid} is {deprecation.state}; only what is announced can be"
            " amended or withdrawn."
        )


def _amended(deprecation: Deprecation, facts: AmendIn, situation: Situation) -> Amended:
    old = content_of(deprecation)
    amended = {
        field: value
        for field in ("lines", "range", "tiers", "migration", "replacement", "links")
        if (value := getattr(facts, field)) is not None
    }
    new = msgspec.structs.replace(old, **amended, effective_on=facts.effective_on)
    days = days_of(deprecation.days)
    raise_if_any(
        content_checks.problems(situation.known, new, today=situation.today, kept_tiers=days),
        subject="The amendment",
    )
    tiers = new.tiers or tuple(days)
    resolved = _days(facts, tiers, days)
    new = msgspec.structs.replace(new, effective_on=resolved, tiers=tiers)
    before = versions_in(situation.known, old) or frozenset()
    after = versions_in(situation.known, new) or frozenset()
    old = msgspec.structs.replace(old, tiers=tuple(days))
    return Amended(old, new, days, resolved, after - before, before - after)


def _days(facts: AmendIn, tiers: tuple[str, ...], days: dict[str, date]) -> dict[str, date]:
    """Give each tier its new day; a tier that is new gets the one that all others have."""
    wanted_days = facts.effective_on
    if wanted_days is not None and not isinstance(wanted_days, dict):
        return dict.fromkeys(tiers, wanted_days)
    stated = days | (wanted_days or {})
    uniform = next(iter(days.values())) if len(set(days.values())) == 1 else None
    resolved = {tier: stated.get(tier, uniform) for tier in tiers}
    missing = [tier for tier, day in resolved.items() if day is None]
    if missing:
        problems = [Problem(f"effective_on.{tier}", "is missing", value=None) for tier in missing]
        raise BadRequest("Give a day for every new tier.", problems=problems)
    return {tier: day for tier, day in resolved.items() if day is not None}


async def _earliest(
    session: AsyncSession, situation: Situation, content: DeprecationIn
) -> dict[str, Owed]:
    """Return what each tier would be owed if the change were announced today for the first time."""
    own = msgspec.structs.replace(content, effective_on=None)
    return await earliest_days.read_owed_by_tier(
        session, situation.known, own, announced_on=situation.today, today=situation.today
    )


async def _check_promises(
    session: AsyncSession,
    deprecation: Deprecation,
    situation: Situation,
    amended: Amended,
    owed: dict[str, Owed],
) -> None:
    """Refuse what takes effect too soon for those who are told of it only now."""
    earlier = set(amended.earlier)
    effective_days.refuse_too_soon(
        amended.days, {tier: owed[tier] for tier in owed if tier in earlier}
    )
    if amended.added_lines or amended.added_versions:
        only = msgspec.structs.replace(amended.new, lines=amended.added_lines or None)
        effective_days.refuse_too_soon(amended.days, await _earliest(session, situation, only))
    await _check_extensions(session, deprecation, situation, amended)


async def _check_extensions(
    session: AsyncSession, deprecation: Deprecation, situation: Situation, amended: Amended
) -> None:
    """Refuse to take back an extension sooner than a new announcement could end it.

    A line that is covered today only because its announced end lies after its window's would lose
    support at once.
    """
    if not ends_support(amended.old):
        return
    for tier, old_day in amended.old_days.items():
        dropped = _lines_dropped(situation, amended, tier)
        for line in dropped:
            ends = _without(situation, deprecation, tier, line)
            if ends is None or ends >= old_day:
                continue
            only = msgspec.structs.replace(
                amended.old, lines=(line,), range=None, whole_product=False, tiers=(tier,)
            )
            owed = await _earliest(session, situation, only)
            effective_days.refuse_too_soon({tier: ends}, owed)


def _lines_dropped(situation: Situation, amended: Amended, tier: str) -> list[str]:
    coverage = Coverage(situation.known.facts, today=situation.today)
    concerned = list(earliest_days.concerned_lines(situation.known, amended.old, coverage))
    if tier not in amended.days:
        return concerned
    kept_lines = set(earliest_days.concerned_lines(situation.known, amended.new, coverage))
    return [line for line in concerned if line not in kept_lines]


def _without(situation: Situation, deprecation: Deprecation, tier: str, line: str) -> date | None:
    """Return the first day without support if this deprecation did not stand; None if not known."""
    ends = tuple(end for end in situation.known.facts.ends if end.uid != deprecation.uid)
    facts = msgspec.structs.replace(situation.known.facts, ends=ends)
    coverage = Coverage(facts, today=situation.today)
    release = coverage.newest_in(line, situation.today)
    span = span_on(coverage.timeline(tier, line, release), situation.today)
    if span is None or span.state is not Covered.COVERED:
        return situation.today
    return span.until
