"""What is known today of a product's lifecycle: what is out, what follows it, and what ends when.

Of ends, those alone are part of it that have a day. An estimate is none, and so is what a plan has
not brought about yet.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lifecycle.answers.line_ends import line_ends, next_day, release_end, withdrawn_since
from lifecycle.calendar.zones import instant_of, zone
from lifecycle.catalogue.published_events import EventType
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.succession import in_force_or_first
from lifecycle.policy.windows import Phase
from lifecycle.support.version_ranking import stands_on
from lifecycle.versions.line_ranges import InLine, every_version, line_ranges, these_versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

EVERY_LINE = "*"


class Scope(NamedTuple):
    """The versions that a fact concerns: their ranges, and those of them that are known.

    ``versions`` is None where it concerns each one, whatever may come.
    """

    ranges: tuple[str, ...]
    versions: tuple[str, ...] | None


class LifecycleFact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has a day, on which it takes effect: the first one after a last covered day.

    ``subject`` tells facts of a type apart, whatever their days are. ``version`` is the release
    that it is about: the one that came out, or the one that supersedes others.
    """

    type: EventType
    subject: str
    day: date
    version: str | None = None
    tier: str | None = None
    scope: Scope | None = None


class Lifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a product's lifecycle today, by its type and its subject.

    ``tiers`` are those that the policy has; ``identifiers`` name the product as a package.
    """

    facts: dict[tuple[EventType, str], LifecycleFact]
    tiers: frozenset[str]
    identifiers: tuple[str, ...]


def lifecycle_of(snapshot: Snapshot, today: date) -> Lifecycle:
    """Return what is known today of a product's lifecycle; worked out once a day."""
    return snapshot.worked_out(__name__, today, lambda: _lifecycle(snapshot, today))


def beginning(snapshot: Snapshot, day: date) -> datetime:
    """Return the instant at which a day began in the zone of the policy then in force."""
    policy = in_force_or_first(snapshot.facts.policies, day)
    return instant_of(day, time(), zone(policy.timezone if policy else "UTC"))


def identifiers_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the package URLs of a product; where it has none, one that is made of its slug."""
    product = snapshot.known
    purls = tuple(text for text in product.identifiers if text.startswith("pkg:"))
    return purls or (f"pkg:generic/{product.slug}",)


def _lifecycle(snapshot: Snapshot, today: date) -> Lifecycle:
    stable = sorted(
        (r for r in snapshot.facts.releases if not r.planned and not r.prerelease),
        key=lambda release: release.rank,
    )
    scopes = _scopes(snapshot, stable)
    facts = [
        *_released(snapshot, today),
        *_superseded(snapshot, stable, scopes, today),
        *_ends(snapshot, stable, scopes, today),
        *_ended_ranges(snapshot),
        *_discontinued(snapshot),
    ]
    return Lifecycle(
        facts={(fact.type, fact.subject): fact for fact in facts},
        tiers=frozenset(snapshot.coverage(today).tier_names(today)),
        identifiers=identifiers_of(snapshot),
    )


def _scopes(snapshot: Snapshot, stable: list[Release]) -> dict[str, Scope]:
    """Return which versions each line has that anything is known of."""
    product = snapshot.known
    members: defaultdict[str, list[str]] = defaultdict(list)
    for release in stable:
        if release.line is not None:
            members[release.line].append(release.version)
    ordered = [InLine(release.version, release.line) for release in stable]
    ranges = line_ranges(product.scheme, ordered, line_by=product.line_by)
    return {line: Scope(ranges[line], tuple(versions)) for line, versions in members.items()}


def scope_of(snapshot: Snapshot, versions: list[str]) -> Scope:
    """Return the scope of a few versions, named one by one."""
    return Scope(these_versions(snapshot.known.scheme, versions), tuple(versions))


def _released(snapshot: Snapshot, today: date) -> Iterator[LifecycleFact]:
    for release in snapshot.facts.releases:
        if not release.planned and release.day <= today and stands_on(release, today):
            version = release.version
            yield LifecycleFact(
                type=EventType.RELEASED, subject=version, day=release.day, version=version
            )


def _superseded(
    snapshot: Snapshot, stable: list[Release], scopes: dict[str, Scope], today: date
) -> Iterator[LifecycleFact]:
    """Yield which release of a higher line came first after each line had begun."""
    opened: dict[str, date] = {}
    lines: defaultdict[str, list[Release]] = defaultdict(list)
    for release in stable:
        if release.line is not None and release.day <= today and stands_on(release, today):
            lines[release.line].append(release)
            opened[release.line] = min(release.day, opened.get(release.line, release.day))
    first: tuple[date, int, str] | None = None
    for line in reversed(snapshot.coverage(today).line_names()):
        if line not in opened:
            continue
        if first is not None:
            yield LifecycleFact(
                type=EventType.SUPERSEDED_BY,
                subject=line,
                day=max(first[0], opened[line]),
                version=first[2],
                scope=scopes[line],
            )
        earliest = min((release.day, release.rank, release.version) for release in lines[line])
        first = min(first, earliest) if first else earliest


def _ends(
    snapshot: Snapshot, stable: list[Release], scopes: dict[str, Scope], today: date
) -> Iterator[LifecycleFact]:
    """Yield the ends of support of each tier: of lines, or of releases where it tells them apart.

    Of a line, they are followed by its end of life: the declared one, or that of all support if
    none is declared or a tier's lasts longer, but no later than its withdrawal.
    """
    coverage = snapshot.coverage(today)
    tiers = coverage.tier_names(today)
    apart = {tier for tier in tiers if coverage.counts_releases(tier)}
    over: defaultdict[str, dict[str, date]] = defaultdict(dict)
    for end in line_ends(snapshot, today):
        if end.line in scopes and end.estimate is None:
            over[end.line] |= dict.fromkeys(end.tiers, end.first_day_without)
    for line, ends in over.items():
        for tier, day in ends.items():
            if tier not in apart:
                yield _end(f"{line}/{tier}", day, tier, scopes[line])
    for release in stable:
        for tier in apart if coverage.policy_on(today) else ():
            end_day = release_end(coverage, release, tier=tier)
            if end_day is not None and end_day.estimate is None:
                day, version = next_day(end_day.last_day), release.version
                yield _end(f"{version}/{tier}", day, tier, scope_of(snapshot, [version]))
                if release.line in scopes and tier in over[release.line]:
                    over[release.line][tier] = max(day, over[release.line][tier])
    yield from _ends_of_life(coverage, scopes, {line: over[line] for line in scopes}, set(tiers))


def _end(subject: str, day: date, tier: str, scope: Scope) -> LifecycleFact:
    return LifecycleFact(
        type=EventType.END_OF_SUPPORT, subject=subject, day=day, tier=tier, scope=scope
    )


def _ends_of_life(
    coverage: Coverage,
    scopes: dict[str, Scope],
    over: dict[str, dict[str, date]],
    tiers: set[str],
) -> Iterator[LifecycleFact]:
    declared = {
        name: day
        for name, line in coverage.declared_lines.items()
        if isinstance(day := line.declared.get(Phase.END_OF_LIFE), date)
    }
    for line, scope in scopes.items():
        ends = list(over[line].values())
        if line in declared:
            days = [max([next_day(declared[line]), *ends])]
        else:
            days = [max(ends)] if tiers and over[line].keys() >= tiers else []
        if (withdrawn_on := withdrawn_since(coverage, line, None)) is not None:
            days.append(withdrawn_on)
        if days:
            day = min(days)
            yield LifecycleFact(type=EventType.END_OF_LIFE, subject=line, day=day, scope=scope)


def _ended_ranges(snapshot: Snapshot) -> Iterator[LifecycleFact]:
    """Yield the ends of support that were announced for ranges of versions."""
    for announced in snapshot.announced:
        if announced.versions is not None and announced.content.range and announced.ends_support:
            scope = Scope((announced.content.range,), tuple(announced.versions))
            for tier, day in announced.days.items():
                yield _end(f"{announced.uid}/{tier}", day, tier, scope)


def _discontinued(snapshot: Snapshot) -> Iterator[LifecycleFact]:
    """Yield the day on which the whole product ends, if it is announced."""
    days = [
        max(announced.days.values())
        for announced in snapshot.announced
        if announced.content.kind is Kind.DISCONTINUATION
        and announced.content.whole_product
        and announced.days
    ]
    if days:
        scope = Scope((every_version(snapshot.known.scheme),), None)
        yield LifecycleFact(
            type=EventType.END_OF_LIFE, subject=EVERY_LINE, day=max(days), scope=scope
        )
