"""What the parts of a policy document may be: texts, counts, names, days, lengths, mappings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from datetime import date, time
from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec
from msgspec import Meta

from lifecycle.calendar.lengths import Length
from lifecycle.calendar.zones import zone
from lifecycle.documents.patterns import SLUG
from lifecycle.documents.storable_text import is_blank
from lifecycle.documents.suggestions import suggest
from lifecycle.documents.type_descriptions import UnfitValueError, reads, says
from lifecycle.documents.value_faults import plain
from lifecycle.errors import BadRequest
from lifecycle.policy.gate_rules import GATE_RULES

MOST = 1000
LARGEST = 10**100
LONGEST_MONTHS = 1200
LONGEST_DAYS = 36525
NO_LENGTH = "must be a length of time, such as `6 months` or `14 days`"
_RESERVED = frozenset({"default", "stages", "longest"})
_COUNTRY = re.compile("[A-Z]{2}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LENGTH = re.compile(r"(\d{1,6}) (day|week|month|year)s?")
UNITS = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping whose keys are all known."""

    CALLED: ClassVar[str] = "a mapping of keys to values"


def check_text(value: Any, longest: int) -> None:
    """Check one line of text; its characters are checked with those of all others."""
    if isinstance(value, bool):
        raise UnfitValueError("is a truth value, not text; quote it", "text in quotes")
    if isinstance(value, int | float):
        digits = str(value) if abs(value) < LARGEST else "…"
        raise UnfitValueError(f'is a number, not text; quote it: "{digits}"', "text in quotes")
    if isinstance(value, date):
        fault = f'is a day, not text; quote it: "{value.isoformat()}"'
        raise UnfitValueError(fault, "text in quotes")
    if not isinstance(value, str):
        raise UnfitValueError("must be text", "text")
    if is_blank(value) or len(value) > longest:
        allowed = f"1 to {longest} characters"
        raise UnfitValueError(f"must have {allowed}", allowed)


def check_name(value: Any) -> None:
    """Check a name that stands in addresses and as a key: lower-case, without spaces."""
    if not isinstance(value, str):
        return
    if value in _RESERVED:
        raise UnfitValueError("is a reserved word; choose another name")
    if re.fullmatch(SLUG, value):
        return
    better = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")[:100]
    hint = f", such as `{better}`" if better else ""
    raise UnfitValueError(
        f"must be lower-case letters, digits, dots, dashes and underscores{hint}",
        "a-z, 0-9, `.`, `_` and `-`, at most 100",
    )


def check_rule(value: Any) -> None:
    """Check the id of a gate's rule."""
    if isinstance(value, str) and value not in GATE_RULES:
        fault = f"is not a rule of the gate{suggest(value, GATE_RULES)}"
        raise UnfitValueError(fault, ", ".join(sorted(GATE_RULES)))


def check_true(value: Any) -> None:
    """Check a rule that has no terms: it is stated or left out."""
    if value is not True:
        raise UnfitValueError("must be true; to do without this rule, leave it out", "true")


def read_clock(value: Any) -> time:
    """Read a time of day; YAML 1.1 readers turn an unquoted 18:00 into the number 1080."""
    allowed = "HH:MM in quotes"
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        raise UnfitValueError(f'must be quoted: "{value // 60:02}:{value % 60:02}"', allowed)
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise UnfitValueError('must be a time of day, such as "09:00", up to "23:59"', allowed)
    return time(int(match[1]), int(match[2]))


def check_zone(value: Any) -> None:
    """Check the name of a time zone."""
    check_text(value, 100)
    try:
        zone(value)
    except BadRequest as error:
        fault = error.detail.partition(": ")[2].rstrip(".")
        raise UnfitValueError(fault, "an IANA zone, such as Europe/Berlin") from None


def check_holidays(value: Any) -> None:
    """Check the name of a holiday calendar; YAML 1.1 readers turn an unquoted NO into false."""
    allowed = "a country such as `US`, or one of its parts such as `US-NY`"
    if value is False:
        raise UnfitValueError('must be quoted: "NO"', allowed)
    check_text(value, 50)
    from holidays import country_holidays  # noqa: PLC0415 - slow to load, and seldom needed

    country, _, part = value.partition("-")
    try:
        calendar = _COUNTRY.fullmatch(country) and country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        calendar = None
    if calendar is None:
        raise UnfitValueError("is not a known holiday calendar", allowed)


def check_distinct(values: Any) -> None:
    """Refuse a list that says something twice."""
    counts = Counter(v for v in values if isinstance(v, Hashable)) if _listed(values) else {}
    twice = sorted(str(plain(value)) for value, count in counts.items() if count > 1)
    if twice:
        raise UnfitValueError(f"must not repeat {', '.join(twice)}")


def _listed(values: Any) -> bool:
    return isinstance(values, list | tuple)


def bounded(length: Length) -> Length:
    """Refuse a length that is nothing, or beyond a hundred years.

    >>> bounded(Length(months=1200))
    Length(months=1200, days=0)
    """
    days = length.months * (LONGEST_DAYS / LONGEST_MONTHS) + length.days
    if not 1 <= days <= LONGEST_DAYS:
        raise UnfitValueError("must be at least a day and at most 100 years")
    return length


def parse_length(text: str) -> Length:
    """Read a length of calendar time; anything else is a ``ValueError``.

    >>> parse_length("18 months")
    Length(months=18, days=0)
    """
    match = _LENGTH.fullmatch(" ".join(text.lower().split()))
    if not match:
        raise UnfitValueError(NO_LENGTH)
    count, (months, days) = int(match[1]), UNITS[match[2]]
    return bounded(Length(months=count * months, days=count * days))


def check_length(value: Any) -> None:
    """Check the text of a length of calendar time."""
    try:
        check_text(value, 100)
        parse_length(value)
    except UnfitValueError as error:
        example = "a length such as `14 days` or `6 months`"
        raise UnfitValueError(str(error), example) from None


def check_floor(value: Any) -> None:
    """Check a length that may be written as a text or as a mapping, which has a shape."""
    if isinstance(value, str):
        check_length(value)


Count: TypeAlias = Annotated[int, Meta(ge=1, le=MOST)]
Name: TypeAlias = Annotated[str, reads(check_name)]
Title: TypeAlias = Annotated[str, reads(lambda value: check_text(value, 100))]
Lines: TypeAlias = Annotated[
    tuple[Annotated[str, reads(lambda value: check_text(value, 500))], ...],
    Meta(max_length=100),
    reads(check_distinct),
]
Stated: TypeAlias = Annotated[bool | None, reads(check_true)]
LengthText: TypeAlias = Annotated[str | None, reads(check_length)]
Clock: TypeAlias = Annotated[str, reads(read_clock), says('a time of day, such as "09:00"')]
Span: TypeAlias = Annotated[int, Meta(ge=1, le=LONGEST_DAYS)]


class LengthIn(Shape, frozen=True):
    """``{years: 2}``, ``{months: 6}`` and the like; several add up."""

    years: Span = 0
    months: Span = 0
    weeks: Span = 0
    days: Span = 0

    def __post_init__(self) -> None:
        """Refuse a sum that is no length that anybody promises."""
        try:
            bounded(self.length())
        except UnfitValueError as error:
            allowed = "years, months, weeks and days that add up"
            raise UnfitValueError(str(error), allowed) from None

    def length(self) -> Length:
        """Give the sum of the parts."""
        return Length(months=self.years * 12 + self.months, days=self.weeks * 7 + self.days)


def length_document(length: Length) -> dict[str, int]:
    """Write a length in the largest units that say it exactly."""
    months, days = length.months, length.days
    if months and not months % 12 and not days:
        return {"years": months // 12}
    return {unit: n for unit, n in (("months", months), ("days", days)) if n}
