"""What a product's pages say first, in sentences (pure)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lifecycle.calendar.days import write_day
from lifecycle.calendar.distances import distance
from lifecycle.documents.word_lists import listed
from lifecycle.policy.tier_labels import name_tiers
from lifecycle.support.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lifecycle.answers.product_overviews import NextEnds, Overview, TierCoverage

STATUS_LABELS = {
    Status.SUPPORTED: "Supported",
    Status.ENDING: "Ending",
    Status.BEST_EFFORT: "Best effort",
    Status.UNSUPPORTED: "Not supported",
    Status.PRERELEASE: "Prerelease",
    Status.WITHDRAWN: "Withdrawn",
    Status.PLANNED: "Planned",
    Status.UNKNOWN: "Not declared",
}
SHORTEST_RUN = 3
MOST_NAMED = 6


def overview_sentences(overview: Overview, today: date, *, counts_days: bool = True) -> list[str]:
    """Say which version is the newest, what each tier covers, and what ends next.

    Who reads it on another day is better told the day alone: ``counts_days`` is then False.
    """
    sentences = []
    if overview.newest:
        sentences.append(f"{overview.newest} is the newest version.")
    if clauses := _clauses(overview.tiers):
        text = "; ".join(clauses)
        sentences.append(f"{text[:1].upper()}{text[1:]}.")
    if overview.next_ends:
        sentences.append(next_ends_sentence(overview.next_ends, today if counts_days else None))
    return sentences


def covered_names(names: Sequence[str], *, unbroken: bool) -> str:
    """Name what is covered; a run of lines by its ends.

    >>> covered_names(["3.39", "3.38", "3.37"], unbroken=True)
    '3.39 down to 3.37'
    >>> covered_names(["3.39", "3.37"], unbroken=False)
    '3.39 and 3.37'
    """
    if unbroken and len(names) >= SHORTEST_RUN:
        return f"{names[0]} down to {names[-1]}"
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return listed(names)


def next_ends_sentence(ends: NextEnds, today: date | None) -> str:
    """Say what ends next, for whom and when; an estimate is called one.

    Without ``today``, a day stands without its distance.

    >>> from datetime import date
    >>> from lifecycle.answers.product_overviews import NextEnds
    >>> ends = NextEnds({"pro": ("1.3",)}, date(2029, 5, 31))
    >>> next_ends_sentence(ends, date(2026, 11, 30))
    'Next to end: 1.3 for Pro, covered until 31 May 2029 (in 30 months).'
    >>> ends = NextEnds({"standard": ("1.3",), "pro": ("1.3",)}, date(2029, 5, 31))
    >>> next_ends_sentence(ends, None)
    'Next to end: 1.3 for Standard and Pro, covered until 31 May 2029.'
    """
    tiers: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for tier, of_tier in ends.names.items():
        tiers[of_tier].append(tier)
    names = listed(
        [f"{listed(versions)} for {name_tiers(group)}" for versions, group in tiers.items()]
    )
    if ends.last_day is not None:
        counted = f" ({distance(ends.last_day, today)})" if today else ""
        until = f"{write_day(ends.last_day)}{counted}"
        return f"Next to end: {names}, covered until {until}."
    if ends.estimate is None:
        return f"Next to end: {names}, on a day not known yet."
    return (
        f"Next to end: {names}, about {write_day(ends.estimate.median)}"
        " by estimate; releases that are not out yet decide it."
    )


def _clauses(coverages: Sequence[TierCoverage]) -> list[str]:
    """Say what tiers cover, once for those that cover the same.

    >>> from lifecycle.answers.product_overviews import TierCoverage
    >>> pro, plus = (TierCoverage(name, ("1.3",), True, False) for name in ("pro", "plus"))
    >>> _clauses([pro, plus, TierCoverage("lts", (), True, False)])
    ['Pro and Plus cover 1.3', 'LTS covers no version today']
    """
    alike: defaultdict[tuple[object, ...], list[TierCoverage]] = defaultdict(list)
    for coverage in coverages:
        alike[coverage.names, coverage.unbroken, coverage.best_effort].append(coverage)
    return [_clause(group) for group in alike.values()]


def _clause(alike: Sequence[TierCoverage]) -> str:
    coverage, tier = alike[0], name_tiers(coverage.tier for coverage in alike)
    verb = "covers" if len(alike) == 1 else "cover"
    if coverage.names:
        return f"{tier} {verb} {covered_names(coverage.names, unbroken=coverage.unbroken)}"
    if coverage.best_effort:
        return f"{tier} support is best effort"
    return f"{tier} {verb} no version today"
