"""Where a check learns what runs: a list of products and versions, or an SBOM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lifecycle.cli.inputs import read
from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.sboms import LIMIT, is_sbom, read_sbom


class Source(msgspec.Struct, frozen=True):
    """The components of a file as the service takes them, and what it says beside.

    ``without_purl`` components are in no package registry, and cannot be looked for.
    """

    file: str
    components: tuple[dict[str, Any], ...]
    without_purl: int = 0
    line_of: Callable[[int], int | None] = lambda _: None

    def purls(self, places: tuple[int, ...]) -> list[str | None]:
        """Give the package URLs of components by their places, None for one that has none."""
        return [self.components[place].get("purl") for place in places]


def read_source(file: str, *, must_be_sbom: bool = False) -> Source:
    """Read what runs; whether a file is an SBOM is told by what stands in it."""
    text = read(file, LIMIT)
    if must_be_sbom or is_sbom(text):
        return _sbom(text, file)
    from lifecycle.interchange.components import read_components  # noqa: PLC0415 -- only for lists

    listed = read_components(text, file=file)
    components = (
        {name: value for name, value in msgspec.to_builtins(each).items() if value is not None}
        for each in listed.entries
    )
    return Source(file, tuple(components), line_of=listed.line_of)


def _sbom(text: bytes, file: str) -> Source:
    sbom = read_sbom(text, file=file)
    components = tuple(
        {"purl": each.purl, **({"version": each.version} if each.version else {})}
        for each in sbom.components
        if each.purl
    )
    if not components:
        raise UnreadableDocument(
            f"{file} names {len(sbom.components)} components and a package URL (purl) for none of "
            "them, so nothing could be checked; have the tool that writes it add them."
        )
    return Source(file, components, without_purl=len(sbom.components) - len(components))
