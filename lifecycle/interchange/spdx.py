"""SPDX as JSON: the packages of version 2, and those in the graph of version 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.interchange.sbom_parts import (
    ABSENT,
    Component,
    Malformed,
    component,
    elements,
    kind_of,
    odd,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PURL: Final = "purl"
_IDENTIFIER: Final = "packageUrl"
_PACKAGES: Final = frozenset({"software_Package", "ai_AIPackage", "dataset_DatasetPackage"})
_OF_PACKAGES: Final = frozenset({"software_packageUrl", "software_packageVersion"})
_REFERENCES: Final = ("externalIdentifier", "externalRef")


class _Reference(msgspec.Struct, rename="camel"):
    reference_type: str = ""
    reference_locator: str = ""

    @property
    def is_purl(self) -> bool:
        """Say whether it is a package URL: by name, or as ``http://spdx.org/rdf/references/purl``."""
        return self.reference_type.rpartition("/")[2].lower() == _PURL


class _Package(msgspec.Struct, rename="camel"):
    name: str | None = None
    version_info: str | None = None
    external_refs: list[_Reference] | None = None


class _Document(msgspec.Struct):
    packages: msgspec.Raw = ABSENT


def read_packages(document: msgspec.Raw) -> Iterator[Component]:
    """Give the packages of an SPDX 2 document, each with all of its package URLs."""
    packages = msgspec.json.decode(document, type=_Document).packages
    for number, raw in enumerate(elements(packages, "packages")):
        place = f"packages[{number}]"
        try:
            package = msgspec.json.decode(raw, type=_Package)
        except msgspec.ValidationError:
            yield odd(msgspec.json.decode(raw), place)
            continue
        references = package.external_refs or []
        purls = [each.reference_locator for each in references if each.is_purl]
        yield component(package.name or "", package.version_info, purls, place)


def read_graph(document: msgspec.Raw) -> Iterator[Component]:
    """Give the packages of an SPDX 3 document, wherever they stand in it.

    A document is a graph, or a single element; an element stands in the graph, or within another
    one, and may be referred to by its id. What has a property of packages is a package, whatever
    an extension calls its type.
    """
    root = msgspec.json.decode(document)
    graph = root.get("@graph")
    if graph is not None and not isinstance(graph, list):
        raise Malformed(f"@graph is {kind_of(graph)}, not a list")
    found = list(_mappings(root))
    named = {}
    for _, each in found:
        if len(each) > 1 and isinstance(uid := each.get("spdxId", each.get("@id")), str):
            named[uid] = each
    for number, each in enumerate(graph or ()):
        if not isinstance(each, dict):
            yield odd(each, f"@graph[{number}]")
    for place, each in found:
        if each.get("type", each.get("@type")) in _PACKAGES or not _OF_PACKAGES.isdisjoint(each):
            yield _package(each, place, named)


def _package(element: Mapping[str, Any], place: str, named: Mapping[str, Any]) -> Component:
    purl, version = element.get("software_packageUrl"), element.get("software_packageVersion")
    purls = [purl]
    for kind in _REFERENCES:
        for reference in _listed(element.get(kind)):
            told = named.get(reference, {}) if isinstance(reference, str) else reference
            if isinstance(told, dict):
                purls += _purls(told)
    name = element.get("name") or ""
    if all(isinstance(each, str | None) for each in (name, version, *purls)):
        return component(name, version, purls, place)
    told = {"name": name, "version": version, "purl": purl, "purls": purls}
    return odd(told, place)


def _purls(reference: Mapping[str, Any]) -> list[Any]:
    if reference.get("externalIdentifierType") == _IDENTIFIER:
        return [reference.get("identifier")]
    return _listed(reference.get("locator")) if reference.get("externalRefType") == _PURL else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _mappings(root: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give all mappings in a document, each with its place."""
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, dict):
            yield place.removeprefix(".") or "the document", part
            within = [(f"{place}.{name}", each) for name, each in part.items()]
            waiting += [pair for pair in within if isinstance(pair[1], dict | list)][::-1]
        elif isinstance(part, list):
            within = [(f"{place}[{number}]", each) for number, each in enumerate(part)]
            waiting += [pair for pair in within if isinstance(pair[1], dict | list)][::-1]
