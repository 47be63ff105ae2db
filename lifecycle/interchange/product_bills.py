"""A product as a bill of materials in CycloneDX: its releases are components, with milestones."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from lifecycle.interchange.cle import write_instant
from lifecycle.interchange.enriched_cyclonedx import Milestones

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

SPEC_VERSION: Final = "1.6"
MEDIA_TYPE: Final = f"application/vnd.cyclonedx+json; version={SPEC_VERSION}"
_SCHEMA: Final = f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json"
_TYPES: Final = {
    "device": "device",
    "framework": "framework",
    "lang": "platform",
    "os": "operating-system",
}
"""What CycloneDX calls a category of endoflife.date; everything else is an application."""


class BillComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A product, or a release of it, which has a version.

    ``reference`` names it within the bill; ``links`` are addresses by their types.
    """

    reference: str
    name: str
    category: str | None = None
    version: str | None = None
    identifiers: tuple[str, ...] = ()
    links: dict[str, str] = {}
    withdrawn: str | None = None
    milestones: Milestones = Milestones()


def write_bill(
    subject: BillComponent,
    releases: Iterable[BillComponent],
    *,
    vendor: str,
    modified_at: datetime,
) -> bytes:
    """Write the bill of a product with its releases, or of one release alone.

    Its serial number follows from its contents: the same contents are the same bytes.
    """
    contents = {
        "version": 1,
        "metadata": {
            "timestamp": write_instant(modified_at),
            "component": _members(subject),
            "supplier": {"name": vendor},
        },
        "components": [_members(release) for release in releases],
    }
    digest = sha256(msgspec.json.encode(contents)).hexdigest()
    head = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": uuid5(NAMESPACE_URL, f"{_SCHEMA}#{digest}").urn,
    }
    return msgspec.json.encode(head | contents)


def _members(component: BillComponent) -> dict[str, Any]:
    purls = [text for text in component.identifiers if text.startswith("pkg:")]
    cpes = [text for text in component.identifiers if text.startswith("cpe:")]
    further = [("purl", text) for text in purls[1:]] + [("cpe", text) for text in cpes[1:]]
    links, properties = component.links, component.milestones.properties
    members = {
        "type": _TYPES.get(component.category or "", "application"),
        "bom-ref": component.reference,
        "name": component.name,
        "version": component.version,
        "description": component.withdrawn,
        "cpe": next(iter(cpes), None),
        "purl": next(iter(purls), None),
        "externalReferences": [{"url": url, "type": kind} for kind, url in links.items()],
        "properties": [{"name": name, "value": day} for name, day in properties.items()],
        "evidence": {
            "identity": [{"field": kind, "concludedValue": text} for kind, text in further]
        }
        if further
        else None,
    }
    return {name: value for name, value in members.items() if value}
