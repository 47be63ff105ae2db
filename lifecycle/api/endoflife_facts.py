"""What a snapshot says, as endoflife.date puts it: each line a cycle, each phase a day or none.

A phase that the product gives to a tier ends with that tier's last covered day; of any other the
declared day is served as it is. An end that is no day yet, such as one by rule, stays without one.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from lifecycle.answers.line_ends import withdrawn_since
from lifecycle.calendar.zones import instant_of
from lifecycle.catalogue.presentations import LinePresentation
from lifecycle.interchange.endoflife_cycles import COLUMNS, Cycle, CycledProduct, Pair
from lifecycle.policy.policies import UnknownTier
from lifecycle.policy.tier_labels import tier_label
from lifecycle.policy.windows import Phase
from lifecycle.support.facts import DeclaredDay, Line
from lifecycle.support.intervals import End, day_before
from lifecycle.support.status import OVER, PROMISED, Status, answer_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

PHASES: Final = {
    Pair.EOAS: (Phase.ACTIVE_SUPPORT,),
    Pair.EOL: (Phase.END_OF_LIFE, Phase.SECURITY_SUPPORT),
    Pair.EOES: (Phase.EXTENDED_SUPPORT,),
}
"""Which declared days mean a phase; the first that a line declares counts."""


class PhaseEnd(NamedTuple):
    """A last covered day, ``True`` for over, ``False`` for not over, and why there is no day.

    Without any of these, the line has no such phase.
    """

    day: DeclaredDay | None
    why: str | None = None


UNKNOWN: Final = PhaseEnd(False, "unknown")


def cycled(snapshot: Snapshot, today: date) -> CycledProduct:
    """Return a product as of a day; slow with thousands of releases."""
    pairs = frozenset(_pairs(snapshot))
    cycles = tuple(_cycles(snapshot, pairs, today))
    return msgspec.structs.replace(summarized(snapshot), pairs=pairs, cycles=cycles)


def summarized(snapshot: Snapshot) -> CycledProduct:
    """Return a product without its cycles."""
    loaded = snapshot.known
    return CycledProduct(
        slug=snapshot.slug,
        name=loaded.name or snapshot.slug,
        aliases=loaded.aliases,
        identifiers=loaded.identifiers,
        presentation=loaded.presentation,
        tiers={pair: tier_label(tier) for pair, tier in _tiers(snapshot).items()},
        modified_at=modified_at(snapshot),
    )


def modified_at(snapshot: Snapshot) -> datetime:
    """Return when what is public of a product was last changed."""
    announced = [history.latest.at for history in snapshot.published]
    recorded = [snapshot.recorded.last] if snapshot.recorded.last else []
    return max([snapshot.known.created_at, *recorded, *announced]).replace(microsecond=0)


def generated_at(snapshots: Iterable[Snapshot], now: datetime) -> datetime:
    """Return the instant of an answer: the last change, or the beginning of the day if later.

    The same facts on the same day give the same instant, and so the same answer.
    """
    instants = [datetime.min.replace(tzinfo=UTC)]
    for snapshot in snapshots:
        day_begins = instant_of(snapshot.today(now), time(), snapshot.zone(now))
        instants += [day_begins, modified_at(snapshot)]
    return max(instants)


def _pairs(snapshot: Snapshot) -> Iterator[Pair]:
    """Yield the phases that a product has: as it says itself, or else as its lines do."""
    columns, tiers = snapshot.known.presentation.columns, _tiers(snapshot)
    for pair in Pair:
        if (
            pair is Pair.EOL
            or pair in tiers
            or columns.get(COLUMNS[pair])
            or (COLUMNS[pair] not in columns and _is_declared(snapshot, pair))
        ):
            yield pair


def _tiers(snapshot: Snapshot) -> dict[Pair, str]:
    tiers = snapshot.known.endoflife
    chosen = {Pair.EOAS: tiers.support, Pair.EOL: tiers.eol, Pair.EOES: tiers.extended}
    return {pair: tier for pair, tier in chosen.items() if tier}


def _is_declared(snapshot: Snapshot, pair: Pair) -> bool:
    return any(_declared(snapshot, line, pair) is not None for line in snapshot.facts.lines)


def _cycles(snapshot: Snapshot, pairs: frozenset[Pair], today: date) -> Iterator[Cycle]:
    """Yield the lines that have a first day, the highest first."""
    coverage, loaded = snapshot.coverage(today), snapshot.known
    has_latest = loaded.presentation.columns.get("latest") is not False
    for name in _newest_first(snapshot, coverage):
        line = coverage.declared_lines.get(name, Line(name))
        newest = coverage.newest_in(name, today)
        is_out = newest is not None or coverage.last_withdrawn(name, today) is not None
        first = line.released_on or (coverage.subject(name).first if is_out else None)
        if first is None:
            continue
        shown = loaded.line_presentations.get(name, LinePresentation())
        latest, latest_on = _latest(shown, newest if has_latest else None)
        ends = {pair: _end(snapshot, coverage, line, pair) for pair in Pair if pair in pairs}
        yield Cycle(
            name=name,
            codename=line.codename,
            released_on=first,
            lts=line.lts or False,
            latest=latest,
            latest_on=latest_on,
            notes_url=loaded.notes.get(latest) if latest else None,
            ends={pair: end.day for pair, end in ends.items() if end.day is not None},
            unsaid={pair: end.why for pair, end in ends.items() if end.why is not None},
            withdrawn=withdrawn_since(coverage, name, None) is not None,
            presentation=shown,
        )


def _end(snapshot: Snapshot, coverage: Coverage, line: Line, pair: Pair) -> PhaseEnd:
    if (tier := _tiers(snapshot).get(pair)) is not None:
        return _end_for_tier(coverage, line.name, tier, pair)
    declared = _declared(snapshot, line, pair)
    withdrawn_on = withdrawn_since(coverage, line.name, None)
    if withdrawn_on is not None and pair is not Pair.DISCONTINUED:
        return _end_withdrawn(declared, day_before(withdrawn_on), pair)
    if declared is None and pair in (Pair.EOAS, Pair.EOL):
        return UNKNOWN
    return PhaseEnd(declared)


def _end_withdrawn(declared: DeclaredDay | None, last: date, pair: Pair) -> PhaseEnd:
    """Return how a phase of a withdrawn line ended, whose ``last`` day came before its time."""
    if declared is True or (declared is None and pair is not Pair.EOL):
        return PhaseEnd(declared)
    return PhaseEnd(last if isinstance(declared, bool | None) else min(declared, last))


def _newest_first(snapshot: Snapshot, coverage: Coverage) -> list[str]:
    """Name the lines: in their declared order, which is a source's own, or by their versions."""
    if snapshot.facts.line_by != "declared":
        return coverage.line_names()[::-1]
    return [line.name for line in reversed(snapshot.facts.lines)]


def _declared(snapshot: Snapshot, line: Line, pair: Pair) -> DeclaredDay | None:
    if pair is Pair.DISCONTINUED:
        shown = snapshot.known.line_presentations.get(line.name, LinePresentation())
        return shown.discontinued
    return next((line.declared[phase] for phase in PHASES[pair] if phase in line.declared), None)


def _end_for_tier(coverage: Coverage, line: str, tier: str, pair: Pair) -> PhaseEnd:
    """Return a tier's last covered day, and where there is none yet, why."""
    try:
        answer = answer_line(coverage, line, tier=tier, at=coverage.today)
    except UnknownTier:
        return UNKNOWN
    if answer.status in PROMISED or answer.status is Status.PLANNED:
        is_fixed = answer.end is End.FIXED and answer.supported_until is not None
        return PhaseEnd(answer.supported_until) if is_fixed else PhaseEnd(False, str(answer.end))
    if answer.status not in OVER:
        return PhaseEnd(False, str(answer.status))
    if answer.supported_until is None and pair is Pair.EOES:
        return PhaseEnd(None)
    return PhaseEnd(answer.supported_until or True)


def _latest(shown: LinePresentation, newest: Release | None) -> tuple[str | None, date | None]:
    """Return the newest version: the one that the source names, until a later one is out."""
    if shown.latest is None:
        return (newest.version, newest.day) if newest else (None, None)
    if newest and shown.latest_on and newest.day > shown.latest_on:
        return newest.version, newest.day
    return shown.latest, shown.latest_on
