"""The single values of a policy document: what each may be, and what is said when it is not."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from lifecycle.calendar.days import parse_day
from lifecycle.calendar.lengths import Length
from lifecycle.calendar.zones import zone
from lifecycle.documents.patterns import SLUG
from lifecycle.documents.storable_text import is_blank
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest
from lifecycle.policy.gate_rules import GATE_RULES
from lifecycle.policy.notice_periods import (
    LONGEST_DAYS,
    NO_PERIOD,
    PERIODS,
    Longest,
    Period,
    parse_length,
    parse_period,
)
from lifecycle.policy.policies import Announce, Severity, Weekday
from lifecycle.policy.stages import MATURITY, PRE_GA, Stage
from lifecycle.policy.windows import Ends, Granularity, Patches, Phase, Since

E = TypeVar("E", bound=StrEnum)

MOST = 1000
LONGEST_REMINDER = 3650
RESERVED = frozenset({"default", "stages", "longest"})
STORED = "stored"
"""The context of a document that was checked before it was stored."""
_COUNTRY = re.compile("[A-Z]{2}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def refused(message: str, allowed: str | None = None) -> PydanticCustomError:
    """Make the error that says what is wrong with a value, and what may stand in its place."""
    return PydanticCustomError("refused", "{message}", {"message": message, "allowed": allowed})


def _text(value: Any, longest: int) -> str:
    if isinstance(value, bool):
        raise refused("is a truth value, not text; quote it", "text in quotes")
    if isinstance(value, int | float):
        raise refused(f'is a number, not text; quote it: "{value}"', "text in quotes")
    if isinstance(value, date):
        raise refused(f'is a day, not text; quote it: "{value.isoformat()}"', "text in quotes")
    if not isinstance(value, str):
        raise refused("must be text", "text")
    if is_blank(value) or len(value) > longest:
        raise refused(f"must have 1 to {longest} characters", f"1 to {longest} characters")
    return value


def text(longest: int) -> PlainValidator:
    """Check one line of text; its characters were checked before, as those of all others."""
    return PlainValidator(lambda value: _text(value, longest))


def whole(least: int, most: int) -> PlainValidator:
    """Check a whole number within its bounds."""
    allowed = f"a whole number from {least} to {most}"

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refused(f"must be {allowed}", allowed)
        return value

    return PlainValidator(check)


def one_of(kind: type[E], among: tuple[E, ...] = ()) -> PlainValidator:
    """Check a word of an enumeration, or of the part of it that may stand here."""
    words = [str(each) for each in among or tuple(kind)]
    allowed = ", ".join(words)

    def check(value: Any) -> E:
        if isinstance(value, str) and value in words:
            return kind(value)
        hint = suggest(value, words) if isinstance(value, str) else ""
        raise refused(f"must be one of {allowed}{hint}", allowed)

    return PlainValidator(check)


def check_name(value: str) -> str:
    """Check a name that stands in addresses and as a key: lower-case, without spaces."""
    if value in RESERVED:
        raise refused("is a reserved word; choose another name")
    if re.fullmatch(SLUG, value):
        return value
    better = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")[:100]
    hint = f", such as `{better}`" if better else ""
    raise refused(
        f"must be lower-case letters, digits, dots, dashes and underscores{hint}",
        "a-z, 0-9, `.`, `_` and `-`, at most 100",
    )


def check_rule(value: str, info: ValidationInfo) -> str:
    """Check the id of a gate's rule; in a document that was stored it was one, and stays so."""
    if value in GATE_RULES or info.context == STORED:
        return value
    raise refused(
        f"is not a rule of the gate{suggest(value, GATE_RULES)}",
        ", ".join(sorted(GATE_RULES)),
    )


def only_true(value: Any) -> bool:
    """Check a rule that has no terms: it is stated or left out."""
    if value is not True:
        raise refused("must be true; to do without this rule, leave it out", "true")
    return True


def read_day(value: Any) -> date:
    """Read a day, as YAML's own or as ISO text; an instant is no day."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise refused("must be a date, as YYYY-MM-DD", "YYYY-MM-DD")
    try:
        return parse_day(value)
    except BadRequest:
        raise refused("is not a valid date; use YYYY-MM-DD", "YYYY-MM-DD") from None


def read_clock(value: Any) -> time:
    """Read a time of day; YAML 1.1 readers turn an unquoted 18:00 into the number 1080."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        raise refused(f'must be quoted: "{value // 60:02}:{value % 60:02}"', "HH:MM in quotes")
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise refused('must be a time of day, such as "09:00", up to "23:59"', "HH:MM in quotes")
    return time(int(found[1]), int(found[2]))


def read_zone(value: Any) -> str:
    """Check the name of a time zone."""
    name = _text(value, 100)
    try:
        zone(name)
    except BadRequest as error:
        fault = error.detail.partition(": ")[2].rstrip(".")
        raise refused(fault, "an IANA zone, such as Europe/Berlin") from None
    return name


def read_holidays(value: Any, info: ValidationInfo) -> str:
    """Check the name of a holiday calendar; YAML 1.1 readers turn an unquoted NO into false.

    In a document that was stored it was known, and stays so.
    """
    allowed = "a country such as `US`, or one of its parts such as `US-NY`"
    if value is False:
        raise refused('must be quoted: "NO"', allowed)
    name = _text(value, 50)
    country, _, part = name.partition("-")
    if not _COUNTRY.fullmatch(country):
        raise refused("is not a known holiday calendar", allowed)
    if info.context == STORED:
        return name
    from holidays import country_holidays  # noqa: PLC0415 - slow to load, and seldom needed

    try:
        country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise refused("is not a known holiday calendar", allowed) from None
    return name


def read_period(value: Any) -> Period:
    """Read a notice period: text, or the longest of several."""
    if isinstance(value, dict) and set(value) == {"longest"}:
        return _longest(value["longest"])
    if isinstance(value, int) and not isinstance(value, bool):
        raise refused(f"must say what it counts, such as `{value} days`", PERIODS)
    if not isinstance(value, str):
        raise refused(NO_PERIOD, PERIODS)
    try:
        return parse_period(value)
    except ValueError as error:
        raise refused(str(error), PERIODS) from None


def _longest(values: Any) -> Longest:
    if not isinstance(values, list) or not 1 <= len(values) <= 10:  # noqa: PLR2004 - nobody promises more
        raise refused("must list one to ten notice periods under `longest`", PERIODS)
    return Longest(tuple(_one_of_longest(value) for value in values))


def _one_of_longest(value: Any) -> Period:
    if not isinstance(value, str):
        raise refused("must list notice periods as text under `longest`", PERIODS)
    try:
        return parse_period(value)
    except ValueError as error:
        raise refused(f"lists `{value[:100]}`, which {error}", PERIODS) from None


def length_parts(value: Any) -> Any:
    """Let a length be written as text too: `6 months` for `{months: 6}`."""
    if not isinstance(value, str):
        return value
    length = read_length(value)
    return {"months": length.months} if length.months else {"days": length.days}


def read_length(value: Any) -> Length:
    """Read a length of calendar time from its text."""
    example = "a length such as `14 days` or `6 months`"
    try:
        return parse_length(_text(value, 100))
    except ValueError as error:
        raise refused(str(error), example) from None


def read_severity(value: Any) -> Any:
    """Take the ``false`` that YAML 1.1 readers make of an unquoted ``off`` for what it was."""
    return "off" if value is False else value


def distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a list that says something twice."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise refused(f"must not repeat {', '.join(twice)}")
    return values


Distinct = AfterValidator(distinct)

Name: TypeAlias = Annotated[str, AfterValidator(check_name)]
RuleId: TypeAlias = Annotated[str, AfterValidator(check_rule)]
Line: TypeAlias = Annotated[str, text(500)]
Title: TypeAlias = Annotated[str, text(100)]
Day: TypeAlias = Annotated[date, PlainValidator(read_day)]
Clock: TypeAlias = Annotated[time, PlainValidator(read_clock)]
Zone: TypeAlias = Annotated[str, PlainValidator(read_zone)]
Count: TypeAlias = Annotated[int, whole(1, MOST)]
Rank: TypeAlias = Annotated[int, whole(0, MOST)]
Span: TypeAlias = Annotated[int, whole(1, LONGEST_DAYS)]
Reminder: TypeAlias = Annotated[int, whole(1, LONGEST_REMINDER)]
Stated: TypeAlias = Annotated[bool, PlainValidator(only_true)]
PeriodIn: TypeAlias = Annotated[Any, PlainValidator(read_period)]
LengthText: TypeAlias = Annotated[Length, PlainValidator(read_length)]
Holidays: TypeAlias = Annotated[str, PlainValidator(read_holidays)]
SeverityIn: TypeAlias = Annotated[Severity, one_of(Severity), BeforeValidator(read_severity)]
WeekdayIn: TypeAlias = Annotated[Weekday, one_of(Weekday)]
PhaseIn: TypeAlias = Annotated[Phase, one_of(Phase)]
SinceIn: TypeAlias = Annotated[Since, one_of(Since)]
GranularityIn: TypeAlias = Annotated[Granularity, one_of(Granularity)]
PatchesIn: TypeAlias = Annotated[Patches, one_of(Patches)]
EndsIn: TypeAlias = Annotated[Ends, one_of(Ends)]
AnnounceIn: TypeAlias = Annotated[Announce, one_of(Announce)]
ExemptStage: TypeAlias = Annotated[Stage, one_of(Stage, tuple(s for s in MATURITY if s in PRE_GA))]
