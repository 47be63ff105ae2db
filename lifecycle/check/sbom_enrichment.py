"""What a check found of an SBOM's components, put into it as their lifecycle (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lifecycle.check.sbom_components import places_of
from lifecycle.interchange import enriched_cyclonedx
from lifecycle.interchange.enriched_cyclonedx import Milestones
from lifecycle.interchange.sboms import read_sbom

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class Answered(Protocol):
    """The answer for components: as the service gives it, or as a client has read it."""

    @property
    def places(self) -> tuple[int, ...]:
        """The components that it is for."""
        ...

    @property
    def released_on(self) -> date | None:
        """The day on which the version was published, where that is known."""
        ...

    @property
    def prerelease(self) -> bool:
        """Whether the version is a prerelease, which is not yet generally available."""
        ...

    @property
    def end_of_life(self) -> date | None:
        """The last day of life, if the version's line declares one or the version is withdrawn."""
        ...

    @property
    def supported_until(self) -> date | None:
        """The last day of support, where that is known."""
        ...


def enrich_sbom(text: bytes, results: Iterable[Answered], *, file: str) -> bytes:
    """Return an SBOM with the milestones of every component that has an answer.

    ``results`` answer the components by their places among those of ``read_sbom_components``. An
    end that no day is known of leaves none: an estimate is not a milestone.
    """
    by_place: dict[int, Milestones] = {}
    for answer in results:
        available_on = None if answer.prerelease else answer.released_on
        milestones = Milestones(available_on, answer.supported_until, answer.end_of_life)
        for place in answer.places:
            by_place.setdefault(place, milestones)
    components = read_sbom(text, file=file).components
    milestones_of = {
        component: by_place[place]
        for component, places in places_of(components)
        for place in places
        if place in by_place
    }
    return enriched_cyclonedx.enrich(text, milestones_of, file=file)
