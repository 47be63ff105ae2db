"""Lead times: the first day on which a change may take effect, by the notice periods owed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date, time
from typing import TYPE_CHECKING, TypeAlias, assert_never
from zoneinfo import ZoneInfo

import msgspec

from lifecycle.calendar.business import BusinessHours, add_business_days
from lifecycle.calendar.estimates import Estimate, combine
from lifecycle.calendar.lengths import add_days
from lifecycle.policy.notice_periods import BestEffort, BusinessDays, Kind, Lead, Longest, Releases
from lifecycle.policy.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.policy.notice_periods import Period
    from lifecycle.policy.policies import Policy

WEEKDAYS = BusinessHours(frozenset(range(5)), time(9), time(17), None, ZoneInfo("UTC"))
"""What business days are where a policy does not say: Monday to Friday."""

_SUPPORT = re.compile(r"support of (.+) until (\d{4}-\d\d-\d\d)")


class Counted(msgspec.Struct, frozen=True):
    """The day the last of so many releases came out; or None, and an estimate if there is one."""

    day: date | None
    projected: Estimate | None = None


Following: TypeAlias = Callable[[Releases, date], Counted]
"""Counts the releases of a granularity after a day: when the last of them came out, or may."""


class Earliest(msgspec.Struct, frozen=True):
    """The first day on which a change may take effect, by all that is certain.

    ``rule`` says in words which releases must have come out by then as well, ``projected`` when
    that may be.
    """

    day: date
    rule: str | None = None
    projected: Estimate | None = None


class ChangeTerms(msgspec.Struct, frozen=True):
    """What is asked of the policies: a kind of change, for a tier, and its feature's stage.

    ``bound_from`` is the first day whose policy binds what changes; None where that is not known,
    and so every policy is taken to.
    """

    kind: Kind
    tier: str
    stage: Stage | None = None
    bound_from: date | None = None


class Owed(msgspec.Struct, frozen=True):
    """What a tier is owed before a change, and the policy that says so.

    ``period`` in words is None where the stage is exempt. A policy that was succeeded may be the
    one that decides.
    """

    tier: str
    period: str | None
    earliest: Earliest
    policy: str


def write_support(line: str, last_day: date) -> str:
    """Write as a period what a window promises: a line's support up to a day.

    >>> read_support(write_support("3.34", date(2027, 1, 5)))
    ('3.34', datetime.date(2027, 1, 5))
    """
    return f"support of {line} until {last_day}"


def read_support(period: str) -> tuple[str, date] | None:
    """Read the line and the day from such a period, as revisions record it."""
    match = _SUPPORT.fullmatch(period)
    return (match[1], date.fromisoformat(match[2])) if match else None


def earliest_day(
    period: Period | None, announced_on: date, *, hours: BusinessHours | None, following: Following
) -> Earliest:
    """Give the first day on which what is announced on a local day may take effect.

    Who is owed no period may be told on the day itself; best effort is told before.

    >>> from lifecycle.calendar.lengths import Length
    >>> none_yet = lambda period, after: Counted(None)
    >>> month = Longest((Lead(Length(months=1)), BestEffort()))
    >>> earliest_day(month, date(2026, 1, 31), hours=None, following=none_yet).day.isoformat()
    '2026-02-28'
    """
    match period:
        case None:
            return Earliest(announced_on)
        case Lead(length):
            return Earliest(length.after(announced_on))
        case BusinessDays(count):
            return Earliest(add_business_days(announced_on, count, hours or WEEKDAYS))
        case BestEffort():
            return Earliest(add_days(announced_on, 1))
        case Releases():
            return _after_releases(period, announced_on, following)
        case Longest(periods):
            return latest(
                [
                    earliest_day(part, announced_on, hours=hours, following=following)
                    for part in periods
                ]
            )
    assert_never(period)


def _after_releases(period: Releases, announced_on: date, following: Following) -> Earliest:
    """Let the last of the releases that follow bring the change."""
    tomorrow, counted = add_days(announced_on, 1), following(period, announced_on)
    if counted.day is not None:
        return Earliest(max(tomorrow, counted.day))
    projected = counted.projected and counted.projected.not_before(tomorrow)
    return Earliest(tomorrow, str(period), projected)


def latest(several: Sequence[Earliest]) -> Earliest:
    """Give the first day on which all of several allow the change."""
    day = max(earliest.day for earliest in several)
    ruled = [earliest for earliest in several if earliest.rule]
    if not ruled:
        return Earliest(day)
    rule = " and ".join(dict.fromkeys(earliest.rule for earliest in ruled if earliest.rule))
    projected = combine([earliest.projected for earliest in ruled], max)
    return Earliest(day, rule, projected and projected.not_before(day))


def owed(
    policies: Sequence[Policy], terms: ChangeTerms, announced_on: date, *, following: Following
) -> Owed | None:
    """Give what a tier is owed before a change announced on a local day; None without a policy.

    The policy in force that day decides, and every earlier one under which the changed thing
    existed already: never earlier than the day that one was succeeded plus its own period (design,
    section 3.3). ``policies`` come in order of their days.
    """
    begun = [policy for policy in policies if policy.in_force_from <= announced_on]
    if not begun:
        return None
    by_policy = [_owed(begun[-1], terms, announced_on, following)]
    for earlier, successor in itertools.pairwise(begun):
        existed = terms.bound_from is None or terms.bound_from < successor.in_force_from
        if existed and any(tier.name == terms.tier for tier in earlier.tiers):
            by_policy.append(_owed(earlier, terms, successor.in_force_from, following))
    deciding = max(reversed(by_policy[1:]), key=_ends, default=by_policy[0])
    deciding = deciding if _ends(deciding) > _ends(by_policy[0]) else by_policy[0]
    return msgspec.structs.replace(deciding, earliest=latest([owed.earliest for owed in by_policy]))


def _owed(policy: Policy, terms: ChangeTerms, from_day: date, following: Following) -> Owed:
    period = policy.period(terms.kind, terms.tier, terms.stage)
    return Owed(
        terms.tier,
        None if period is None else str(period),
        earliest_day(period, from_day, hours=policy.business_hours, following=following),
        f"{policy.name} {policy.version}",
    )


def _ends(owed: Owed) -> tuple[date, bool]:
    return owed.earliest.day, owed.earliest.rule is not None


def more_releases(rule: str) -> str:
    """Return the words of ``Earliest.rule`` as what is still to come.

    >>> more_releases("3 minor releases and 1 release")
    '3 more minor releases and 1 more release'
    """
    return re.sub(r"\b(\d+) ", r"\1 more ", rule)
