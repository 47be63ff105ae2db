"""What a catalogue is told: products, releases, lines and features as they come in.

The API's bodies, the importers' results and the demo vendor are all made of these. They say what
form a fact has; whether it fits what is known already, the actions decide.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lifecycle.catalogue.presentations import EndoflifeTiers, LinePresentation, Presentation
from lifecycle.documents.patterns import END, SLUG, WEB_ADDRESS, Text, Version
from lifecycle.policy.windows import Phase
from lifecycle.support.facts import DeclaredDay

LineBy: TypeAlias = Literal["major", "minor", "patch", "declared"]
StageName: TypeAlias = Literal[
    "experimental", "alpha", "beta", "preview", "ga", "deprecated", "removed"
]
Key: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=100, pattern="^" + SLUG + END, examples=["clairdash"])
]
Address: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=WEB_ADDRESS)]


class ProductIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product: what is versioned and supported. Without a name, it goes by its slug.

    ``aliases`` are other slugs that people may know it by: who asks for one is told the slug.
    ``endoflife`` and ``presentation`` stay as they are where they are left out; ``null`` clears.
    """

    slug: Key
    name: Text = ""
    scheme: Text = "semver"
    line_by: LineBy = "minor"
    identifiers: tuple[Text, ...] = ()
    aliases: tuple[Key, ...] = ()
    public: bool | UnsetType = UNSET
    endoflife: EndoflifeTiers | UnsetType | None = UNSET
    presentation: Presentation | UnsetType | None = UNSET


class ReleaseIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version: published on a day, or planned for one.

    ``line`` is for products whose lines are declared; elsewhere the scheme derives it.
    ``withdrawn_on`` is the first day withdrawn, ``restored_on`` the first day back.
    """

    version: Version
    released_on: date | None = None
    planned_on: date | None = None
    stage: StageName | None = None
    line: Text | None = None
    withdrawn_on: date | None = None
    restored_on: date | None = None
    notes_url: Address | None = None


class ReleasePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a release: fields left out stay, ``null`` clears.

    ``voided`` is the reason why the release was entered by mistake; it then never counted. For any
    other change the log keeps the ``reason``, if one is given.
    """

    released_on: date | UnsetType = UNSET
    planned_on: date | UnsetType | None = UNSET
    stage: StageName | UnsetType | None = UNSET
    line: Text | UnsetType | None = UNSET
    withdrawn_on: date | UnsetType | None = UNSET
    restored_on: date | UnsetType | None = UNSET
    notes_url: Address | UnsetType | None = UNSET
    voided: Text | UnsetType = UNSET
    reason: Text | UnsetType = UNSET


class LineIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line declares: the last covered days, ``true`` for over, ``false`` for no end known.

    ``correction`` says why a declared day moves earlier, or the first day moves at all; without it
    such a change is refused.
    ``released_on`` is its first day where that is not its first stable release's, ``position``
    orders declared lines. ``presentation`` stays as it is where it is left out; ``null`` clears.
    """

    declared: dict[Phase, DeclaredDay] = {}
    lts: date | bool | None = None
    codename: Text | None = None
    released_on: date | None = None
    position: int | None = None
    presentation: LinePresentation | UnsetType | None = UNSET
    correction: Text | None = None


class StageIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stage a feature has from a version or a day on; ``default`` where it differs by stage."""

    stage: StageName
    from_version: Version | None = None
    from_day: date | None = None
    default: bool | None = None


class FeatureIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A capability or feature flag: its stages in order; without ``tiers`` every tier has it.

    ``depends_on`` are the keys of the product's features that it needs; they need not be known yet.
    """

    name: Text = ""
    stages: tuple[StageIn, ...] = ()
    tiers: tuple[Text, ...] | None = None
    default: bool | Text | None = None
    depends_on: tuple[Text, ...] = ()
    public: bool | UnsetType = UNSET


class ImportedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """All that a source says of one product; lines and features by their names and keys.

    ``cleared`` names by version the fields of which the source says that there is nothing; about
    what is neither given nor cleared it says nothing. ``notes`` say what it leaves open.
    """

    product: ProductIn
    releases: tuple[ReleaseIn, ...] = ()
    cleared: dict[str, frozenset[str]] = {}
    lines: dict[str, LineIn] = {}
    features: dict[str, FeatureIn] = {}
    notes: tuple[str, ...] = ()


def plain(facts: msgspec.Struct) -> dict[str, Any]:
    """Return the facts as JSON-able values, for evidence and comparison.

    >>> plain(StageIn(stage="ga", from_day=date(2026, 1, 31)))["from_day"]
    '2026-01-31'
    """
    built: dict[str, Any] = msgspec.to_builtins(facts)
    return built
