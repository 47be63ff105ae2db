"""Notice periods: the lead time owed before a change, by its kind, tier and stage."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from lifecycle.calendar.lengths import Length
from lifecycle.policy.stages import Stage
from lifecycle.policy.windows import Granularity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class Kind(StrEnum):
    """What a deprecation changes."""

    END_OF_SUPPORT = "end_of_support"
    REMOVAL = "removal"
    BREAKING_CHANGE = "breaking_change"
    DISCONTINUATION = "discontinuation"


class Lead(msgspec.Struct, frozen=True):
    """So many calendar days or months."""

    length: Length

    def __str__(self) -> str:
        return str(self.length)


class BusinessDays(msgspec.Struct, frozen=True):
    """So many business days; the first is the day after the announcement."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} business day{'s' * (self.count != 1)}"


class Releases(msgspec.Struct, frozen=True):
    """So many releases of a granularity; ``release`` counts every one."""

    count: int
    of: Granularity

    def __str__(self) -> str:
        unit = "" if self.of is Granularity.RELEASE else f"{self.of} "
        return f"{self.count} {unit}release{'s' * (self.count != 1)}"


class BestEffort(msgspec.Struct, frozen=True):
    """Announced before it takes effect, however shortly."""

    def __str__(self) -> str:
        return "best effort"


class Longest(msgspec.Struct, frozen=True):
    """Whichever of the ``periods`` ends last."""

    periods: tuple[Period, ...]

    def __str__(self) -> str:
        return f"{' or '.join(map(str, self.periods))}, whichever is longer"


Period: TypeAlias = Lead | BusinessDays | Releases | BestEffort | Longest


class NoticeTerms(msgspec.Struct, frozen=True):
    """What one kind of change owes: to every tier, to named tiers, and by the feature's stage."""

    default: Period | None = None
    tiers: dict[str, Period] = {}
    stages: dict[Stage, NoticeTerms] = {}


def period_for(
    notice: dict[Kind, NoticeTerms], kind: Kind, tier: str, stage: Stage | None = None
) -> Period:
    """Give the period a tier is owed before such a change; what no rule covers is best effort.

    A stage's own terms go before the kind's, and a tier's before the default.

    >>> notice = {Kind.REMOVAL: NoticeTerms(Lead(Length(days=90)), {"pro": BusinessDays(10)})}
    >>> str(period_for(notice, Kind.REMOVAL, "pro")), str(period_for(notice, Kind.REMOVAL, "free"))
    ('10 business days', '90 days')
    """
    terms = notice.get(kind, NoticeTerms())
    for owed in (terms.stages.get(stage) if stage else None, terms):
        if owed and (period := owed.tiers.get(tier) or owed.default):
            return period
    return BestEffort()


def overruled_periods(
    notice: Mapping[Kind, NoticeTerms], exempt: Collection[Stage]
) -> Iterator[tuple[Kind, Stage]]:
    """Yield the stages whose own periods never apply, since the policy exempts them.

    >>> terms = NoticeTerms(stages={Stage.BETA: NoticeTerms(Lead(Length(days=30)))})
    >>> [str(stage) for _, stage in overruled_periods({Kind.REMOVAL: terms}, {Stage.BETA})]
    ['beta']
    """
    for kind, terms in notice.items():
        yield from ((kind, stage) for stage in terms.stages if stage in exempt)


_PERIOD = re.compile(r"(\d{1,6}) ([a-z]+(?: [a-z]+)?)")
_LENGTHS = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}
_COUNTED = frozenset({Granularity.PATCH, Granularity.MINOR, Granularity.MAJOR})
LONGEST_MONTHS = 1200
LONGEST_DAYS = 36525
MOST_RELEASES = 1000
NO_PERIOD = "is not a valid notice period; use one such as `90 days`"
PERIODS = (
    "`90 days`, `6 months`, `10 business days`, `3 minor releases`, `best effort`, or "
    "`{longest: [9 months, 3 minor releases]}`"
)


def bounded(length: Length) -> Length:
    """Refuse a length that is nothing, or beyond a hundred years, as ``ValueError``.

    >>> bounded(Length())
    Traceback (most recent call last):
    ValueError: must be at least a day and at most 100 years
    """
    days = length.months * (LONGEST_DAYS / LONGEST_MONTHS) + length.days
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError("must be at least a day and at most 100 years")
    return length


def parse_length(text: str) -> Length:
    """Read a length of calendar time; anything else is a ``ValueError``.

    >>> parse_length("18 months")
    Length(months=18, days=0)
    """
    period = parse_period(text)
    if isinstance(period, Lead):
        return period.length
    raise ValueError("must be a length of time, such as `6 months` or `14 days`")


def parse_period(text: str) -> Period:
    """Read a single notice period; anything else is a ``ValueError`` that says what is allowed.

    >>> parse_period("3 minor releases")
    Releases(count=3, of=<Granularity.MINOR: 'minor'>)
    """
    words = " ".join(text.lower().split())
    if words in {"best effort", "best-effort"}:
        return BestEffort()
    found = _PERIOD.fullmatch(words)
    if not found:
        raise ValueError(NO_PERIOD)
    return _measured(int(found[1]), found[2].removesuffix("s"))


def _measured(count: int, unit: str) -> Period:
    if unit in _LENGTHS:
        months, days = _LENGTHS[unit]
        return Lead(bounded(Length(months=count * months, days=count * days)))
    if not 1 <= count <= MOST_RELEASES:
        raise ValueError(f"must be from 1 to {MOST_RELEASES}")
    if unit == "business day":
        return BusinessDays(count)
    of, _, release = unit.rpartition(" ")
    if release == "release" and of in {"", *_COUNTED}:
        return Releases(count, Granularity(of or "release"))
    raise ValueError(NO_PERIOD)


def period_document(period: Period) -> Any:
    """Write a period as a policy document states it.

    >>> period_document(Longest((Lead(Length(months=3)), Releases(1, Granularity.MINOR))))
    {'longest': ['3 months', '1 minor release']}
    """
    if isinstance(period, Longest):
        return {"longest": [str(each) for each in period.periods]}
    return str(period)


def terms_document(terms: NoticeTerms) -> dict[str, Any]:
    """Write what one kind of change owes as a policy document states it."""
    document: dict[str, Any] = {}
    if terms.default:
        document["default"] = period_document(terms.default)
    document |= {tier: period_document(owed) for tier, owed in terms.tiers.items()}
    if terms.stages:
        document["stages"] = {str(s): terms_document(owed) for s, owed in terms.stages.items()}
    return document
