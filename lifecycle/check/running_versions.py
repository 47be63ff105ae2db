"""What is run, and the answer for it, as ``POST /v1/check`` gives it; read as far as needed."""

from __future__ import annotations

from datetime import date

import msgspec

from lifecycle.calendar.estimates import Estimate


class Upgrade(msgspec.Struct, frozen=True):
    """Where to go next; None where nothing newer is covered.

    ``uncovered`` is the newest of all, where the tier does not cover that.
    """

    patch: str | None = None
    newest: str | None = None
    uncovered: str | None = None


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What is announced for something that is run."""

    id: str
    kind: str
    effective_on: date
    days_left: int
    announced_on: date | None = None
    feature: str | None = None
    reason: str = ""
    replacement: str | None = None
    migration: str | None = None


class PolicyName(msgspec.Struct, frozen=True):
    """The policy under which an answer was given."""

    name: str
    version: str


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What is run of one product, and the answer for it."""

    product: str
    status: str
    reason: str
    at: date
    version: str | None = None
    tier: str | None = None
    instance: str | None = None
    line: str | None = None
    places: tuple[int, ...] = ()
    released_on: date | None = None
    prerelease: bool = False
    end_of_life: date | None = None
    supported_until: date | None = None
    ends_on: date | None = None
    days_left: int | None = None
    projected_until: Estimate | None = None
    upgrade_to: Upgrade | None = None
    deprecations: tuple[Announcement, ...] = ()
    unknown_features: tuple[str, ...] = ()
    choose: tuple[str, ...] = ()
    policy: PolicyName | None = None

    @property
    def name(self) -> str:
        """Say what it is.

        >>> Running(product="web", version="3.5", status="", reason="", at=date.min).name
        'web 3.5'
        """
        versioned = f"{self.product} {self.version}" if self.version else self.product
        return f"{versioned} ({self.instance})" if self.instance else versioned
