"""Days that were announced and will not come: withdrawn, or dropped as an announcement narrowed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.deprecations.states import RevisionChange
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.public_histories import PublicHistory, PublicRevision


class TakenBack(NamedTuple):
    """The ``day`` on which a change was to be in force for tiers, before a revision took it back.

    Of an end of lines' support it is about one ``line``; None of everything else.
    """

    line: str | None
    tiers: tuple[str, ...]
    day: date
    by: PublicRevision


def taken_back(history: PublicHistory) -> Iterator[TakenBack]:
    """Yield what does not stand any more, unless its day had come by then."""
    last: dict[tuple[str | None, str], tuple[int, date]] = {}
    for place, revision in enumerate(history.revisions):
        if RevisionChange.WITHDRAWN in revision.changes:
            continue
        for line in lines_in(revision.content):
            last.update({(line, tier): (place, day) for tier, day in revision.days.items()})
    alike: defaultdict[tuple[str | None, int, date], list[str]] = defaultdict(list)
    for (line, tier), (place, day) in last.items():
        alike[line, place + 1, day].append(tier)
    for (line, place, day), tiers in alike.items():
        if place < len(history.revisions) and day > history.revisions[place].on_day:
            yield TakenBack(line, tuple(tiers), day, history.revisions[place])


def lines_in(content: DeprecationIn) -> tuple[str | None, ...]:
    """Return the lines whose support a change ends; one that ends no single line's has none."""
    return (content.lines if content.kind is Kind.END_OF_SUPPORT else None) or (None,)
