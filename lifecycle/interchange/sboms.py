"""Software bills of materials: CycloneDX as JSON or XML, SPDX 2 and 3 as JSON.

Of a component, its package URL, name and version are read, and nothing else: a licence or a hash
that nobody has heard of must not keep a check from its answer. That is why neither
cyclonedx-python-lib nor spdx-tools reads them here. The first refuses a whole file for one value
that it does not know, and takes a thousand times as long; the second loads an RDF library. The
tests hold what is read to what the first reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

import msgspec

from lifecycle.documents import UnreadableDocument
from lifecycle.documents.texts import CONTROLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

LIMIT: Final = 256 << 20
LONGEST_PURL: Final = 2000
LONGEST_VERSION: Final = 200
_TAG_VALUE: Final = b"SPDXVersion:"
_NONE: Final = frozenset({"NOASSERTION", "NONE"})


class Component(msgspec.Struct, frozen=True):
    """What is run: its package URL, if the file says one, and its version."""

    name: str
    version: str | None = None
    purl: str | None = None


class Sbom(msgspec.Struct, frozen=True):
    """A file's components, nested ones and the one described included; each once."""

    form: str
    components: tuple[Component, ...]


class _CycloneComponent(msgspec.Struct):
    name: str = ""
    version: str | None = None
    purl: str | None = None
    components: list[_CycloneComponent] | None = None


class _CycloneMetadata(msgspec.Struct):
    component: _CycloneComponent | None = None


class _CycloneBom(msgspec.Struct):
    metadata: _CycloneMetadata | None = None
    components: list[_CycloneComponent] | None = None


class _SpdxReference(msgspec.Struct, rename="camel"):
    reference_type: str = ""
    reference_locator: str = ""


class _SpdxPackage(msgspec.Struct, rename="camel"):
    name: str = ""
    version_info: str | None = None
    external_refs: list[_SpdxReference] | None = None


class _SpdxDocument(msgspec.Struct):
    packages: list[_SpdxPackage] | None = None


class _Spdx3Identifier(msgspec.Struct):
    kind: str = msgspec.field(name="externalIdentifierType", default="")
    identifier: str = ""


class _Spdx3Element(msgspec.Struct):
    type: str = ""
    name: str = ""
    version: str | None = msgspec.field(name="software_packageVersion", default=None)
    purl: str | None = msgspec.field(name="software_packageUrl", default=None)
    identifiers: list[_Spdx3Identifier] | None = msgspec.field(
        name="externalIdentifier", default=None
    )


class _Spdx3Document(msgspec.Struct):
    graph: list[_Spdx3Element] = msgspec.field(name="@graph", default_factory=list)


class _Head(msgspec.Struct):
    """What tells the formats apart."""

    bom_format: Any = msgspec.field(name="bomFormat", default=None)
    spdx_version: Any = msgspec.field(name="spdxVersion", default=None)
    context: Any = msgspec.field(name="@context", default=None)

    @property
    def form(self) -> str | None:
        if self.bom_format == "CycloneDX":
            return "CycloneDX"
        if isinstance(self.spdx_version, str):
            return "SPDX"
        return "SPDX 3" if "spdx.org" in str(self.context) else None


def is_sbom(text: bytes) -> bool:
    """Say whether a file is, or begins like, a bill of materials of some form.

    >>> is_sbom(b'{"bomFormat": "CycloneDX"}'), is_sbom(b"- product: web")
    (True, False)
    """
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] != b"{":
        return start[:1] == b"<" or start.startswith(_TAG_VALUE)
    try:
        return msgspec.json.decode(start, type=_Head).form is not None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return any(word in start[:4096] for word in (b'"bomFormat"', b'"spdxVersion"'))


def read_sbom(text: bytes, *, file: str) -> Sbom:
    """Read a bill of materials; what is cut short, or is none, is an ``UnreadableDocument``."""
    if len(text) > LIMIT:
        raise UnreadableDocument(f"{file} has {len(text):,} bytes; at most {LIMIT:,} are read.")
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnreadableDocument(f"{file} is empty; write the SBOM again.")
    if start.startswith(_TAG_VALUE):
        raise UnreadableDocument(
            f"{file} is SPDX in its tag-value form, which is not read; write it as JSON."
        )
    form, found = _xml(start, file) if start[:1] == b"<" else _json(start, file)
    return Sbom(form, tuple(dict.fromkeys(found)))


def _json(text: bytes, file: str) -> tuple[str, Iterable[Component]]:
    form = _decoded(text, _Head, file).form
    if form == "CycloneDX":
        bom = _decoded(text, _CycloneBom, file)
        described = bom.metadata.component if bom.metadata else None
        return form, _cyclone([*([described] if described else []), *(bom.components or [])])
    if form == "SPDX":
        return form, map(_spdx, _decoded(text, _SpdxDocument, file).packages or [])
    if form == "SPDX 3":
        graph = _decoded(text, _Spdx3Document, file).graph
        return form, (_spdx3(each) for each in graph if each.type == "software_Package")
    raise UnreadableDocument(
        f"{file} is no SBOM that is read here; give CycloneDX as JSON or XML, or SPDX as JSON."
    )


def _decoded(text: bytes, kind: type[Any], file: str) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except RecursionError:
        raise UnreadableDocument(f"{file} is nested too deeply to be an SBOM.") from None
    except UnicodeDecodeError:
        raise UnreadableDocument(f"{file} is not UTF-8 text; write the SBOM again.") from None
    except msgspec.DecodeError as error:
        raise UnreadableDocument(
            f"{file} cannot be read as an SBOM: {_sentence(error)}."
            " Was it cut short? Write it again."
        ) from None


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text[:1].lower() + text[1:]


def _cyclone(components: Iterable[_CycloneComponent]) -> Iterator[Component]:
    """Give components and those within them."""
    waiting = list(components)[::-1]
    while waiting:
        each = waiting.pop()
        yield _component(each.name, each.version, each.purl)
        waiting += (each.components or [])[::-1]


def _spdx(package: _SpdxPackage) -> Component:
    purls = (
        each.reference_locator
        for each in package.external_refs or []
        if each.reference_type == "purl"
    )
    return _component(package.name, package.version_info, next(purls, None))


def _spdx3(element: _Spdx3Element) -> Component:
    others = (each.identifier for each in element.identifiers or [] if each.kind == "packageUrl")
    return _component(element.name, element.version, element.purl or next(others, None))


def _xml(text: bytes, file: str) -> tuple[str, Iterable[Component]]:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 -- only XML needs it
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, UnicodeDecodeError, LookupError) as error:
        raise UnreadableDocument(
            f"{file} cannot be read as XML: {_sentence(error)}. Was it cut short? Write it again."
        ) from None
    except DefusedXmlException:
        raise UnreadableDocument(
            f"{file} declares a DTD or entities, which are not read; write it without."
        ) from None
    space, _, name = root.tag.removeprefix("{").rpartition("}")
    if name != "bom" or "cyclonedx.org" not in space:
        raise UnreadableDocument(
            f"{file} is XML, but no CycloneDX; give CycloneDX as JSON or XML, or SPDX as JSON."
        )
    return "CycloneDX", list(_xml_components(root, f"{{{space}}}"))


def _xml_components(root: Element, space: str) -> Iterator[Component]:
    places = ("metadata/component", "components/component")
    waiting = [each for place in places for each in _children(root, place, space)][::-1]
    while waiting:
        each = waiting.pop()
        yield _component(
            each.findtext(f"{space}name") or "",
            each.findtext(f"{space}version"),
            each.findtext(f"{space}purl"),
        )
        waiting += _children(each, "components/component", space)[::-1]


def _children(element: Element, path: str, space: str) -> list[Element]:
    return element.findall("/".join(f"{space}{name}" for name in path.split("/")))


def _component(name: str, version: str | None, purl: str | None) -> Component:
    """Put together a component; what is no text for a version or a package URL is left out."""
    return Component(
        _fit(name, LONGEST_VERSION) or "", _fit(version, LONGEST_VERSION), _fit(purl, LONGEST_PURL)
    )


def _fit(text: str | None, longest: int) -> str | None:
    text = (text or "").strip()
    unfit = not text or text in _NONE or len(text) > longest or CONTROLS.search(text)
    return None if unfit else text
