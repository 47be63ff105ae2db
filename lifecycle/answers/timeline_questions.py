"""What a timeline is asked to show: which tiers and lines, from which day to which."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.calendar.lengths import add_months
from lifecycle.catalogue.queries import UnknownLine
from lifecycle.documents.storable_text import shown
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.policy.policies import UnknownTier

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERY_LINE: Final = "*"
MOST_NAMES: Final = 200
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)
SHORTEST: Final = timedelta(days=6)
LONGEST_YEARS: Final = 100
MOST_LISTED: Final = 20


class TimelineQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The ``tiers`` and ``lines`` to show; none for every tier, and for the lines that matter.

    ``first`` and ``last`` are days that are shown; what is None fits what there is to see.
    """

    tiers: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    every_line: bool = False
    first: date | None = None
    last: date | None = None


def read_question(
    *, tiers: str | None, lines: str | None, first: date | None, last: date | None
) -> TimelineQuestion:
    """Read the parameters ``tiers``, ``lines``, ``from`` and ``to`` of a request.

    Names stand between commas, and in quotes where they hold one; ``*`` is every line.

    >>> read_question(tiers="pro, gold", lines='"a,b"', first=None, last=None).lines
    ('a,b',)
    """
    _check_days(first, last)
    named = _names("lines", lines)
    every_line = named == (EVERY_LINE,)
    return TimelineQuestion(
        tiers=_names("tiers", tiers),
        lines=() if every_line else named,
        every_line=every_line,
        first=first,
        last=last,
    )


def check_names(
    question: TimelineQuestion, *, product: str, tiers: Sequence[str], lines: Sequence[str]
) -> None:
    """Refuse a tier or a line that the product does not have."""
    _check_known("tiers", question.tiers, tiers, f"{product} has no tier", UnknownTier)
    _check_known("lines", question.lines, lines, f"{product} has no line", UnknownLine)


def _check_days(first: date | None, last: date | None) -> None:
    for field, day in (("from", first), ("to", last)):
        if day is not None and not EARLIEST <= day <= LATEST:
            fault = f"lies outside {EARLIEST} to {LATEST}"
            _refuse(field, fault, day, f"a day from {EARLIEST} to {LATEST}")
    if first is None or last is None:
        return
    if first > last:
        _refuse("from", f"lies after `to` ({last})", first, f"a day before {last}")
    if last - first < SHORTEST:
        _refuse("to", f"leaves less than a week from {first}", last, f"{first + SHORTEST} or later")
    latest = add_months(first, 12 * LONGEST_YEARS)
    if last > latest:
        fault = f"lies more than {LONGEST_YEARS} years after `from` ({first})"
        _refuse("to", fault, last, f"{latest} or earlier")


def _refuse(field: str, fault: str, day: date, allowed: str) -> None:
    problem = Problem(field, fault, value=str(day), allowed=allowed)
    raise BadRequest(f"{field} {day} {fault}; use {allowed}.", problems=[problem])


def _names(field: str, text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    row: list[str] = next(csv.reader([text], skipinitialspace=True), [])
    names = tuple(dict.fromkeys(name.strip() for name in row if name.strip()))
    if not names:
        fault, allowed = "names nothing", "names between commas"
        problem = Problem(field, fault, value=shown(text), allowed=allowed)
        raise BadRequest(f"{field} {fault}; give {allowed}, or leave it out.", problems=[problem])
    if len(names) > MOST_NAMES:
        fault = f"has {len(names)} names; at most {MOST_NAMES} are allowed"
        allowed = f"up to {MOST_NAMES} names"
        raise BadRequest(
            f"{field} {fault}.",
            problems=[Problem(field, fault, value=len(names), allowed=allowed)],
        )
    return names


def _check_known(
    field: str,
    names: Sequence[str],
    known_names: Sequence[str],
    fault: str,
    refusal: type[LifecycleError],
) -> None:
    among = set(known_names)
    for name in names:
        if name not in among:
            listed = ", ".join(known_names[:MOST_LISTED]) or "none"
            more = ", …" if len(known_names) > MOST_LISTED else ""
            hint = suggest(name, known_names) or f"; use {listed}{more}."
            problem = Problem(field, "is unknown", value=shown(name), allowed=f"{listed}{more}")
            raise refusal(f"{fault} {shown(name)!r}{hint}", problems=[problem])
