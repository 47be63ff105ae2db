"""What coverage is computed from: a product's releases, lines and policies, as plain structs."""

from __future__ import annotations

from datetime import date
from typing import Final, TypeAlias

import msgspec

from lifecycle.calendar.lengths import add_days
from lifecycle.policy.policies import Policy
from lifecycle.policy.windows import Phase

DeclaredDay: TypeAlias = date | bool
"""A day is the last covered one; ``True`` is over, day unknown; ``False`` is no end known."""

NOT_YET: Final = date.max
"""When a release was registered that is only looked ahead to."""


def bound_from(first: date, *, precedes_policy: bool) -> date:
    """Return the first day whose policy binds what began on a day.

    >>> bound_from(date(2026, 12, 1), precedes_policy=True).isoformat()
    '2026-11-30'
    """
    return add_days(first, -1) if precedes_policy else first


class Release(msgspec.Struct, frozen=True, gc=False):
    """One version, placed in its product's order.

    ``rank`` orders (equal versions share one); ``units`` are the names of its major, minor and
    patch line where the scheme has them. ``day`` is the release day, or the planned day of a plan.
    A withdrawal is the half-open interval ``[withdrawn_on, restored_on)``. One that
    ``precedes_policy`` came out on a policy's first day, before that policy was entered.
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
    precedes_policy: bool = False

    @property
    def bound_from(self) -> date:
        """The first day whose policy binds it: the day before where the day's own came later."""
        return bound_from(self.day, precedes_policy=self.precedes_policy)


class Line(msgspec.Struct, frozen=True):
    """What a line declares about itself.

    ``released_on`` is its first day where that is not its first stable release's; ``lts`` may be
    the day it becomes LTS.
    ``position`` orders the lines of a product whose lines are declared. One that
    ``precedes_policy`` declares as its first day that of a policy which was entered that very day:
    when it was declared is not known, and so what was in force before binds it as well.
    """

    name: str
    declared: dict[Phase, DeclaredDay] = {}
    lts: date | bool | None = None
    codename: str | None = None
    released_on: date | None = None
    position: int = 0
    precedes_policy: bool = False

    @property
    def bound_from(self) -> date | None:
        """The first day whose policy binds it, where it declares its first day."""
        if self.released_on is None:
            return None
        return bound_from(self.released_on, precedes_policy=self.precedes_policy)


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
