"""What will be known of a product once releases are registered (pure)."""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue.line_placement import Derived, Lines, derive
from lifecycle.documents.partial_structs import overlaid
from lifecycle.support.facts import NOT_YET, Release
from lifecycle.versions import Placement, place, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lifecycle.catalogue.catalogue_inputs import ReleaseIn
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.versions import Scheme

RANK = attrgetter("rank")


def published(plan: ReleaseIn, facts: ReleaseIn) -> ReleaseIn:
    """Publish a plan: what the publication does not say, the plan said."""
    return overlaid(plan, facts)


def with_releases(
    loaded: Loaded,
    prospective: Sequence[ReleaseIn],
    *,
    plans: Mapping[str, ReleaseIn],
    registered_on: date = NOT_YET,
) -> Loaded:
    """Put releases, which must be new or among the ``plans`` of the product, where they belong.

    It raises ``UnparsableVersion``; other mistakes in what is given are not looked for.
    """
    names = frozenset(line.name for line in loaded.facts.lines)
    rules, lines = scheme(loaded.scheme), Lines(loaded.line_by, names)
    all_releases = [
        published(plans[release.version], release) if release.version in plans else release
        for release in prospective
    ]
    derived = {
        release.version: derive(
            rules, lines, release.version, stage=release.stage, stated=release.line
        )
        for release in all_releases
    }
    placed = _placed(loaded, {version: units.line for version, units in derived.items()})
    added = [
        _release(facts, derived[facts.version], placed.ranks, registered_on)
        for facts in all_releases
    ]
    releases = [r for r in loaded.facts.releases if r.version not in derived]
    if placed.moved:
        releases = [_ranked(r, placed.moved.get(r.version, r.rank)) for r in releases]
    for release in sorted(added, key=RANK):
        insort(releases, release, key=RANK)
    facts = msgspec.structs.replace(loaded.facts, releases=tuple(releases))
    return msgspec.structs.replace(loaded, facts=facts)


def _placed(loaded: Loaded, lines: Mapping[str, str | None]) -> Placement:
    """Rank the new versions among the known ones, as ``ranks.place_new`` does in the store.

    The plans among them keep their ranks, unless those of all are spread anew.
    """
    releases, rules = loaded.facts.releases, scheme(loaded.scheme)
    ranks = {release.version: release.rank for release in releases if release.version in lines}
    fresh = {version: line for version, line in lines.items() if version not in ranks}
    around = _around(releases, rules, fresh)
    highest = {} if rules.ordered else {release.line: release.version for release in releases}
    after = {version: highest[line] for version, line in fresh.items() if line and line in highest}
    placed = place(rules, around, list(fresh), after=after)
    if placed.moved:  # a gap is full; only with all versions can they be spread anew
        ranked = [(release.rank, release.version) for release in releases]
        placed = place(rules, ranked, list(fresh), after=after)
    return Placement(ranks | placed.moved | placed.ranks, placed.moved)


def _around(
    releases: Sequence[Release], rules: Scheme, fresh: Iterable[str]
) -> list[tuple[int, str]]:
    """Return the versions that new ones come between: where the scheme knows no order, all."""
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
