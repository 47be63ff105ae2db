"""The shapes of the Transparency Exchange API, version 0.4.0: what a consumer reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from lifecycle.interchange.cle import write_instant

VERSION: Final = "0.4.0"
MEDIA_TYPE: Final = "application/json"
UNKNOWN: Final = {"error": "OBJECT_UNKNOWN"}
"""What a 404 says, and no more."""


class TeaRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release of a product, and of the one component that the product is."""

    uuid: str
    parent: str
    name: str
    version: str
    created: datetime
    released: datetime
    prerelease: bool
    identifiers: tuple[str, ...]
    component: str
    component_release: str


def well_known(root: str) -> dict[str, Any]:
    """Return where a domain's server is, as clients look it up."""
    endpoint = {"url": root, "versions": [VERSION], "priority": 1}
    return {"schemaVersion": 1, "endpoints": [endpoint]}


def discovered(root: str, uuids: list[str]) -> list[dict[str, Any]]:
    """Return the product releases that an identifier means."""
    server = {"rootUrl": root, "versions": [VERSION], "priority": 1}
    return [{"productReleaseUuid": uuid, "servers": [server]} for uuid in uuids]


def identifier_members(identifiers: tuple[str, ...]) -> list[dict[str, str]]:
    """Return identifiers with their types; one of another type is left out.

    >>> identifier_members(("pkg:npm/web", "cpe:2.3:a:acme:web"))[1]
    {'idType': 'CPE', 'idValue': 'cpe:2.3:a:acme:web'}
    """
    types = {"pkg": "PURL", "cpe": "CPE"}
    return [
        {"idType": types[scheme], "idValue": text}
        for text in identifiers
        if (scheme := text.partition(":")[0]) in types
    ]


def product_members(uuid: str, name: str, identifiers: tuple[str, ...]) -> dict[str, Any]:
    """Return a product, or a component."""
    return {"uuid": uuid, "name": name, "identifiers": identifier_members(identifiers)}


def product_release_members(release: TeaRelease) -> dict[str, Any]:
    """Return a release of a product, with the release of its component."""
    component = {"uuid": release.component, "release": release.component_release}
    return {
        "uuid": release.uuid,
        "product": release.parent,
        "productName": release.name,
        **_release_members(release),
        "components": [component],
    }


def component_release_members(release: TeaRelease) -> dict[str, Any]:
    """Return a release of a component; where it is distributed is not known."""
    return {
        "uuid": release.component_release,
        "component": release.component,
        "componentName": release.name,
        **_release_members(release),
        "distributions": [],
    }


def collection_members(uuid: str, created: datetime, *, of_product: bool) -> dict[str, Any]:
    """Return the collection of a release's artifacts: the first one, of none."""
    return {
        "uuid": uuid,
        "version": 1,
        "date": write_instant(created),
        "belongsTo": "PRODUCT_RELEASE" if of_product else "COMPONENT_RELEASE",
        "updateReason": {"type": "INITIAL_RELEASE"},
        "artifacts": [],
    }


def page_members(
    results: list[dict[str, Any]], *, total: int, offset: int, size: int, at: datetime
) -> dict[str, Any]:
    """Return a page of a list."""
    return {
        "timestamp": write_instant(at),
        "pageStartIndex": offset,
        "pageSize": size,
        "totalResults": total,
        "results": results,
    }


def exchanged_lifecycle(members: dict[str, Any]) -> dict[str, Any]:
    """Return a lifecycle as ECMA-428 has it, with identifiers as they are named here."""
    return members | {
        "events": [
            event
            | {
                "identifiers": [
                    {"idType": identifier["type"], "idValue": identifier["value"]}
                    for identifier in event["identifiers"]
                ]
            }
            if "identifiers" in event
            else event
            for event in members["events"]
        ]
    }


def _release_members(release: TeaRelease) -> dict[str, Any]:
    return {
        "version": release.version,
        "createdDate": write_instant(release.created),
        "releaseDate": write_instant(release.released),
        "preRelease": release.prerelease,
        "identifiers": identifier_members(release.identifiers),
    }
