"""What ends next in each product, and one calendar of what ends in the coming months over all.

The events are those of feeds and calendars; what they make of a product is worked out once a day.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers import change_texts, event_texts
from lifecycle.answers.dated_events import DatedEvent, dated_events
from lifecycle.answers.line_ends import LineEnd
from lifecycle.calendar.estimates import Estimate
from lifecycle.calendar.lengths import add_months
from lifecycle.deprecations.notices.wording import NOUNS
from lifecycle.documents.text_directions import isolated
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.status import OVER, answer_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.answers.snapshots import Snapshot

MONTHS_AHEAD = 12


class UpcomingEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What ends or takes effect on a day to come, for some tiers.

    ``day`` is the last covered one where the support of a ``line`` ends; its median, where that is
    an estimate. Else it is the first day on which the change is in force, and ``line`` is None.
    ``today`` is what day it is for the ``product``, named by its slug. ``address`` are the segments
    of the path of the page that says more.
    """

    product: str
    day: date
    today: date
    subject: str
    kind: Kind
    tiers: tuple[str, ...]
    line: str | None
    estimate: Estimate | None
    address: tuple[str, ...]


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A product today: its newest version, and what ends next and in the coming twelve months.

    ``next_ends`` are on one day; they are estimated only where no day is fixed. All ends are those
    of the ``tier``, if one was asked for; ``tiers`` are the product's. It ``is_over`` where no line
    is supported. Its ``searchable`` text begins with its name.
    """

    slug: str
    name: str
    newest: str | None
    tier: str | None
    tiers: tuple[str, ...]
    has_policy: bool
    is_over: bool
    today: date
    next_ends: tuple[UpcomingEnd, ...]
    coming: tuple[UpcomingEnd, ...]
    searchable: str


class CatalogueMonth(msgspec.Struct, frozen=True, kw_only=True):
    """What ends in a month, on days that are fixed and on days that are estimated, in order."""

    first_day: date
    fixed: tuple[UpcomingEnd, ...]
    estimated: tuple[UpcomingEnd, ...]


def catalogue_entries(
    snapshots: Iterable[Snapshot], now: datetime, *, tier: str | None = None
) -> list[CatalogueEntry]:
    """Return an entry for each product, or for each that has a tier, as people sort their names."""
    today = ((snapshot, snapshot.today(now)) for snapshot in snapshots)
    every = (catalogue_entry(snapshot, day, tier=tier) for snapshot, day in today)
    entries = (entry for entry in every if tier in {None, *entry.tiers})
    return sorted(entries, key=lambda entry: (entry.searchable, entry.slug))


def catalogue_entry(snapshot: Snapshot, today: date, *, tier: str | None = None) -> CatalogueEntry:
    """Return a product's entry as of a day; worked out once while the product stands so."""
    name = f"{__name__}/{tier or ''}"
    return snapshot.worked_out(name, today, lambda: _entry(snapshot, today, tier))


def search(entries: Sequence[CatalogueEntry], question: str) -> list[CatalogueEntry]:
    """Return the products whose name, slug or identifiers hold every word of a question."""
    words = simplify(question).split()
    return [entry for entry in entries if all(word in entry.searchable for word in words)]


def months_of(entries: Iterable[CatalogueEntry]) -> list[CatalogueMonth]:
    """Return what ends in the coming twelve months, month by month, without the empty ones.

    What ends on one day stays in the order of the entries.
    """
    coming = [end for entry in entries for end in entry.coming]
    coming.sort(key=lambda end: end.day)
    months: defaultdict[date, list[UpcomingEnd]] = defaultdict(list)
    for end in coming:
        months[end.day.replace(day=1)].append(end)
    return [
        CatalogueMonth(
            first_day=first_day,
            fixed=tuple(end for end in ends if end.estimate is None),
            estimated=tuple(end for end in ends if end.estimate is not None),
        )
        for first_day, ends in months.items()
    ]


def simplify(text: str) -> str:
    """Write a text without accents and capitals, as it is searched.

    >>> simplify("Ünïcode SQL Straße")
    'unicode sql strasse'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _entry(snapshot: Snapshot, today: date, tier: str | None) -> CatalogueEntry:
    product, until = snapshot.known, add_months(today, MONTHS_AHEAD)
    places = {line: place for place, line in enumerate(snapshot.coverage(today).line_names())}
    ahead = [
        _upcoming(event, today)
        for event in dated_events(snapshot, today)
        if event.day >= today and not event.cancelled and tier in {None, *event.tiers}
    ]
    ahead.sort(key=lambda end: (end.day, places.get(end.line or "", -1)))
    name, newest = change_texts.name_of(snapshot), snapshot.coverage(today).newest_on(today)
    return CatalogueEntry(
        slug=snapshot.slug,
        name=name,
        newest=newest.version if newest else None,
        tier=tier,
        tiers=tuple(snapshot.coverage(today).tier_names(today)),
        has_policy=snapshot.policy_on(today) is not None,
        is_over=not ahead and _is_over(snapshot, tier, today),
        today=today,
        next_ends=tuple(_next(ahead)),
        coming=tuple(end for end in ahead if end.day <= until),
        searchable=simplify("\n".join([name, product.slug, *product.identifiers])),
    )


def _is_over(snapshot: Snapshot, tier: str | None, today: date) -> bool:
    """Return whether support has ended for every line, or was never promised."""
    coverage = snapshot.coverage(today)
    tiers = [name for name in coverage.tier_names(today) if tier in {None, name}]
    return bool(tiers) and all(
        answer_line(coverage, line, tier=name, at=today).status in OVER
        for line in reversed(coverage.line_names())
        for name in tiers
    )


def _next(ahead: Sequence[UpcomingEnd]) -> list[UpcomingEnd]:
    """Choose the ends of support of the nearest fixed day, or else the nearest estimate."""
    ends = [end for end in ahead if end.line is not None]
    fixed = [end for end in ends if end.estimate is None]
    if fixed:
        return [end for end in fixed if end.day == fixed[0].day]
    return ends[:1]


def _upcoming(event: DatedEvent, today: date) -> UpcomingEnd:
    snapshot, subject = event.snapshot, event.subject
    line, estimate = None, None
    if isinstance(subject, LineEnd):
        line, estimate = subject.line, subject.estimate
        text = f"{isolated(change_texts.name_of(snapshot))} {line}"
    else:
        noun = NOUNS[event.kind].format(change_texts.thing(snapshot, subject.content))
        text = noun[:1].upper() + noun[1:]
    return UpcomingEnd(
        product=snapshot.slug,
        day=event.day,
        today=today,
        subject=text,
        kind=event.kind,
        tiers=event.tiers,
        line=line,
        estimate=estimate,
        address=event_texts.address(event),
    )
