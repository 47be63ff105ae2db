"""Deprecations in sentences; a day in one is a piece apart, so that pages write it as they do all.

What is only announced is never said as gone (pure).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.calendar.lengths import add_days
from lifecycle.deprecations.notices import letters, wording
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.deprecations.states import Status
from lifecycle.documents.text_directions import isolated
from lifecycle.policy.lead_times import read_support
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.tier_labels import name_tiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.answers.deprecation_summaries import (
        DeprecationSummary,
        RevisionSummary,
        TierDay,
    )
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.deprecation_outputs import DeprecationOut


class Uncounted(NamedTuple):
    """A day that nobody counts to: what should have come then will not."""

    uncounted: date


Pieces: TypeAlias = list[str | date | Uncounted]
"""A sentence: a day in it is shown with its distance from today, unless it is uncounted."""

MOST_NAMED = 6
LONGEST_THING = 160
STATUS_LABELS = {
    Status.ANNOUNCED: "Announced",
    Status.EFFECTIVE: "In effect",
    Status.WITHDRAWN: "Withdrawn",
}
STATUS_TONES = {
    Status.ANNOUNCED: "ending",
    Status.EFFECTIVE: "unsupported",
    Status.WITHDRAWN: "unknown",
}
"""The look of a version's status that each of them shares."""

_BETWEEN = {
    Kind.END_OF_SUPPORT: "support for {} ends",
    Kind.REMOVAL: "the removal of {} takes effect",
    Kind.BREAKING_CHANGE: "the breaking change to {} takes effect",
    Kind.DISCONTINUATION: "the discontinuation of {} takes effect",
}
"""What is in effect for some tiers, and not yet for others."""


def name_change(content: DeprecationIn | DeprecationOut, product_name: str) -> str:
    """Name what a deprecation changes, in one short line.

    >>> from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    >>> name_change(DeprecationIn(product="p", kind="removal", feature="rest"), "Studio")
    'Removal of rest in Studio'
    """
    changed = What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        whole_product=content.whole_product,
    )
    name = isolated(product_name)
    if content.lines and len(content.lines) > MOST_NAMED:
        more = len(content.lines) - MOST_NAMED
        scope = f"{name} {', '.join(content.lines[:MOST_NAMED])} and {more} more"
    else:
        scope = wording.thing(name, changed)
    noun = wording.NOUNS[content.kind].format(scope)
    return noun[:1].upper() + noun[1:]


def heading(summary: DeprecationSummary) -> str:
    """Name a deprecation: the same words whatever day it is."""
    return _capital(wording.NOUNS[summary.kind].format(thing(summary)))


def thing(summary: DeprecationSummary) -> str:
    """Name what changes, briefly where it is a lot; a feature by its name, if it has one."""
    name, changed = isolated(summary.product_name), _isolated_name(summary.what)
    changed = msgspec.structs.replace(changed, feature=changed.feature_name or changed.feature)
    if changed.lines and len(changed.lines) > MOST_NAMED:
        unnamed = len(changed.lines) - MOST_NAMED
        return f"{name} {', '.join(changed.lines[:MOST_NAMED])} and {unnamed} more"
    text = wording.thing(name, changed)
    return f"some versions of {name}" if changed.range and len(text) > LONGEST_THING else text


def scope(summary: DeprecationSummary) -> str:
    """Name what of the product changes, in full."""
    return wording.capital(wording.scope(_isolated_name(summary.what)))


def sentence(summary: DeprecationSummary, today: date) -> Pieces:
    """Say what happens when and to whom, or that it will not."""
    if summary.status is Status.WITHDRAWN:
        return list(_withdrawn(summary))
    days = [day.effective_on for day in summary.days]
    words = wording.PAST if max(days) <= today else wording.FUTURE
    if min(days) <= today < max(days):
        words = _BETWEEN
    verb = wording.capital(words[summary.kind].format(thing(summary)))
    return [verb, *_days(summary, shift=-1 if summary.is_end_of_support else 0), "."]


def when(summary: DeprecationSummary) -> Pieces:
    """Say for whom and on which days, with a space before."""
    return list(_days(summary))


def grouped_moves(revision: RevisionSummary) -> list[tuple[str, date | None, date | None]]:
    """Return the tiers whose day moved alike, with the day before and after."""
    tiers: defaultdict[tuple[date | None, date | None], list[str]] = defaultdict(list)
    for move in revision.moves:
        tiers[move.before, move.after].append(move.tier)
    return [(name_tiers(alike), before, after) for (before, after), alike in tiers.items()]


def day_name(summary: DeprecationSummary) -> str:
    """Name the day that counts: the first on which the change is in force."""
    return "without support from" if summary.is_end_of_support else "in force from"


def advice(summary: DeprecationSummary) -> str:
    """Say what to do where nobody has."""
    before = "soon" if summary.status is Status.EFFECTIVE else "before that day"
    return letters.TO_DO[summary.kind].format(before=before)


def count_days(days: int) -> str:
    """Count days.

    >>> count_days(1), count_days(30)
    ('1 day', '30 days')
    """
    return f"{days} day{'s' * (days != 1)}"


def promise(day: TierDay) -> str:
    """Say how much notice a tier was promised before a change.

    >>> from lifecycle.answers.deprecation_summaries import TierDay
    >>> days = {"effective_on": date(2027, 1, 6), "announced_on": date(2026, 11, 1)}
    >>> owed = {"is_owed": True, "earliest": date(2027, 1, 6), "policy": "promise 1"}
    >>> period = "support of 3.34 until 2027-01-05"
    >>> promise(TierDay(tier="pro", period=period, **days, **owed))
    'support for 3.34 until 5 January 2027'
    >>> promise(TierDay(tier="pro", period=None, **days, **owed))
    'none: this stage is exempt'
    """
    return write_period(day.period) if day.is_owed else "not recorded"


def write_period(period: str | None) -> str:
    """Write the notice that a tier is owed; None is none at all."""
    if period is None:
        return "none: this stage is exempt"
    if support := read_support(period):
        line, last_day = support
        return f"support for {line} until {write_day(last_day)}"
    return period


def clock_time(at: datetime) -> str:
    """Write an instant out, in UTC.

    >>> clock_time(datetime(2026, 12, 7, 15, 4))
    '7 December 2026 at 15:04 UTC'
    """
    return f"{write_day(at.date())} at {at:%H:%M} UTC"


def _withdrawn(summary: DeprecationSummary) -> Iterator[str | date | Uncounted]:
    withdrawn_on = summary.latest.on_day
    was_in_effect = all(day.effective_on <= withdrawn_on for day in summary.days)
    yield f"{heading(summary)} {'took effect' if was_in_effect else 'was to take effect'}"
    for piece in _days(summary):
        yield Uncounted(piece) if isinstance(piece, date) else piece
    yield ". It was withdrawn on "
    yield withdrawn_on
    yield " and no longer applies; nothing needs to be done."


def _days(summary: DeprecationSummary, *, shift: int = 0) -> Iterator[str | date]:
    """Yield for whom and on which days; with a ``shift`` of -1, after which."""
    days = _by_day(summary.days)
    for place, (day, tiers) in enumerate(days.items()):
        joint = "" if not place else " and" if place == len(days) - 1 else ","
        yield f"{joint} for {name_tiers(tiers)} {'after' if shift else 'on'} "
        yield add_days(day, shift)


def _by_day(days: Sequence[TierDay]) -> dict[date, list[str]]:
    """Return the tiers of each distinct day, the first day first."""
    tiers: defaultdict[date, list[str]] = defaultdict(list)
    for day in days:
        tiers[day.effective_on].append(day.tier)
    return dict(sorted(tiers.items()))


def _isolated_name(changed: What) -> What:
    name = isolated(changed.feature_name or "")
    return msgspec.structs.replace(changed, feature_name=name or None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
