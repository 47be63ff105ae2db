"""Notice periods: the lead time owed before a change, by its kind, tier and stage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

import msgspec
from msgspec import Meta, inspect

from lifecycle.calendar.lengths import Length
from lifecycle.documents.type_descriptions import UnfitValueError, chooses, reads, says
from lifecycle.documents.value_faults import plain
from lifecycle.policy.field_types import UNITS, Shape, parse_length
from lifecycle.policy.stages import MATURITY, Stage
from lifecycle.policy.windows import Granularity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


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


_PERIOD = re.compile(r"(\d{1,6}) ((?:[a-z]+ )?[a-z]+?)s?")
_COUNTED = frozenset({Granularity.PATCH, Granularity.MINOR, Granularity.MAJOR})
MOST_RELEASES = 1000
MOST_PERIODS = 10
NO_PERIOD = "is not a valid notice period; use one such as `90 days`"
PERIODS = (
    "`90 days`, `6 months`, `10 business days`, `3 minor releases`, `best effort`, or "
    "`{longest: [9 months, 3 minor releases]}`"
)


def parse_period(text: str) -> Period:
    """Read a single notice period; anything else is a ``ValueError`` that says what is allowed.

    >>> parse_period("3 minor releases")
    Releases(count=3, of=<Granularity.MINOR: 'minor'>)
    """
    words = " ".join(text.lower().split())
    if words in {"best effort", "best-effort"}:
        return BestEffort()
    match = _PERIOD.fullmatch(words)
    if not match:
        raise ValueError(NO_PERIOD)
    count, unit = int(match[1]), match[2]
    if unit in UNITS:
        return Lead(parse_length(words))
    if not 1 <= count <= MOST_RELEASES:
        raise ValueError(f"must be from 1 to {MOST_RELEASES}")
    if unit == "business day":
        return BusinessDays(count)
    granularity, _, release = unit.rpartition(" ")
    if release == "release" and granularity in {"", *_COUNTED}:
        return Releases(count, Granularity(granularity or "release"))
    raise ValueError(NO_PERIOD)


def read_period(value: Any) -> Period:
    """Read a notice period: text, or the longest of several."""
    if isinstance(value, Mapping) and set(value) == {"longest"}:
        return _longest(value["longest"])
    if isinstance(value, int) and not isinstance(value, bool):
        raise UnfitValueError(f"must say what it counts, such as `{plain(value)} days`", PERIODS)
    if not isinstance(value, str):
        raise UnfitValueError(NO_PERIOD, PERIODS)
    try:
        return parse_period(value)
    except ValueError as error:
        raise UnfitValueError(str(error), PERIODS) from None


def _longest(values: Any) -> Longest:
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_PERIODS:
        raise UnfitValueError("must list one to ten notice periods under `longest`", PERIODS)
    return Longest(tuple(_one_of_longest(value) for value in values))


def _one_of_longest(value: Any) -> Period:
    if not isinstance(value, str):
        raise UnfitValueError("must list notice periods as text under `longest`", PERIODS)
    try:
        return parse_period(value)
    except ValueError as error:
        raise UnfitValueError(f"lists `{value[:100]}`, which {error}", PERIODS) from None


PeriodIn: TypeAlias = Annotated[Any, reads(read_period)]
_PERIOD_IN = inspect.type_info(PeriodIn)


def _period_or_none(value: Any) -> inspect.Type:
    return inspect.NoneType() if value is None else _PERIOD_IN


class StageTermsIn(msgspec.Struct, frozen=True):
    """What one stage owes: to every tier, and under its name to a tier."""

    CALLED: ClassVar[str] = Shape.CALLED
    OTHERS: ClassVar[inspect.Type] = _PERIOD_IN

    default: Annotated[Any, chooses(_period_or_none, _PERIOD_IN)] = None


class KindTermsIn(StageTermsIn, frozen=True, kw_only=True):
    """What one kind of change owes: to every tier, to a tier, and by a feature's stage."""

    default: Annotated[PeriodIn, says("the period for every tier that is not named")]
    stages: StagesIn | None = None


def _terms(shape: type[StageTermsIn]) -> Meta:
    """Let a bare period, or none, stand for a mapping with nothing but a default."""
    by_tier = inspect.type_info(shape)

    def choose(value: Any) -> inspect.Type:
        if value is None:
            return inspect.NoneType()
        return by_tier if isinstance(value, Mapping) and "longest" not in value else _PERIOD_IN

    return chooses(choose, by_tier, _PERIOD_IN)


StageTerms: TypeAlias = Annotated[Any, _terms(StageTermsIn)]


class StagesIn(Shape, frozen=True):
    """Notice periods that differ by a feature's stage."""

    experimental: StageTerms = None
    alpha: StageTerms = None
    beta: StageTerms = None
    preview: StageTerms = None
    ga: StageTerms = None


KindTerms: TypeAlias = Annotated[Any, _terms(KindTermsIn)]


class NoticeIn(Shape, frozen=True):
    """Notice periods by kind of change."""

    end_of_support: KindTerms = None
    removal: KindTerms = None
    breaking_change: KindTerms = None
    discontinuation: KindTerms = None

    def terms(self) -> dict[Kind, NoticeTerms]:
        """Give the terms of the kinds that are stated."""
        stated = {kind: getattr(self, kind.value) for kind in Kind}
        return {kind: _read_terms(terms) for kind, terms in stated.items() if terms is not None}


def _read_terms(stated: Any) -> NoticeTerms:
    if not isinstance(stated, Mapping) or "longest" in stated:
        return NoticeTerms(read_period(stated))
    by_stage = stated.get("stages") or {}
    stages = {s: _read_terms(by_stage[s]) for s in MATURITY if by_stage.get(s) is not None}
    default = stated.get("default")
    return NoticeTerms(
        default if default is None else read_period(default),
        {
            tier: read_period(period)
            for tier, period in stated.items()
            if tier not in {"default", "stages"}
        },
        stages,
    )


def period_document(period: Period) -> Any:
    """Write a period as a policy document states it.

    >>> period_document(Longest((Lead(Length(months=3)), Releases(1, Granularity.MINOR))))
    {'longest': ['3 months', '1 minor release']}
    """
    if isinstance(period, Longest):
        return {"longest": [str(part) for part in period.periods]}
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
