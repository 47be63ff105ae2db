"""Where a check learns what runs: a list of products and versions, or an SBOM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lifecycle.check.sbom_components import components_asked
from lifecycle.cli.inputs import read
from lifecycle.interchange.sboms import LIMIT, is_sbom, read_sbom


class Source(msgspec.Struct, frozen=True):
    """The components of a file as the service takes them."""

    file: str
    components: tuple[dict[str, Any], ...]
    line_of: Callable[[int], int | None] = lambda _: None
    text: bytes = b""
    """An SBOM as it was read."""
    has_subject: bool = False
    """Whether one of the components is what the SBOM itself describes."""

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
    return Source(
        file,
        components_asked(components, file=file),
        text=text,
        has_subject=any(component.is_subject for component in components),
    )
