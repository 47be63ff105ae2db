"""CycloneDX, as JSON and as XML: the component described, the others, and those within them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import errors as expat

import msgspec

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.sbom_parts import (
    ABSENT,
    Component,
    Malformed,
    component,
    elements,
    odd,
    purls_in,
    readable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    _Waiting = list[tuple[str, msgspec.Raw, int]]

DEPTH: Final = 100
SUBJECT: Final = "metadata.component"
"""The place of what a bill itself is of."""
_CUT_SHORT: Final = frozenset(
    expat.codes[message]
    for message in (
        expat.XML_ERROR_NO_ELEMENTS,
        expat.XML_ERROR_UNCLOSED_TOKEN,
        expat.XML_ERROR_PARTIAL_CHAR,
        expat.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class _Component(msgspec.Struct):
    group: str | None = None
    name: str | None = None
    version: str | None = None
    purl: str | None = None
    reference: Any = msgspec.field(name="bom-ref", default=None)
    evidence: msgspec.Raw = ABSENT
    components: msgspec.Raw = ABSENT

    @property
    def full_name(self) -> str:
        """The name, after its group if it has one."""
        return f"{self.group}/{self.name}" if self.group else self.name or ""

    @property
    def purls(self) -> list[str]:
        """All package URLs of the component; its reference only where it has no other."""
        candidates = [self.purl or "", *_concluded(self.evidence)]
        return candidates if any(candidates) else purls_in(self.reference)


class _Identity(msgspec.Struct):
    concluded: Any = msgspec.field(name="concludedValue", default=None)


class _Evidence(msgspec.Struct):
    identity: list[_Identity] | _Identity | None = None


class _Metadata(msgspec.Struct):
    component: msgspec.Raw = ABSENT


class _Bom(msgspec.Struct):
    metadata: msgspec.Raw = ABSENT
    components: msgspec.Raw = ABSENT


def read_json(document: msgspec.Raw) -> Iterator[Component]:
    """Yield the components of a bill in JSON."""
    bom = msgspec.json.decode(document, type=_Bom)
    waiting: _Waiting = []
    _put(waiting, bom.components, "components", 1)
    try:
        metadata = msgspec.json.decode(bom.metadata, type=_Metadata | None)
    except msgspec.ValidationError:
        yield odd(msgspec.json.decode(bom.metadata), "metadata")
    else:
        if metadata and bytes(metadata.component) != b"null":
            waiting.append((SUBJECT, metadata.component, 1))
    while waiting:
        place, raw, depth = waiting.pop()
        try:
            parsed = msgspec.json.decode(raw, type=_Component)
        except msgspec.ValidationError:
            value = msgspec.json.decode(raw)
            yield odd(value, place)
            within = value.get("components") if isinstance(value, dict) else None
            parsed = _Component(components=msgspec.Raw(msgspec.json.encode(within)))
        else:
            part = component(parsed.full_name, parsed.version, parsed.purls, place)
            yield msgspec.structs.replace(part, is_subject=place == SUBJECT)
        try:
            _put(waiting, parsed.components, f"{place}.components", depth + 1)
        except Malformed as error:
            within = msgspec.json.decode(parsed.components)
            values = {"name": parsed.name, "purl": parsed.purl, "within": within}
            yield odd(values, place, fault=str(error))


def component_of(element: msgspec.Raw) -> Component | None:
    """Return the component that an element of a bill in JSON describes; None where it is odd."""
    try:
        parsed = msgspec.json.decode(element, type=_Component)
    except msgspec.ValidationError:
        return None
    return component(parsed.full_name, parsed.version, parsed.purls, "")


def _concluded(evidence: msgspec.Raw) -> list[str]:
    """Return the package URLs that the evidence of a component's identity leads to."""
    try:
        read = msgspec.json.decode(evidence, type=_Evidence | None)
    except msgspec.ValidationError:
        return purls_in(msgspec.json.decode(evidence))
    return purls_in([identity.concluded for identity in _listed(read.identity if read else None)])


def _listed(identity: list[_Identity] | _Identity | None) -> list[_Identity]:
    return identity if isinstance(identity, list) else [identity] if identity else []


def _put(waiting: _Waiting, within: msgspec.Raw, place: str, depth: int) -> None:
    """Put the elements of a list before all that wait, the first of them first."""
    if depth > DEPTH:
        raise RecursionError
    entries = elements(within, place)
    waiting += [(f"{place}[{n}]", entry, depth) for n, entry in enumerate(entries)][::-1]


def read_xml(text: bytes | str, file: str) -> Iterator[Component]:
    """Yield the components of a bill in XML."""
    root = _root(text, file)
    subjects = list(_children(root, "metadata/component"))
    waiting = [*subjects, *_children(root, "components/component")][::-1]
    while waiting:
        element = waiting.pop()
        group, name, version = (_text(element, field) for field in ("group", "name", "version"))
        part = component(
            f"{group}/{name}" if group else name,
            version,
            _purls(element),
            f"component {readable(name)}".strip(),
        )
        yield msgspec.structs.replace(part, is_subject=element in subjects)
        waiting += _children(element, "components/component")[::-1]


def _root(text: bytes | str, file: str) -> Element:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 -- only XML needs it
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        fault = f"is not well-formed XML at line {line}, column {column + 1}."
        if error.code in _CUT_SHORT:
            fault = "ends before its XML does. Was it cut short?"
        raise UnreadableDocument(f"{file} {fault} Write the SBOM again.") from None
    except DefusedXmlException:
        raise UnreadableDocument(
            f"{file} declares a DTD or entities, which are not supported; write it without."
        ) from None
    except (UnicodeDecodeError, LookupError, ValueError):
        raise UnreadableDocument(
            f"{file} cannot be read in the encoding that it declares; write it as UTF-8."
        ) from None
    space, _, name = root.tag.removeprefix("{").rpartition("}")
    if name != "bom" or "cyclonedx.org" not in space:
        raise UnreadableDocument(
            f"{file} is XML, but not CycloneDX; give CycloneDX as JSON or XML, or SPDX as JSON."
        )
    return root


def _purls(element: Element) -> list[str]:
    """Return all package URLs of a component; its reference only where it has no other."""
    evidence = [_whole(child) for child in _children(element, "evidence/identity/concludedValue")]
    purls = [*map(_whole, _children(element, "purl")), *purls_in(evidence)]
    return purls if any(purls) else purls_in(element.get("bom-ref"))


def _text(element: Element, name: str) -> str:
    return next((_whole(child) for child in _children(element, name)), "")


def _whole(element: Element) -> str:
    return "".join(element.itertext()).strip()


def _children(element: Element, path: str) -> list[Element]:
    """Return what stands under a path, whatever its namespace; None if nothing does."""
    children = [element]
    for name in path.split("/"):
        children = [child for parent in children for child in parent if _local(child) == name]
    return children


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
