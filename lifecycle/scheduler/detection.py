"""Implied ends found by themselves: drafted, or announced where the policy says so (rule 3.4)."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.deprecations import earliest_days
from lifecycle.deprecations.announced import Announced
from lifecycle.deprecations.audience.usage import accounts_running, scope_now
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.implied_ends import ImpliedEnd, horizon, implied_ends
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.queries import content_of, days_of
from lifecycle.deprecations.states import UNANNOUNCED, Origin, State
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import Announce, Policy
from lifecycle.policy.succession import in_force
from lifecycle.scheduler import provenance
from lifecycle.scheduler.models import Mark
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import State as Covered
from lifecycle.support.intervals import span_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession


NAMESPACE = uuid.UUID("9a2d1f0e-3c6b-5d57-8a44-1b7f0e6c2d95")


class Sight(msgspec.Struct, frozen=True):
    """What there is to see of a product on a day."""

    known: Loaded
    announced: tuple[Announced, ...]
    policy: Policy
    ends: tuple[ImpliedEnd, ...]
    rows: list[Deprecation]
    windows: Coverage
    today: date


class Draft(msgspec.Struct, frozen=True):
    """An end that nothing is written of yet; ``announce`` where it announces itself."""

    key: str
    end: ImpliedEnd
    announce: bool


class Redate(msgspec.Struct, frozen=True):
    """A draft whose end has come to lie on another day."""

    uid: str
    end: ImpliedEnd
    key: str


class Delete(msgspec.Struct, frozen=True):
    """A draft whose end does not come any more."""

    uid: str
    key: str


class Postpone(msgspec.Struct, frozen=True):
    """An announced end whose release comes later than that; ``by_itself`` if no person need act.

    ``days`` has the tiers whose day moves, each with its new one.
    """

    uid: str
    days: dict[str, date]
    by_itself: bool


class CauseGone(msgspec.Struct, frozen=True):
    """An announced end that no window brings any more."""

    uid: str


Step = Draft | Redate | Delete | Postpone | CauseGone


async def look(
    session: AsyncSession, loaded: Loaded, announced: tuple[Announced, ...], *, today: date
) -> Sight | None:
    """See which ends a product's policy implies; None where no policy is in force."""
    policy = in_force(loaded.facts.policies, today)
    if policy is None:
        return None
    # Thousands of releases take a while: others are answered meanwhile.
    ends = await asyncio.to_thread(implied_ends, loaded.facts, today=today)
    rows = (await session.scalars(of_policy(loaded.id))).all()
    facts = msgspec.structs.replace(loaded.facts, ends=())
    return Sight(loaded, announced, policy, ends, list(rows), Coverage(facts, today=today), today)


def of_policy(product_id: int) -> Select[Deprecation]:
    """Select what a product's policy itself has made and is not taken back, in order."""
    statement = select(Deprecation).where(
        Deprecation.product_id == product_id,
        Deprecation.origin == Origin.POLICY,
        Deprecation.state.in_([*UNANNOUNCED, State.ANNOUNCED]),
    )
    return statement.order_by(Deprecation.id)


async def steps(session: AsyncSession, sight: Sight) -> list[Step]:
    """Return what has to be done for the ends in sight to be as they should."""
    todo: list[Step] = []
    kept_subjects: set[str] = set()
    rows = {row.implied_key: row for row in sight.rows if row.state in UNANNOUNCED}
    for end in _open_ends(sight):
        key = implied_key(sight.known.slug, end)
        kept_subjects.add(key)
        row = rows.get(key)
        if row is None:
            draft = await _draft(session, sight, key, end)
            todo += [draft] if draft else []
        elif await _is_redated(session, row, key, end):
            todo.append(Redate(row.uid, end, key))
    for row in sight.rows:
        if (
            row.state in UNANNOUNCED
            and row.implied_key not in kept_subjects
            and _lies_ahead(row, sight)
        ):
            todo.append(Delete(row.uid, row.implied_key or ""))
        elif row.state == State.ANNOUNCED:
            todo += _of_announced(sight, row)
    return todo


def implied_key(slug: str, end: ImpliedEnd) -> str:
    """Derive what an implied end is known by, on whatever day it comes to lie."""
    name = f"{slug}/{Kind.END_OF_SUPPORT}/{end.line}/{','.join(end.tiers)}/{end.caused_by or ''}"
    return str(uuid.uuid5(NAMESPACE, name))


def content(slug: str, end: ImpliedEnd, days: dict[str, date]) -> DeprecationIn:
    """Write down what an implied end is."""
    return DeprecationIn(
        product=slug,
        kind=Kind.END_OF_SUPPORT,
        lines=(end.line,),
        tiers=end.tiers,
        from_version=end.caused_by,
        effective_on=dict(days),
        reason=end.reason,
    )


async def days_owed(session: AsyncSession, sight: Sight, end: ImpliedEnd) -> dict[str, date]:
    """Return for each tier the day on which the end may take effect if it is announced today.

    Where a release comes before the notice period is over, the line stays covered that long.
    """
    content_of_end = content(sight.known.slug, end, end.days)
    owed = await earliest_days.read_owed_by_tier(
        session, sight.known, content_of_end, announced_on=sight.today, today=sight.today
    )
    return {tier: max(day, owed[tier].earliest.day) for tier, day in end.days.items()}


def _open_ends(sight: Sight) -> Iterator[ImpliedEnd]:
    """Leave out the tiers to whom an end of the line is announced already."""
    ends = [
        announced_change for announced_change in sight.announced if announced_change.ends_support
    ]
    for end in sight.ends:
        announced_pairs = {
            tier
            for announced_change in ends
            if _ends_line(announced_change, end.line, sight.known)
            for tier in announced_change.days
        }
        tiers = tuple(tier for tier in end.tiers if tier not in announced_pairs)
        if tiers:
            yield msgspec.structs.replace(end, tiers=tiers)


def _ends_line(announced: Announced, line: str, loaded: Loaded) -> bool:
    """Return whether an announced end is that of the whole line, its newest release included."""
    members = [r for r in loaded.facts.releases if r.line == line and not r.planned]
    newest = members[-1].version if members else None
    return announced.concerns(line, newest)


async def _draft(session: AsyncSession, sight: Sight, key: str, end: ImpliedEnd) -> Draft | None:
    """Draft an end that comes near and affects an account, unless somebody threw the draft away."""
    if end.effective_on > horizon(sight.policy, sight.today):
        return None
    thrown_away = await session.get(Mark, mark_name(key))
    if thrown_away is not None and thrown_away.day == end.effective_on:
        return None
    draft_content = content(sight.known.slug, end, end.days)
    days = {tier: end.days[tier] for tier in end.tiers}
    scope = await scope_now(session, sight.known, draft_content, days, today=sight.today)
    counts = await accounts_running(session, scope)
    if not counts:
        return None
    announce = sight.policy.announce is Announce.IMPLIED_ENDS and not await provenance.is_history(
        session, sight.known, sight.policy, end
    )
    return Draft(key, end, announce)


def mark_name(key: str) -> str:
    """Name the mark of an implied end that was drafted for the day it bears."""
    return f"implied:{key}"


async def _is_redated(session: AsyncSession, row: Deprecation, key: str, end: ImpliedEnd) -> bool:
    """Return whether the end has come to lie on another day, and no person has edited the draft."""
    mark = await session.get(Mark, mark_name(key))
    if mark is not None and mark.day == end.effective_on:
        return False
    statement = select(AuditEntry.actor).where(AuditEntry.subject == row.uid)
    last = await session.scalar(statement.order_by(AuditEntry.seq.desc()).limit(1))
    return last in {None, "system"}


def _lies_ahead(row: Deprecation, sight: Sight) -> bool:
    """Return whether a draft's day is still to come; once past, it shows that nobody was told."""
    days = content_of(row).effective_on
    listed = days.values() if isinstance(days, dict) else [days] if days else []
    return any(day > sight.today for day in listed)


def _of_announced(sight: Sight, row: Deprecation) -> list[Step]:
    """Hold an announced end against the windows: it never comes before the release it is about."""
    announced_content, last = content_of(row), row.last_effective_on
    if not announced_content.lines or last is None or last <= sight.today:
        return []
    wanted_pairs = {(line, tier) for line in announced_content.lines for tier in row.days}
    ahead = {
        (end.line, tier): end.effective_on
        for end in sight.ends
        for tier in end.tiers
        if (end.line, tier) in wanted_pairs
    }
    if any(_goes_on(sight, line, tier) for line, tier in wanted_pairs - ahead.keys()):
        return [CauseGone(row.uid)]
    later = _later(days_of(row.days), ahead, sight.today)
    by_itself = sight.policy.announce is Announce.IMPLIED_ENDS
    return [Postpone(row.uid, later, by_itself)] if later else []


def _later(
    announced_days: dict[str, date], ahead: dict[tuple[str, str], date], today: date
) -> dict[str, date]:
    """Return the tiers whose release has slipped past their day, unless that has come already."""
    later: dict[str, date] = {}
    for (_, tier), day in ahead.items():
        if today < announced_days[tier] < day:
            later[tier] = max(day, later.get(tier, day))
    return later


def _goes_on(sight: Sight, line: str, tier: str) -> bool:
    """Return whether the windows alone cover a line today, with no end in sight."""
    release = sight.windows.newest_in(line, sight.today)
    if tier not in sight.windows.tier_names(sight.today):
        return False
    span = span_on(sight.windows.timeline(tier, line, release), sight.today)
    return span is not None and span.state is Covered.COVERED and span.until is None
