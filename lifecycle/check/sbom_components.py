"""The components of an SBOM, as a check is asked about them (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.answers.check_limits import MOST_ALIASES
from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.sbom_parts import readable
from lifecycle.interchange.sboms import Component, read_sbom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def read_sbom_components(text: bytes, *, file: str) -> tuple[dict[str, Any], ...]:
    """Read what an SBOM lists; refuse one that lists nothing."""
    return components_asked(read_sbom(text, file=file).components, file=file)


def components_asked(components: Sequence[Component], *, file: str) -> tuple[dict[str, Any], ...]:
    """Return what is asked about the components of an SBOM; refuse one that lists nothing."""
    if not components:
        raise UnreadableDocument(
            f"{file} lists no components, so nothing could be checked; write the SBOM again."
        )
    return tuple(entry for component in components for entry in _entries(component))


def places_of(components: Sequence[Component]) -> Iterator[tuple[Component, range]]:
    """Yield each component with its places among those that a check is asked about."""
    place = 0
    for component in components:
        count = len(range(0, len(component.purls) or 1, MOST_ALIASES + 1))
        yield component, range(place, place + count)
        place += count


def _entries(component: Component) -> Iterator[dict[str, Any]]:
    """Yield what is asked about a component: more than once if it has too many package URLs."""
    most = MOST_ALIASES + 1
    for start in range(0, len(component.purls) or 1, most):
        yield _entry(component, component.purls[start : start + most])


def _entry(component: Component, purls: Sequence[str]) -> dict[str, Any]:
    first, *more = purls or (None,)
    fault = component.fault
    if not (component.purls or component.name or fault):
        fault = "it has neither a name nor a package URL"
    fields = {
        "purl": first,
        "aliases": more,
        "version": component.version,
        "name": component.name,
        "fault": readable(fault or ""),
    }
    return {name: value for name, value in fields.items() if value}
