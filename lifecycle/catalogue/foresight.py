"""Foresight: what will be known of a product once releases are registered (pure)."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue.placing import Derived, Lines, derive
from lifecycle.catalogue.rows import FIELDS
from lifecycle.support.facts import Release
from lifecycle.versions import place, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lifecycle.catalogue.facts import ReleaseIn
    from lifecycle.catalogue.loading import Loaded
    from lifecycle.versions import Scheme


def published(plan: ReleaseIn, facts: ReleaseIn) -> ReleaseIn:
    """Publish a plan: what the publication does not say, the plan said."""
    told = {field: value for field in FIELDS if (value := getattr(facts, field)) is not None}
    return msgspec.structs.replace(plan, **told)


def once_registered(
    known: Loaded,
    given: Sequence[ReleaseIn],
    *,
    plans: Mapping[str, ReleaseIn],
    registered_on: date,
) -> Loaded:
    """Put releases, which must be new or among the ``plans`` of the product, where they belong.

    It raises ``UnparsableVersion``; other mistakes in what is given are not looked for.
    """
    names = frozenset(line.name for line in known.facts.lines)
    rules, lines = scheme(known.scheme), Lines(known.line_by, names)
    whole = [published(plans[e.version], e) if e.version in plans else e for e in given]
    derived = {
        each.version: derive(rules, lines, each.version, stage=each.stage, given=each.line)
        for each in whole
    }
    ranks = _ranks(known, {version: each.line for version, each in derived.items()})
    added = [_release(each, derived[each.version], ranks, registered_on) for each in whole]
    others = [
        _ranked(release, ranks[release.version])
        for release in known.facts.releases
        if release.version not in derived
    ]
    releases = tuple(sorted([*others, *added], key=lambda release: release.rank))
    facts = msgspec.structs.replace(known.facts, releases=releases)
    return msgspec.structs.replace(known, facts=facts)


def _ranks(known: Loaded, lines: Mapping[str, str | None]) -> dict[str, int]:
    """Rank the new versions among the known ones, as ``ranks.place_new`` does in the store."""
    releases, rules = known.facts.releases, scheme(known.scheme)
    ranks = {release.version: release.rank for release in releases}
    fresh = {version: line for version, line in lines.items() if version not in ranks}
    around = _around(releases, rules, fresh)
    highest = {} if rules.ordered else {release.line: release.version for release in releases}
    after = {version: highest[line] for version, line in fresh.items() if line and line in highest}
    placed = place(rules, around, list(fresh), after=after)
    if placed.moved:  # a gap is full; only with all versions can they be spread anew
        everything = [(release.rank, release.version) for release in releases]
        placed = place(rules, everything, list(fresh), after=after)
    return ranks | placed.moved | placed.ranks


def _around(
    releases: Sequence[Release], rules: Scheme, fresh: Iterable[str]
) -> list[tuple[int, str]]:
    """Give the versions that new ones come between: where the scheme knows no order, all."""
    if not rules.ordered:
        return [(release.rank, release.version) for release in releases]
    places: set[int] = set()
    for version in fresh:
        key = rules.parse(version).key
        at = bisect_left(releases, key, key=lambda release: rules.parse(release.version).key)
        places.update(place for place in (at - 1, at) if 0 <= place < len(releases))
    return [(releases[place].rank, releases[place].version) for place in sorted(places)]


def _ranked(release: Release, rank: int) -> Release:
    return release if release.rank == rank else msgspec.structs.replace(release, rank=rank)


def _release(
    facts: ReleaseIn, derived: Derived, ranks: Mapping[str, int], registered_on: date
) -> Release:
    units = None
    if derived.major is not None and derived.minor is not None and derived.patch is not None:
        units = (derived.major, derived.minor, derived.patch)
    return Release(
        facts.version,
        ranks[facts.version],
        facts.released_on or facts.planned_on or date.max,
        derived.line,
        units,
        facts.released_on is None,
        derived.prerelease,
        facts.withdrawn_on,
        facts.restored_on,
        registered_on,
    )
