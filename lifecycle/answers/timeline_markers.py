"""Markers on a timeline: announced changes by their effective days, and releases still planned."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.announced import Announced
    from lifecycle.support.facts import Release


class MarkerOut(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which something takes effect for these tiers, or a release is planned.

    ``kind`` is None for a planned release, which has a ``version``; an announced change has the
    ``id`` of its deprecation. ``lines`` are those it concerns, empty where it concerns no line.
    """

    day: date
    text: str
    kind: Kind | None = None
    id: str | None = None
    version: str | None = None
    lines: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()


def markers(
    snapshot: Snapshot, *, lines: Collection[str], tiers: Collection[str], today: date
) -> tuple[MarkerOut, ...]:
    """Return what is announced for some lines and tiers, or planned for the lines, by day.

    What concerns no single line, such as a feature or the whole product, is always among it.
    """
    planned = (
        _planned(release)
        for release in snapshot.facts.releases
        if release.planned
        and release.day > today
        and (release.line is None or release.line in lines)
    )
    announced = (
        marker
        for change in snapshot.announced
        for marker in _announced(snapshot, change, tiers)
        if not marker.lines or any(line in lines for line in marker.lines)
    )
    return tuple(sorted((*announced, *planned), key=lambda marker: (marker.day, marker.text)))


def _planned(release: Release) -> MarkerOut:
    return MarkerOut(
        day=release.day,
        text=f"{release.version} is planned",
        version=release.version,
        lines=(release.line,) if release.line is not None else (),
    )


def _announced(
    snapshot: Snapshot, change: Announced, tiers: Collection[str]
) -> Iterator[MarkerOut]:
    """Yield a marker for each day on which a change takes effect for one of the tiers."""
    days: dict[date, list[str]] = {}
    for tier in change.tiers:
        if tier in tiers:
            days.setdefault(change.days[tier], []).append(tier)
    for day, concerned in days.items():
        yield MarkerOut(
            day=day,
            text=_subject(snapshot, change),
            kind=change.content.kind,
            id=change.uid,
            lines=_lines(snapshot, change),
            tiers=tuple(concerned),
        )


def _subject(snapshot: Snapshot, change: Announced) -> str:
    content = change.content
    feature = snapshot.known.features.get(content.feature or "")
    changed = What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        feature_name=feature.name if feature else None,
        whole_product=content.whole_product,
    )
    noun = wording.NOUNS[content.kind].format(wording.scope(changed))
    return noun[:1].upper() + noun[1:]


def _lines(snapshot: Snapshot, change: Announced) -> tuple[str, ...]:
    if change.content.lines is not None:
        return change.content.lines
    releases = (snapshot.by_version[version] for version in sorted(change.versions or ()))
    return tuple(dict.fromkeys(release.line for release in releases if release.line is not None))
