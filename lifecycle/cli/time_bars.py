"""Bars of time for terminals: when lines are covered, and by how many tiers."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from lifecycle.cli.promised_days import PROMISED
from lifecycle.cli.terminal_tables import GAP, display_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Pens(NamedTuple):
    """The letters of a bar: shades from light to dark, and the marks of today and of a guess."""

    shades: str
    today: str
    estimated: str


BLOCKS, ASCII = Pens("░▒▓█", "│", "·"), Pens("-=+#", "|", ".")
PAST, AHEAD = timedelta(days=365), timedelta(days=550)
"""How much of the past is shown, and of what lies ahead where nothing is known to end later."""
FURTHEST = timedelta(days=5 * 365)
YEAR_WIDTH = 4


def room_of(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns a table takes with all its gaps, and one for bars."""
    widths = [max(map(display_width, cells)) for cells in zip(*rows, strict=True)]
    return sum(widths) + len(GAP) * len(widths)


def draw(
    lines: Sequence[Sequence[Mapping[str, Any]]], *, today: str, width: int
) -> tuple[str, list[str], str]:
    """Draw a bar for each line, given what its tiers get; return the axis, the bars, and a key.

    A slot is the darker, the more of the tiers cover its first day.
    """
    width = max(width, 2 * YEAR_WIDTH)
    pens, middle = _pens(), date.fromisoformat(today)
    first, last = _window(lines, middle)
    days = [first + (last - first) * slot / width for slot in range(width)]
    most = max((len(tiers) for tiers in lines), default=1)
    bars = [_bar(tiers, days, middle, pens=pens, most=most) for tiers in lines]
    return _axis(days), bars, _key(pens, most)


def _bar(
    tiers: Sequence[Mapping[str, Any]],
    days: Sequence[date],
    today: date,
    *,
    pens: Pens,
    most: int,
) -> str:
    slots = [
        _shade(tiers, day, today, shades=pens.shades, most=most)
        or _guess(tiers, day, pens.estimated)
        for day in days
    ]
    at = sum(day <= today for day in days) - 1
    slots[at] = slots[at] or pens.today
    return "".join(slot or " " for slot in slots).rstrip()


def _pens() -> Pens:
    """Return the letters that bars are drawn with: blocks where the stream can write them."""
    try:
        "".join(BLOCKS).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS


def _window(lines: Sequence[Sequence[Mapping[str, Any]]], today: date) -> tuple[date, date]:
    supports = [support for tiers in lines for support in tiers]
    ends = [day for support in supports if (day := _until(support) or _projected(support))]
    latest = max([today + AHEAD, *ends])
    return today - PAST, min(latest, today + FURTHEST)


def _shade(
    tiers: Sequence[Mapping[str, Any]], day: date, today: date, *, shades: str, most: int
) -> str:
    """Return the shade of a day by how many of the tiers surely cover it."""
    count = sum(_covers(support, day, today) for support in tiers)
    if not count:
        return ""
    return shades[-1 - (most - count) * (len(shades) - 1) // max(most - 1, 1)]


def _guess(tiers: Sequence[Mapping[str, Any]], day: date, estimated: str) -> str:
    spans = [
        (start, end)
        for support in tiers
        if support["status"] in PROMISED
        and (start := _day(support["supported_from"]))
        and (end := _projected(support))
    ]
    return estimated if any(start <= day <= end for start, end in spans) else ""


def _covers(support: Mapping[str, Any], day: date, today: date) -> bool:
    """Return whether a tier is sure to cover a day: as far as its end is certain.

    >>> support = {"status": "supported", "supported_from": "2026-01-31", "end": "rule",
    ...            "supported_until": None, "at_least_until": "2027-01-31"}
    >>> [_covers(support, date(year, 1, 31), date(2026, 11, 30)) for year in (2025, 2027, 2028)]
    [False, True, False]
    """
    start = _day(support["supported_from"])
    if start is None or day < start or support["status"] not in {*PROMISED, "unsupported"}:
        return False
    if support["status"] in PROMISED and support["end"] in {"none", "unknown"}:
        return True
    certain = _until(support)
    if support["status"] in PROMISED:
        certain = max(today, certain or today)
    return certain is not None and day <= certain


def _until(support: Mapping[str, Any]) -> date | None:
    return _day(support["supported_until"] or support.get("at_least_until"))


def _projected(support: Mapping[str, Any]) -> date | None:
    projected = support.get("projected_until")
    return _day(projected["median"]) if projected else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _axis(days: Sequence[date]) -> str:
    """Write each year where it begins, if there is room for it.

    >>> _axis([date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1),
    ...        date(2027, 4, 1), date(2027, 5, 1)])
    ' 2027 '
    """
    axis, place = "", 0
    while place < len(days):
        begins = place > 0 and days[place].year != days[place - 1].year
        if begins and place + YEAR_WIDTH <= len(days):
            axis += str(days[place].year)
            place += YEAR_WIDTH
        else:
            axis += " "
            place += 1
    return axis


def _key(pens: Pens, most: int) -> str:
    light, dark = pens.shades[0], pens.shades[-1]
    covered = f"{light} to {dark} covered by 1 to {most} tiers" if most > 1 else f"{dark} covered"
    return f"{covered}  {pens.estimated} estimated  {pens.today} today"
