"""Where a check learns what runs: a list of products and versions, or an SBOM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from lifecycle.answers.check_limits import MOST_ALIASES
from lifecycle.cli.inputs import read
from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.sbom_parts import readable
from lifecycle.interchange.sboms import LIMIT, Component, is_sbom, read_sbom


class Source(msgspec.Struct, frozen=True):
    """The components of a file as the service takes them."""

    file: str
    components: tuple[dict[str, Any], ...]
    line_of: Callable[[int], int | None] = lambda _: None

    def purls(self, places: tuple[int, ...]) -> list[tuple[str, ...]]:
        """Give all package URLs of each component by its place."""
        components = [self.components[place] for place in places]
        return [
            tuple(filter(None, (component.get("purl"), *component.get("aliases", ()))))
            for component in components
        ]


def read_source(file: str, *, must_be_sbom: bool = False) -> Source:
    """Read what runs; whether a file is an SBOM is told by what stands in it."""
    text = read(file, LIMIT)
    if must_be_sbom or is_sbom(text):
        return _sbom(text, file)
    from lifecycle.interchange.components import read_components  # noqa: PLC0415 -- only for lists

    listed = read_components(text, file=file)
    components = (
        {name: value for name, value in msgspec.to_builtins(entry).items() if value is not None}
        for entry in listed.entries
    )
    return Source(file, tuple(components), line_of=listed.line_of)


def _sbom(text: bytes, file: str) -> Source:
    components = read_sbom(text, file=file).components
    if not components:
        raise UnreadableDocument(
            f"{file} lists no components, so nothing could be checked; write the SBOM again."
        )
    return Source(file, tuple(entry for component in components for entry in _entries(component)))


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
