"""What a check of components answers: each answer, and how many components there were."""

from __future__ import annotations

from datetime import date

import msgspec

from lifecycle.answers.response_structs import PolicyOut, SupportOut
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.upgrades import UpgradeTo


class AnnouncedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is announced for something that is run: in force from ``effective_on`` on.

    ``days_left`` is negative once that day has passed.
    """

    id: str
    kind: Kind
    feature: str | None
    announced_on: date
    effective_on: date
    days_left: int
    reason: str
    replacement: str | None
    migration: str | None


class CheckedOut(SupportOut, frozen=True, kw_only=True):
    """The answer for one product, version and tier.

    ``places`` are the components it answers, counted from 0. ``ends_on`` is the first day without
    support, where that is known, and ``days_left`` the days until then. ``assumed_from_line``
    says that the version is not known, and its line answers for it. ``unknown_features`` are those
    in use that the product does not have: what is announced for them cannot be known. ``choose``
    are the product's tiers, where none is named and one has to be; a withdrawn version needs none.
    ``end_of_life`` is the day that the line declares, or that of the tier covered longest if that
    is later; a withdrawn version's is the day before at the latest.
    """

    places: tuple[int, ...]
    instance: str | None
    product: str
    version: str | None
    line: str | None
    tier: str | None
    at: date
    released_on: date | None = None
    prerelease: bool = False
    end_of_life: date | None = None
    ends_on: date | None
    days_left: int | None
    assumed_from_line: bool = False
    upgrade_to: UpgradeTo | None = None
    deprecations: tuple[AnnouncedOut, ...] = ()
    unknown_features: tuple[str, ...] = ()
    choose: tuple[str, ...] = ()
    policy: PolicyOut | None = None


class CountsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many components there were, and what became of them.

    ``unknown_product`` are those that name a product the catalogue does not have; ``unmatched`` are
    those whose package URL no product has; ``without_purl`` those that are known by a name alone;
    ``unreadable`` those that could not be read in full; ``merged`` those that another one's answer
    answers as well. ``products`` counts those matched by product.
    """

    components: int
    matched: int
    unmatched: int
    without_purl: int
    unreadable: int
    merged: int
    products: dict[str, int]
    unknown_product: int = 0


class UnreadOut(msgspec.Struct, frozen=True, kw_only=True):
    """A component that could not be read in full; ``product`` is what it may be of."""

    place: int
    name: str
    fault: str
    product: str | None


class NearOut(msgspec.Struct, frozen=True, kw_only=True):
    """Components of no known product whose name nearly is an identifier of one."""

    places: tuple[int, ...]
    name: str
    identifier: str
    product: str
