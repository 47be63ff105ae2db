"""The shapes in which two versions are compared."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from lifecycle.answers.response_structs import VersionOut
from lifecycle.deprecations.deprecation_inputs import Link
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.stages import Stage


class DifferenceKind(StrEnum):
    """What happens to a feature, a line or the product, the gravest first."""

    REMOVED = "removed"
    DISCONTINUED = "discontinued"
    BROKEN = "broken"
    DEPRECATED = "deprecated"
    STAGE = "stage"
    DEFAULT = "default"


class AnnouncementOut(msgspec.Struct, frozen=True, kw_only=True):
    """An announced change; ``days`` has the effective day of each tier it was asked for.

    ``effective_on`` is the first of them. ``days_left`` counts from the day asked about to that
    one, and is negative once it has passed.
    """

    id: str
    kind: Kind
    announced_on: date
    effective_on: date
    days_left: int
    days: dict[str, date]
    lines: tuple[str, ...] | None
    range: str | None
    feature: str | None
    whole_product: bool
    from_version: str | None
    reason: str
    migration: str | None
    replacement: str | None
    links: tuple[Link, ...]


class DifferenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an upgrade meets; ``summary`` says what in a few words.

    ``version`` is the release that brings it. What no release brings holds in every version from
    ``from_day``; then ``version`` is the first release on the way that came out on that day or
    later. ``deprecation`` is what was announced, if anything was.
    """

    kind: DifferenceKind
    summary: str
    version: str | None = None
    released_on: date | None = None
    planned_on: date | None = None
    from_day: date | None = None
    feature: str | None = None
    name: str | None = None
    stage_before: Stage | None = None
    stage: Stage | None = None
    default_before: bool | str | None = None
    default: bool | str | None = None
    deprecation: AnnouncementOut | None = None


class ComparisonOut(msgspec.Struct, frozen=True, kw_only=True):
    """All that an upgrade from one version to a higher one meets, and what comes after it.

    ``changes`` come in the order of the releases that bring them, the lowest first. ``ahead`` is
    what takes effect after the higher version, the nearest first. ``from`` and ``to`` say how long
    each version is supported.
    """

    product: str
    tier: str | None
    at: date
    lower: VersionOut = msgspec.field(name="from")
    higher: VersionOut = msgspec.field(name="to")
    changes: tuple[DifferenceOut, ...]
    ahead: tuple[DifferenceOut, ...]
