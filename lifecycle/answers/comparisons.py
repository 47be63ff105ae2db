"""Two versions compared: what an upgrade from one to the other meets, and what comes after it.

Versions are compared upwards, by their product's order, whatever day they came out on. Prereleases,
planned and withdrawn releases can be compared like any other.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from lifecycle.answers import stage_differences
from lifecycle.answers.announced_differences import AnnouncedDifferences
from lifecycle.answers.comparison_structs import ComparisonOut, DifferenceKind, DifferenceOut
from lifecycle.answers.upgrade_paths import UpgradePath
from lifecycle.answers.version_lookup import SHOWN, get_release, named_line
from lifecycle.answers.versions import answer_known
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.documents.storable_text import check_text, shown
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.policy.policies import UnknownTier
from lifecycle.policy.stages import Stage
from lifecycle.support.status import check_tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release

Placed: TypeAlias = tuple[int, DifferenceOut]
"""A difference, with the rank of the release that brings it."""

LONGEST = 200
BOTH = ("from", "to")
GOES = frozenset({DifferenceKind.REMOVED, DifferenceKind.DISCONTINUED})
GRAVITY = list(DifferenceKind)
"""The kinds, the gravest first, as what one release brings is listed."""


class NotAnUpgrade(BadRequest):
    """The first version is higher than the second; versions are compared upwards."""


def comparison(
    snapshot: Snapshot, lower: str, higher: str, *, tier: str | None, at: date, today: date
) -> ComparisonOut:
    """Compare two versions for a tier, or for all; ``NotAnUpgrade`` where the first is higher.

    An unknown version raises ``UnknownRelease`` with the nearest known ones, and an unknown tier
    ``UnknownTier``; with the first refusal are the problems of all.
    """
    named = dict(zip(BOTH, (lower, higher), strict=True))
    releases, refusals = _ends(snapshot, named, today=today)
    refusals += [*_unfit_pair(releases), *_unfit_tier(snapshot, tier, at=at, today=today)]
    if refusals:
        refusals[0].problems = tuple(
            problem for refusal in refusals for problem in refusal.problems
        )
        raise refusals[0]
    first, last = releases
    tiers = [tier] if tier else snapshot.coverage(today).tier_names(at)
    path = UpgradePath(snapshot, first, last)
    announced = AnnouncedDifferences(path, tier=tier, at=at)
    changes, ahead = _joined(
        [*stage_differences.on_the_way(path, tier=tier), *announced.on_the_way()],
        [*stage_differences.afterwards(path, tier=tier), *announced.afterwards()],
    )
    return ComparisonOut(
        product=snapshot.slug,
        tier=tier,
        at=at,
        lower=answer_known(snapshot, first, tiers, at=at, today=today),
        higher=answer_known(snapshot, last, tiers, at=at, today=today),
        changes=tuple(difference for _, difference in sorted(changes, key=_release_order)),
        ahead=tuple(difference for _, difference in sorted(ahead, key=_day_order)),
    )


def _ends(
    snapshot: Snapshot, named: Mapping[str, str], *, today: date
) -> tuple[list[Release], list[LifecycleError]]:
    """Find the releases that parameters name, and what is wrong with those that name none."""
    releases: list[Release] = []
    refusals: list[LifecycleError] = []
    for field, version in named.items():
        try:
            _check(field, version)
            releases.append(_release(snapshot, version, today))
        except (BadRequest, UnknownRelease) as error:
            nearest = ", ".join(error.members.get("nearest", ()))
            value = shown(version)
            error.problems = (Problem(field, error.detail, value=value, allowed=nearest or None),)
            refusals.append(error)
    return releases, refusals


def _unfit_pair(releases: Sequence[Release]) -> Iterator[LifecycleError]:
    """Yield the refusal of two releases of which the first is higher."""
    if len(releases) < len(BOTH):
        return
    first, last = releases
    if first.rank > last.rank:
        detail = (
            f"{first.version} is higher than {last.version};"
            f" compare {last.version} with {first.version} instead."
        )
        fault = Problem("from", f"is higher than {last.version}", value=first.version)
        yield NotAnUpgrade(detail, problems=[fault])


def _unfit_tier(
    snapshot: Snapshot, tier: str | None, *, at: date, today: date
) -> Iterator[LifecycleError]:
    """Yield the refusal of a tier that the product does not have on a day."""
    if tier is None:
        return
    try:
        check_text(tier, field="tier", longest=LONGEST)
        check_tier(snapshot.coverage(today), tier, at=at)
    except (BadRequest, UnknownTier) as error:
        error.problems = (Problem("tier", error.detail, value=shown(tier)),)
        yield error


def _check(field: str, version: str) -> None:
    """Refuse what is no text of a version's length, whoever asks."""
    if not version:
        raise BadRequest(f"{field} is empty; name a version.")
    check_text(version, field=field, longest=LONGEST)


def _release(snapshot: Snapshot, version: str, today: date) -> Release:
    try:
        return get_release(snapshot, version)
    except (BadRequest, UnknownRelease):
        coverage = snapshot.coverage(today)
        line = named_line(coverage, version)
        if line is None:
            raise
        members = [release.version for release in reversed(coverage.members(line))]
        hint = f"; name one of its releases, such as {members[0]}" if members else ""
        raise UnknownRelease(
            f"{line} is a line of {snapshot.slug}, not a release{hint}.", nearest=members[:SHOWN]
        ) from None


def _joined(changes: list[Placed], ahead: list[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Put what is announced of a feature's removal with the stage that says the same."""
    listed = [difference for _, difference in (*changes, *ahead)]
    removed = {difference.feature for difference in listed if _is_removal(difference)}
    announced: dict[str | None, DifferenceOut] = {}
    for difference in listed:
        if difference.deprecation and difference.kind in GOES and difference.feature in removed:
            announced.setdefault(difference.feature, difference)
    merged = list(announced.values())

    def join(placed: Iterable[Placed]) -> Iterator[Placed]:
        for rank, difference in placed:
            if difference in merged:
                continue
            if _is_removal(difference) and difference.feature in announced:
                deprecation = announced[difference.feature].deprecation
                yield rank, msgspec.structs.replace(difference, deprecation=deprecation)
            else:
                yield rank, difference

    return list(join(changes)), list(join(ahead))


def _is_removal(difference: DifferenceOut) -> bool:
    """Return whether a feature's history says that it is removed."""
    return difference.kind is DifferenceKind.REMOVED and difference.stage is Stage.REMOVED


def _release_order(placed: Placed) -> tuple[Any, ...]:
    rank, difference = placed
    uid = difference.deprecation.id if difference.deprecation else ""
    return rank, GRAVITY.index(difference.kind), difference.feature or "", uid


def _day_order(placed: Placed) -> tuple[Any, ...]:
    _, difference = placed
    effective_on = difference.deprecation.effective_on if difference.deprecation else None
    days = (effective_on, difference.from_day, difference.planned_on, difference.released_on)
    return next((day for day in days if day), date.max), *_release_order(placed)
