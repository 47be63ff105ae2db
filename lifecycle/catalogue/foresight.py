"""Foresight: what will be known of a product once releases are registered (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue.placing import Derived, Lines, derive
from lifecycle.catalogue.rows import FIELDS
from lifecycle.support.facts import Release
from lifecycle.versions import place, scheme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.catalogue.facts import ReleaseIn
    from lifecycle.catalogue.loading import Loaded


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
    ordered = [(release.rank, release.version) for release in known.facts.releases]
    ranks = {version: rank for rank, version in ordered}
    highest = {release.line: release.version for release in known.facts.releases}
    fresh = {version: line for version, line in lines.items() if version not in ranks}
    after = {version: highest[line] for version, line in fresh.items() if line and line in highest}
    placed = place(scheme(known.scheme), ordered, list(fresh), after=after)
    return ranks | placed.moved | placed.ranks


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
