"""Ranks: a product's versions as integers in version order, with gaps for those still to come."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lifecycle.versions.schemes import Scheme

HIGHEST: Final = (1 << 63) - 1
STEP: Final = 1 << 40
MIDDLE: Final = 1 << 62
# What comes into a gap later mostly comes above what is there (the next backport), so most of a
# gap stays free above its new versions.
_ROOM: Final = 15


class Placement(msgspec.Struct, frozen=True):
    """The ranks of the new versions, and new ranks of known ones where a gap ran out."""

    ranks: dict[str, int]
    moved: dict[str, int]


class _Plan(msgspec.Struct):
    """Groups of equal new versions by the known rank they come before, and those that equal one."""

    slots: defaultdict[int, list[list[str]]]
    same: dict[str, int]


class _GapFull(Exception):  # noqa: N818 - a signal within this module, never an error outside
    pass


def place(
    scheme: Scheme,
    ordered: Sequence[tuple[int, str]],
    new: Sequence[str],
    *,
    after: Mapping[str, str] | None = None,
) -> Placement:
    """Rank the new versions among the ``ordered`` ones, which come by ascending rank.

    Equal versions share a rank. Where the scheme knows no order, new ones follow the known ones in
    the order given; those named in ``after`` follow that known version at once.

    >>> from lifecycle.versions.schemes import scheme
    >>> placed = place(scheme("pep440"), [(100, "3.1"), (200, "3.3")], ["3.2", "3.3.0"])
    >>> 100 < placed.ranks["3.2"] < placed.ranks["3.3.0"] == 200
    True
    """
    tied_versions = [
        (rank, [version for _, version in group])
        for rank, group in groupby(ordered, key=itemgetter(0))
    ]
    distinct = list(dict.fromkeys(new))
    if scheme.ordered:
        plan = _find(scheme, tied_versions, distinct)
    else:
        plan = _follow(tied_versions, distinct, after or {})
    try:
        return _fill(tied_versions, plan)
    except _GapFull:
        return _renumber(tied_versions, plan)


def _find(scheme: Scheme, tied_versions: list[tuple[int, list[str]]], new: list[str]) -> _Plan:
    plan = _Plan(defaultdict(list), {})
    groups = _groups(scheme, new)
    few = len(groups) * len(tied_versions).bit_length() < len(tied_versions)

    def key_at(position: int) -> Any:
        return scheme.parse(tied_versions[position][1][0]).key

    position = 0
    for key, versions in groups:
        if few:
            position = bisect_left(range(len(tied_versions)), key, lo=position, key=key_at)
        else:
            while position < len(tied_versions) and key_at(position) < key:
                position += 1
        if position < len(tied_versions) and key_at(position) == key:
            plan.same |= dict.fromkeys(versions, position)
        else:
            plan.slots[position].append(versions)
    return plan


def _groups(scheme: Scheme, new: list[str]) -> list[tuple[Any, list[str]]]:
    groups: list[tuple[Any, list[str]]] = []
    keyed = [(scheme.parse(version).key, version) for version in new]
    for key, version in sorted(keyed, key=itemgetter(0)):
        if groups and groups[-1][0] == key:
            groups[-1][1].append(version)
        else:
            groups.append((key, [version]))
    return groups


def _follow(
    tied_versions: list[tuple[int, list[str]]], new: list[str], after: Mapping[str, str]
) -> _Plan:
    places = {version: place for place, (_, group) in enumerate(tied_versions) for version in group}
    plan = _Plan(
        defaultdict(list), {version: places[version] for version in new if version in places}
    )
    for version in new:
        if version not in places:
            slot = places[after[version]] + 1 if version in after else len(tied_versions)
            plan.slots[slot].append([version])
    return plan


def _fill(tied_versions: list[tuple[int, list[str]]], plan: _Plan) -> Placement:
    ranks = {version: tied_versions[position][0] for version, position in plan.same.items()}
    for slot, groups in plan.slots.items():
        below = tied_versions[slot - 1][0] if slot else None
        above = tied_versions[slot][0] if slot < len(tied_versions) else None
        for rank, versions in zip(_room(below, above, len(groups)), groups, strict=True):
            ranks |= dict.fromkeys(versions, rank)
    return Placement(ranks, {})


def _room(below: int | None, above: int | None, count: int) -> range:
    step, first = STEP, MIDDLE - count // 2 * STEP
    if below is not None and above is not None:
        gap = above - below
        step = gap // (count + _ROOM) or (gap - 1) // count
        first = below + step
    elif below is not None:
        first = below + STEP
    elif above is not None:
        first = above - count * STEP
    if step < 1 or first < 1 or first + (count - 1) * step > HIGHEST:
        raise _GapFull
    return range(first, first + count * step, step)


def _renumber(tied_versions: list[tuple[int, list[str]]], plan: _Plan) -> Placement:
    merged = list(_merged(tied_versions, plan))
    step = min(STEP, HIGHEST // (len(merged) + 1))
    first = max(1, MIDDLE - len(merged) // 2 * step)
    spread = {id(group): first + place * step for place, group in enumerate(merged)}
    new = [group for groups in plan.slots.values() for group in groups]
    ranks = {version: spread[id(group)] for group in new for version in group}
    ranks |= {version: spread[id(tied_versions[at][1])] for version, at in plan.same.items()}
    moved = {
        version: spread[id(group)]
        for rank, group in tied_versions
        for version in group
        if spread[id(group)] != rank
    }
    return Placement(ranks, moved)


def _merged(tied_versions: list[tuple[int, list[str]]], plan: _Plan) -> Iterator[list[str]]:
    for slot in range(len(tied_versions) + 1):
        yield from plan.slots.get(slot, ())
        if slot < len(tied_versions):
            yield tied_versions[slot][1]
