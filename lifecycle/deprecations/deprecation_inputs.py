"""What is told about deprecations: the bodies that draft, announce, amend and withdraw them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lifecycle.catalogue.catalogue_inputs import Address, Key
from lifecycle.documents.patterns import PROSE, VERSION_RANGE, FeatureKey, Text, Version
from lifecycle.policy.notice_periods import Kind

Prose: TypeAlias = Annotated[str, Meta(max_length=10_000, pattern=PROSE)]
Range: TypeAlias = Annotated[
    str, Meta(max_length=2000, pattern=VERSION_RANGE, examples=["vers:semver/<3.35.0"])
]
EffectiveOn: TypeAlias = date | dict[str, date]
"""One day for every tier, or a day by tier."""


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to read more: ``rel`` is documentation, guide, announcement, …."""

    title: Text = ""
    url: Address


class DeprecationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to be announced, for exactly one of lines, a range, a feature or the whole product.

    ``tiers`` left out are all of the policy's. ``from_version`` is the version that brings the
    change. ``effective_on`` left out is the earliest permissible day, found when it is announced.
    ``migration`` and ``replacement`` are Markdown (CommonMark).
    """

    product: Key
    kind: Kind
    lines: tuple[Text, ...] | None = None
    range: Range | None = None
    feature: FeatureKey | None = None
    whole_product: bool = False
    tiers: tuple[Text, ...] | None = None
    from_version: Version | None = None
    effective_on: EffectiveOn | None = None
    reason: Prose = ""
    migration: Prose | None = None
    replacement: Text | None = None
    links: tuple[Link, ...] = ()


class DeprecationPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a draft: fields left out stay, ``null`` clears."""

    kind: Kind | UnsetType = UNSET
    lines: tuple[Text, ...] | UnsetType | None = UNSET
    range: Range | UnsetType | None = UNSET
    feature: FeatureKey | UnsetType | None = UNSET
    whole_product: bool | UnsetType = UNSET
    tiers: tuple[Text, ...] | UnsetType | None = UNSET
    from_version: Version | UnsetType | None = UNSET
    effective_on: EffectiveOn | UnsetType | None = UNSET
    reason: Prose | UnsetType = UNSET
    migration: Prose | UnsetType | None = UNSET
    replacement: Text | UnsetType | None = UNSET
    links: tuple[Link, ...] | UnsetType = UNSET


class AnnounceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to announce: now, or by itself ``on`` a later day; ``waiver`` names one that lets it.

    On a day on which the business stays closed, it announces itself at the next opening.
    """

    on: date | None = None
    waiver: Text | None = None


class AmendIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an announced deprecation becomes; fields left out stay.

    Another day postpones or brings forward; more or fewer lines, tiers or a whole other range
    widen or narrow.
    """

    effective_on: EffectiveOn | None = None
    lines: tuple[Text, ...] | None = None
    range: Range | None = None
    tiers: tuple[Text, ...] | None = None
    migration: Prose | None = None
    replacement: Text | None = None
    links: tuple[Link, ...] | None = None
    reason: Prose
    waiver: Text | None = None


class WithdrawIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a deprecation is taken back."""

    reason: Prose
    waiver: Text | None = None
