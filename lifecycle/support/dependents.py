"""Dependents: the lines whose answers depend on a release, beside that of its own line.

What a rule gives a line rests on the line's own releases, on the days on which a rung of its own
was among the highest, and on those on which a higher line counted (``evaluation``). Where none of
these moves, no answer does: at most its estimate of when releases not yet known will end it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from lifecycle.policy.windows import AllOf, AnyOf, For, Newest, Rule, Since
from lifecycle.support.version_ranking import rung_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.policy.windows import Granularity
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Facts, Release
    from lifecycle.support.version_ranking import Ladder, RungKey


def lines_moved_by(added: frozenset[str], old: Coverage, new: Coverage) -> list[str]:
    """Name the lines, lowest first, that ``new`` may answer otherwise than ``old``.

    Both know the same, except that only ``new`` has the releases of the versions ``added``.
    """
    counted = [release for release in new.horizon.counted if release.version in added]
    if not counted:
        return []
    moved = {release.line for release in counted}
    for rule in set(_parts_of_all(new.facts)):
        match rule:
            case Newest(count, of) if not _all_stood(counted, old, of):
                moved |= _moved_by_count(old, new, count, of)
            case For(since=Since.SUPERSEDED):
                moved |= _superseded_otherwise(old, new)
    return new.line_names({line for line in moved if line is not None})


def _parts_of_all(facts: Facts) -> Iterator[Rule]:
    windows = (tier.window for policy in facts.policies for tier in policy.tiers)
    return chain.from_iterable(_parts(window.rule) for window in windows)


def _parts(rule: Rule) -> Iterator[Rule]:
    if isinstance(rule, AnyOf | AllOf):
        return chain.from_iterable(map(_parts, rule.rules))
    return iter((rule,))


def _all_stood(releases: list[Release], old: Coverage, of: Granularity) -> bool:
    """Say whether each release stands where another did already, so that no rung changes."""
    ladder = old.horizon.ladder(of)
    return all(_stood(release, ladder, rung_key(release, of)) for release in releases)


def _stood(release: Release, ladder: Ladder, key: RungKey | None) -> bool:
    if key is None:
        return True
    if key not in ladder.position:
        return False
    rung = ladder.rungs[ladder.position[key]]
    first, until = rung.active[-1]
    return rung.rank <= release.rank and first <= release.day and until is None


def _moved_by_count(old: Coverage, new: Coverage, count: int, of: Granularity) -> set[str | None]:
    ladder = new.horizon.ladder(of)
    before, after = old.horizon.ladder(of).all_newest(count), ladder.all_newest(count)
    moved = [
        key for key in before.keys() | after.keys() if before.get(key, []) != after.get(key, [])
    ]
    return {release.line for key in moved for release in ladder.members.get(key, ())}


def _superseded_otherwise(old: Coverage, new: Coverage) -> set[str | None]:
    before, after = old.horizon.superseded, new.horizon.superseded
    return {line for line in after if after[line] != before.get(line, ())}
