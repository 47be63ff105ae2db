"""CycloneDX with the lifecycle of its components, as CycloneDX's property taxonomy names it (pure).

https://cyclonedx.github.io/cyclonedx-property-taxonomy/cdx/lifecycle.html
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.documents import UnreadableDocument, decode
from lifecycle.interchange.cyclonedx import component_of
from lifecycle.interchange.sboms import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.interchange.sbom_parts import Component

GENERAL_AVAILABILITY: Final = "cdx:lifecycle:milestone:generalAvailability"
END_OF_SUPPORT: Final = "cdx:lifecycle:milestone:endOfSupport"
END_OF_LIFE: Final = "cdx:lifecycle:milestone:endOfLife"
FIRST_WITH_PROPERTIES: Final = (1, 3)
"""The first version of the format in which components have properties."""

_SPEC_VERSION: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}")
_NULL: Final = msgspec.Raw(b"null")
_Object = dict[str, msgspec.Raw]


class Milestones(msgspec.Struct, frozen=True):
    """The day a component was released, and the last days of its support and life, if known."""

    general_availability: date | None = None
    end_of_support: date | None = None
    end_of_life: date | None = None

    @property
    def properties(self) -> dict[str, str]:
        """The properties of a component, by name; what is not known has none."""
        days = {
            GENERAL_AVAILABILITY: self.general_availability,
            END_OF_SUPPORT: self.end_of_support,
            END_OF_LIFE: self.end_of_life,
        }
        return {name: day.isoformat() for name, day in days.items() if day is not None}


def check_enrichable(text: bytes, *, file: str) -> None:
    """Refuse a bill of materials that cannot hold milestones: not CycloneDX in JSON, or too old."""
    _read(text, file)


def enrich(text: bytes, milestones: Mapping[Component, Milestones], *, file: str) -> bytes:
    """Return a bill of materials with the milestones of those components that have some.

    A milestone that a component already has is replaced; everything else stays as it was written.
    """
    bom = _read(text, file)
    _enrich_list(bom, "components", milestones)
    metadata = _object(bom.get("metadata", _NULL))
    if metadata is not None and "component" in metadata:
        metadata["component"] = _enriched(metadata["component"], milestones)
        bom["metadata"] = _raw(metadata)
    written = msgspec.json.encode(bom)
    return msgspec.json.format(written, indent=2) if b"\n" in text.strip() else written


def _read(text: bytes, file: str) -> _Object:
    bom = _object(msgspec.Raw(decode(text, limit=LIMIT).strip().encode()))
    if bom is None or bytes(bom.get("bomFormat", b"")) != b'"CycloneDX"':
        raise UnreadableDocument(
            f"{file} is not CycloneDX in JSON, and only that can be enriched; write it as that."
        )
    version = _value(bom.get("specVersion", _NULL))
    if _numbers(version) < FIRST_WITH_PROPERTIES:
        raise UnreadableDocument(
            f"{file} has the specVersion {version!r}, in which components have no properties;"
            " write it in version 1.3 or a later one."
        )
    return bom


def _numbers(version: Any) -> tuple[int, ...]:
    if not isinstance(version, str) or not _SPEC_VERSION.fullmatch(version):
        return ()
    return tuple(map(int, version.split(".")))


def _enrich_list(holder: _Object, name: str, milestones: Mapping[Component, Milestones]) -> None:
    try:
        elements = msgspec.json.decode(holder.get(name, _NULL), type=list[msgspec.Raw] | None)
    except msgspec.ValidationError:
        return
    if elements:
        holder[name] = _raw([_enriched(element, milestones) for element in elements])


def _enriched(element: msgspec.Raw, milestones: Mapping[Component, Milestones]) -> msgspec.Raw:
    component = _object(element)
    if component is None:
        return element
    before = dict(component)
    _enrich_list(component, "components", milestones)
    read = component_of(element)
    if read is not None and (own := milestones.get(read)) is not None and own.properties:
        listed = component.get("properties", _NULL)
        component["properties"] = _with_properties(listed, own.properties, read.name)
    return element if component == before else _raw(component)


def _with_properties(
    listed: msgspec.Raw, new: Mapping[str, str], component: str | None
) -> msgspec.Raw:
    """Put properties after those that a component has under other names."""
    try:
        elements = msgspec.json.decode(listed, type=list[msgspec.Raw] | None) or []
    except msgspec.ValidationError:
        raise UnreadableDocument(
            f"The properties of the component {component!r} are not a list; write them as one."
        ) from None
    unreplaced = [element for element in elements if _name(element) not in new]
    added = [_raw({"name": name, "value": value}) for name, value in new.items()]
    return _raw([*unreplaced, *added])


def _name(element: msgspec.Raw) -> str | None:
    read = _object(element)
    name = _value(read["name"]) if read is not None and "name" in read else None
    return name if isinstance(name, str) else None


def _object(document: msgspec.Raw) -> _Object | None:
    try:
        return msgspec.json.decode(document, type=_Object)
    except msgspec.DecodeError:
        return None


def _value(document: msgspec.Raw) -> Any:
    return msgspec.json.decode(document)


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
