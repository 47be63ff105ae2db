"""SPDX as JSON: the packages of version 2, and those in the graph of version 3."""

from __future__ import annotations

import re
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
    purls_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGES: Final = frozenset({"Package", "AIPackage", "DatasetPackage"})
_PURL, _VERSION = "packageUrl", "packageVersion"
_TERM: Final = re.compile(r".*[/#:_]", re.DOTALL)
"""What stands before a term: a prefix, or the vocabulary's address."""
_CONTEXT: Final = "@context"
_REFERENCES: Final = ("externalIdentifier", "externalRef")


class _Reference(msgspec.Struct, rename="camel"):
    reference_type: str = ""
    reference_locator: str = ""

    @property
    def purls(self) -> list[str]:
        """The package URL that it is: by its type, however that is spelled, or by what it holds."""
        kind = _TERM.sub("", self.reference_type.strip().rstrip("/").lower())
        return [self.reference_locator] if kind == "purl" else purls_in(self.reference_locator)


class _Package(msgspec.Struct, rename="camel"):
    name: str | None = None
    version_info: str | None = None
    external_refs: list[_Reference] | None = None


class _Document(msgspec.Struct):
    packages: msgspec.Raw = ABSENT


def read_packages(document: msgspec.Raw) -> Iterator[Component]:
    """Yield the packages of an SPDX 2 document, each with all of its package URLs."""
    packages = msgspec.json.decode(document, type=_Document).packages
    for number, raw in enumerate(elements(packages, "packages")):
        place = f"packages[{number}]"
        try:
            package = msgspec.json.decode(raw, type=_Package)
        except msgspec.ValidationError:
            yield odd(msgspec.json.decode(raw), place)
            continue
        purls = [purl for ref in package.external_refs or () for purl in ref.purls]
        yield component(package.name or "", package.version_info, purls, place)


def read_graph(document: msgspec.Raw) -> Iterator[Component]:
    """Yield the packages of an SPDX 3 document, wherever they stand in it.

    A document is a graph, or a single element; an element stands in the graph, or within another
    one, and may be referred to by its id. What has a property of packages is a package, whatever
    an extension calls its type. Terms are read with any prefix, or as whole addresses.
    """
    root = msgspec.json.decode(document)
    graph = root.get("@graph")
    if graph is not None and not isinstance(graph, list):
        raise Malformed(f"@graph is {kind_of(graph)}, not a list")
    mappings = list(_mappings(root))
    named = {}
    for _, node in mappings:
        if len(node) > 1 and isinstance(uid := node.get("spdxId", node.get("@id")), str):
            named[uid] = node
    for number, node in enumerate(graph or ()):
        if not isinstance(node, dict):
            yield odd(node, f"@graph[{number}]")
    for place, node in mappings:
        if _is_package(node):
            yield _package(node, place, named)


def _is_package(element: Mapping[str, Any]) -> bool:
    kinds = _listed(element.get("type", element.get("@type")))
    return any(isinstance(kind, str) and _TERM.sub("", kind) in _PACKAGES for kind in kinds) or any(
        _TERM.sub("", name) in {_PURL, _VERSION} for name in element
    )


def _value(element: Mapping[str, Any], term: str) -> Any:
    """Return what an element has under a term; expanded, a single value stands in a list."""
    value = next((member for name, member in element.items() if _TERM.sub("", name) == term), None)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return value[0].get("@value", value)
    return value


def _package(element: Mapping[str, Any], place: str, named: Mapping[str, Any]) -> Component:
    purl, version = _value(element, _PURL), _value(element, _VERSION)
    purls = [purl]
    for kind in _REFERENCES:
        for reference in _listed(_value(element, kind)):
            uid = reference.get("@id") if isinstance(reference, dict) else reference
            values = named.get(uid, reference) if isinstance(uid, str) else reference
            if isinstance(values, dict):
                purls += _purls(values)
    name = _value(element, "name") or ""
    if all(isinstance(field, str | None) for field in (name, version, *purls)):
        return component(name, version, purls, place)
    values = {"name": name, "version": version, "purl": purl, "purls": purls}
    return odd(values, place)


def _purls(reference: Mapping[str, Any]) -> list[Any]:
    """Return the package URLs that a reference is: by its type, or by what it holds."""
    if reference.get("externalIdentifierType") == _PURL:
        return [reference.get("identifier")]
    if reference.get("externalRefType") == "purl":
        return _listed(reference.get("locator"))
    return purls_in([_value(reference, "identifier"), _value(reference, "locator")])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _mappings(root: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all mappings in a document, each with its place; its context holds terms alone."""
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, dict):
            yield place.removeprefix(".") or "the document", part
            within = [
                (f"{place}.{name}", value) for name, value in part.items() if name != _CONTEXT
            ]
            waiting += [pair for pair in within if isinstance(pair[1], dict | list)][::-1]
        elif isinstance(part, list):
            within = [(f"{place}[{number}]", value) for number, value in enumerate(part)]
            waiting += [pair for pair in within if isinstance(pair[1], dict | list)][::-1]
