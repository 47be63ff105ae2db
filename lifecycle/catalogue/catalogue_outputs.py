"""How the catalogue is shown: products, releases, lines and features as they are stored.

The API answers with these, and so do commands that read the local store.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

import msgspec

from lifecycle.catalogue.catalogue_inputs import StageIn
from lifecycle.catalogue.line_facts import facts_of
from lifecycle.catalogue.presentations import EndoflifeTiers, LinePresentation, Presentation
from lifecycle.policy.windows import Phase
from lifecycle.support.facts import DeclaredDay

if TYPE_CHECKING:
    from collections.abc import Container

    from lifecycle.catalogue.models import Feature, Line, Product, Release


class ProductOut(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is stored."""

    slug: str
    name: str
    scheme: str
    line_by: str
    identifiers: list[str]
    aliases: list[str]
    public: bool
    endoflife: EndoflifeTiers | None
    presentation: Presentation | None
    created_at: datetime
    revision: int

    @classmethod
    def of(cls, product: Product) -> ProductOut:
        """Show a product."""
        return cls(
            slug=product.slug,
            name=product.name,
            scheme=product.scheme,
            line_by=product.line_by,
            identifiers=product.identifiers,
            aliases=product.aliases,
            public=product.public,
            endoflife=msgspec.convert(product.endoflife, EndoflifeTiers | None),
            presentation=msgspec.convert(product.presentation, Presentation | None),
            created_at=product.created_at,
            revision=product.revision,
        )


class ReleaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """A release as it is stored; ``voided_at`` where it was entered by mistake."""

    version: str
    line: str | None
    released_on: date | None
    planned_on: date | None
    stage: str | None
    prerelease: bool
    withdrawn_on: date | None
    restored_on: date | None
    notes_url: str | None
    registered_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    revision: int

    @classmethod
    def of(cls, release: Release, **more: Any) -> Self:
        """Show a release; ``more`` are the members that a subclass adds."""
        return cls(
            version=release.version,
            line=release.line,
            released_on=release.released_on,
            planned_on=release.planned_on,
            stage=release.stage,
            prerelease=release.prerelease,
            withdrawn_on=release.withdrawn_on,
            restored_on=release.restored_on,
            notes_url=release.notes_url,
            registered_at=release.registered_at,
            voided_at=release.voided_at,
            void_reason=release.void_reason,
            revision=release.revision,
            **more,
        )


class DeclaredLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a line declares: last covered days, ``true`` for over, ``false`` for no end known."""

    line: str
    declared: dict[Phase, DeclaredDay]
    lts: date | bool | None
    codename: str | None
    released_on: date | None
    position: int | None
    presentation: LinePresentation | None
    revision: int

    @classmethod
    def of(cls, line: Line) -> DeclaredLineOut:
        """Show a line."""
        facts = facts_of(line)
        return cls(
            line=line.name,
            declared=facts.declared,
            lts=facts.lts,
            codename=facts.codename,
            released_on=facts.released_on,
            position=facts.position,
            presentation=facts.presentation or None,
            revision=line.revision,
        )


class FeatureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A feature as it is stored; without ``tiers`` every tier has it."""

    key: str
    name: str
    stages: tuple[StageIn, ...]
    tiers: tuple[str, ...] | None
    default: bool | str | None
    depends_on: tuple[str, ...]
    public: bool
    revision: int

    @classmethod
    def of(cls, feature: Feature, withheld: Container[str] = ()) -> FeatureOut:
        """Show a feature, without the dependencies that are to be withheld."""
        tiers = feature.tiers
        return cls(
            key=feature.key,
            name=feature.name,
            stages=msgspec.convert(feature.stages, tuple[StageIn, ...]),
            tiers=None if tiers is None else tuple(tiers),
            default=feature.default,
            depends_on=tuple(key for key in feature.depends_on if key not in withheld),
            public=feature.public,
            revision=feature.revision,
        )
