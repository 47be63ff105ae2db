"""What is announced to change on the way from one version to another, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.comparison_structs import AnnouncementOut, DifferenceKind, DifferenceOut
from lifecycle.answers.stage_differences import is_removed
from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.answers.upgrade_paths import UpgradePath
    from lifecycle.deprecations.announced import Announced

KINDS = {
    Kind.REMOVAL: DifferenceKind.REMOVED,
    Kind.DISCONTINUATION: DifferenceKind.DISCONTINUED,
    Kind.BREAKING_CHANGE: DifferenceKind.BROKEN,
}
"""An end of support changes nothing in a version: how long each is supported says the answer."""


class AnnouncedDifferences:
    """The standing announcements of a product, told for one tier or for all of theirs."""

    def __init__(self, path: UpgradePath, *, tier: str | None, at: date) -> None:
        self._path = path
        self._tier = tier
        self._at = at

    def on_the_way(self) -> Iterator[tuple[int, DifferenceOut]]:
        """Yield what is in force in the higher version and was not in the lower one."""
        path = self._path
        for change, days in self._concerning():
            rank = self._brought_by(change)
            if rank is None:
                effective_on = min(days.values())
                if not path.spans(effective_on) or not self._touches(change):
                    continue
                place = path.rank_on(effective_on)
            elif path.holds(rank):
                place = rank
            else:
                continue
            if not self._is_gone(change, ahead=False):
                yield place, self._difference(change, days, place)

    def afterwards(self) -> Iterator[tuple[int, DifferenceOut]]:
        """Yield what takes effect after both versions."""
        path = self._path
        for change, days in self._concerning():
            rank = self._brought_by(change)
            if rank is None:
                is_ahead = min(days.values()) > path.last_day and self._touches(change)
            else:
                is_ahead = rank > path.higher.rank
            if is_ahead and not self._is_gone(change, ahead=True):
                place = path.higher.rank if rank is None else rank
                yield place, self._difference(change, days, rank)

    def _concerning(self) -> Iterator[tuple[Announced, dict[str, date]]]:
        """Yield what changes something, with the effective days of the tiers asked about."""
        for change in self._path.snapshot.announced:
            if change.content.kind not in KINDS:
                continue
            tiers = [tier for tier in change.tiers if self._tier in (None, tier)]
            if tiers:
                yield change, {tier: change.days[tier] for tier in tiers}

    def _brought_by(self, change: Announced) -> int | None:
        """Return the rank of the version that brings a change; None where a day does."""
        version = change.content.from_version
        return self._path.snapshot.histories.rank_of(version) if version else None

    def _is_gone(self, change: Announced, *, ahead: bool) -> bool:
        """Return whether a feature is gone before anything else happens to it.

        An announcement of its removal still belongs to one on the way.
        """
        path = self._path
        place = (path.lower.rank, path.lower.day)
        if ahead and KINDS[change.content.kind] is DifferenceKind.BROKEN:
            place = (path.higher.rank, path.last_day)
        return is_removed(path, change.content.feature, place)

    def _touches(self, change: Announced) -> bool:
        """Return whether who runs either version is concerned."""
        if change.content.feature is not None or change.content.whole_product:
            return True
        ends = (self._path.lower, self._path.higher)
        return any(change.concerns(release.line, release.version) for release in ends)

    def _difference(
        self, change: Announced, days: dict[str, date], rank: int | None
    ) -> DifferenceOut:
        content = change.content
        by_version = self._brought_by(change) is not None
        release = None if rank is None else self._path.release_at(rank, content.from_version)
        feature = self._path.snapshot.known.features.get(content.feature or "")
        name = feature.name if feature and feature.name else None
        subject = What(
            lines=content.lines,
            range=content.range,
            feature=content.feature,
            feature_name=name,
            whole_product=content.whole_product,
        )
        first = min(days.values())
        return DifferenceOut(
            kind=KINDS[content.kind],
            summary=wording.NOUNS[content.kind].format(wording.scope(subject)),
            version=release.version if release else content.from_version,
            released_on=release.day if release and not release.planned else None,
            planned_on=release.day if release and release.planned else None,
            from_day=None if by_version else first,
            feature=content.feature,
            name=name,
            deprecation=AnnouncementOut(
                id=change.uid,
                kind=content.kind,
                announced_on=change.announced_on,
                effective_on=first,
                days_left=(first - self._at).days,
                days=days,
                lines=content.lines,
                range=content.range,
                feature=content.feature,
                whole_product=content.whole_product,
                from_version=content.from_version,
                reason=content.reason,
                migration=content.migration,
                replacement=content.replacement,
                links=content.links,
            ),
        )
