"""What coverage is computed from: a product's releases, lines and policies, as plain structs."""

from __future__ import annotations

from datetime import date
from typing import Final, TypeAlias

import msgspec

from lifecycle.policy.policies import Policy
from lifecycle.policy.windows import Phase

DeclaredDay: TypeAlias = date | bool
"""A day is the last covered one; ``True`` is over, day unknown; ``False`` is no end known."""

NOT_YET: Final = date.max
"""When a release was registered that is only looked ahead to."""


class Release(msgspec.Struct, frozen=True, gc=False):
    """One version, placed in its product's order.

    ``rank`` orders (equal versions share one); ``units`` are the names of its major, minor and
    patch line where the scheme has them. ``day`` is the release day, or the planned day of a plan.
    A withdrawal is the half-open interval ``[withdrawn_on, restored_on)``.
    """

    version: str
    rank: int
    day: date
    line: str | None = None
    units: tuple[str, str, str] | None = None
    planned: bool = False
    prerelease: bool = False
    withdrawn_on: date | None = None
    restored_on: date | None = None
    registered_on: date | None = None


class Line(msgspec.Struct, frozen=True):
    """What a line declares about itself.

    ``released_on`` is its first day where that is not its first stable release's; ``lts`` may be
    the day it becomes LTS.
    ``position`` orders the lines of a product whose lines are declared.
    """

    name: str
    declared: dict[Phase, DeclaredDay] = {}
    lts: date | bool | None = None
    codename: str | None = None
    released_on: date | None = None
    position: int = 0


class AnnouncedEnd(msgspec.Struct, frozen=True):
    """An end of support that was announced: for each tier, its effective day.

    It concerns ``lines``, or the ``versions`` of a range, or with neither the whole product.
    ``waived`` ones hold even where a window promises more.
    """

    uid: str
    announced_on: date
    days: dict[str, date]
    lines: frozenset[str] | None = None
    versions: frozenset[str] | None = None
    waived: bool = False

    def concerns(self, line: str | None, version: str | None) -> bool:
        """Return whether this ends the support of a line, or of one of its releases."""
        if self.versions is not None:
            return version in self.versions
        return self.lines is None or line in self.lines


class Facts(msgspec.Struct, frozen=True):
    """All that is known of a product today, plans included; policies in order of their days."""

    product: str
    line_by: str
    releases: tuple[Release, ...]
    lines: tuple[Line, ...] = ()
    policies: tuple[Policy, ...] = ()
    ends: tuple[AnnouncedEnd, ...] = ()
