"""Whether a line that is declared anew promises less than before (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.support.intervals import covers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.policy.windows import Phase
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import DeclaredDay
    from lifecycle.support.intervals import Timeline


def shrunk(
    before: Mapping[Phase, DeclaredDay], after: Mapping[Phase, DeclaredDay], *, today: date
) -> list[Phase]:
    """Name the phases that end earlier, or about which nothing is said any more.

    ``True`` (over) is earlier than any day. ``False`` (no end known) promised no day, so that a
    first one takes nothing back unless it lies before ``today``; what was not declared was not
    promised.

    >>> today = date(2026, 11, 21)
    >>> shrunk({"end_of_life": date(2027, 1, 31)}, {"end_of_life": date(2027, 1, 30)}, today=today)
    ['end_of_life']
    >>> shrunk({"end_of_life": False}, {"end_of_life": date(2027, 1, 31)}, today=today)
    []
    >>> shrunk({"end_of_life": False}, {"end_of_life": date(2026, 11, 20)}, today=today)
    ['end_of_life']
    """
    return [
        phase
        for phase, day in before.items()
        if day is not True
        and (phase not in after or _last(after[phase]) < (today if day is False else day))
    ]


def lts_shrunk(before: date | bool | None, after: date | bool | None) -> bool:  # noqa: FBT001
    """Return whether long-term support, which holds from a day on, begins later or not at all.

    >>> lts_shrunk(date(2026, 10, 1), date(2026, 9, 1)), lts_shrunk(True, date(2026, 9, 1))
    (False, True)
    """
    return _begins(after) > _begins(before)


def loses_days(before: Coverage, after: Coverage, line: str) -> bool:
    """Return whether some tier has fewer days of support for a line, from today on."""
    tiers = {tier.name for policy in before.facts.policies for tier in policy.tiers}
    return any(
        _loses(before.timeline(tier, line), after.timeline(tier, line), before.today)
        for tier in tiers
    )


def _loses(before: Timeline, after: Timeline, today: date) -> bool:
    changes = {today, *(day for span in after for day in (span.first, span.until) if day)}
    changes |= {span.first for span in before}
    return any(covers(before, day) and not covers(after, day) for day in changes if day >= today)


def _last(day: DeclaredDay) -> date:
    if isinstance(day, bool):
        return date.min if day else date.max
    return day


def _begins(lts: date | bool | None) -> date:  # noqa: FBT001
    if isinstance(lts, bool) or lts is None:
        return date.min if lts else date.max
    return lts
