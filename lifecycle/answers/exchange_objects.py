"""What the Transparency Exchange API names: products and their releases, by UUIDs and identifiers.

A product is one component here, and each release of it one of that component. The UUIDs derive from
a product's first slug and a version, so they stay when it is renamed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from lifecycle.answers.lifecycle_facts import identifiers_of
from lifecycle.answers.public_changes import identify
from lifecycle.answers.version_lookup import find_release
from lifecycle.catalogue.identifiers import Identifiers, version_of
from lifecycle.catalogue.package_urls import read_purl
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.errors import BadRequest, Problem
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release

IDENTIFIER_TYPES = ("PURL", "CPE", "TEI")


class Kind(StrEnum):
    """What a UUID may name."""

    PRODUCT = "product"
    PRODUCT_RELEASE = "productRelease"
    COMPONENT = "component"
    COMPONENT_RELEASE = "componentRelease"


OF_RELEASES = (Kind.PRODUCT_RELEASE, Kind.COMPONENT_RELEASE)


class Object(NamedTuple):
    """A product, or one of its releases."""

    snapshot: Snapshot
    release: Release | None = None

    def uuid(self, kind: Kind) -> UUID:
        """Return the UUID under which it is such a thing."""
        version = [self.release.version] if self.release else []
        return identify(self.snapshot.identity, "tea", kind, *version)


def find_object(snapshots: Iterable[Snapshot], kind: Kind, uuid: UUID) -> Object | None:
    """Return what a UUID names, if it names something of that kind."""
    for snapshot in snapshots:
        if kind not in OF_RELEASES:
            if Object(snapshot).uuid(kind) == uuid:
                return Object(snapshot)
        elif (version := _versions(snapshot, kind).get(uuid.bytes)) is not None:
            return Object(snapshot, snapshot.by_version[version])
    return None


def releases_of(snapshot: Snapshot) -> list[Object]:
    """Return the releases of a product that are out, the highest first."""
    return [
        Object(snapshot, release)
        for release in reversed(snapshot.facts.releases)
        if not release.planned
    ]


def find_products(
    snapshots: Sequence[Snapshot], id_type: str | None, id_value: str | None
) -> list[Object]:
    """Return the products that an identifier means; all of them where none is given."""
    return [Object(snapshot) for snapshot, _ in _meant(snapshots, id_type, id_value)]


def find_releases(
    snapshots: Sequence[Snapshot], id_type: str | None, id_value: str | None
) -> list[Object]:
    """Return the releases that an identifier means: one where it has a version, else all."""
    objects: list[Object] = []
    for snapshot, version in _meant(snapshots, id_type, id_value):
        if version is None:
            objects += releases_of(snapshot)
        elif (release := _release(snapshot, version)) is not None:
            objects.append(Object(snapshot, release))
    return objects


def read_tei(tei: str) -> tuple[str, str]:
    """Take a transparency exchange identifier apart: its type, and what it names in that.

    >>> read_tei("urn:tei:purl:example.com:pkg:npm/web@1.0.0")
    ('purl', 'pkg:npm/web@1.0.0')
    """
    prefix, _, named = tei.partition("urn:tei:")
    tei_type, _, location = named.partition(":")
    domain, _, identifier = location.partition(":")
    if prefix or not (tei_type and domain and identifier):
        allowed = "urn:tei:purl:example.com:pkg:npm/web@1.0.0"
        problem = Problem("tei", "is not a TEI", value=tei[:200], allowed=allowed)
        raise BadRequest(
            f"tei: {tei[:200]!r} is not a TEI; use one like {allowed}.", problems=[problem]
        )
    return tei_type, identifier


def _versions(snapshot: Snapshot, kind: Kind) -> dict[bytes, str]:
    """Return the versions by the UUIDs of their releases; worked out when first asked for."""
    key = f"{__name__}.{kind}"
    if key not in snapshot.derived:
        snapshot.derived[key] = {
            named.uuid(kind).bytes: named.release.version
            for named in releases_of(snapshot)
            if named.release is not None
        }
    versions: dict[bytes, str] = snapshot.derived[key]
    return versions


def _meant(
    snapshots: Sequence[Snapshot], id_type: str | None, id_value: str | None
) -> list[tuple[Snapshot, str | None]]:
    """Return the products that an identifier means, each with the version it has, if any."""
    if id_type is None and id_value is None:
        return [(snapshot, None) for snapshot in snapshots]
    if id_type is None or id_value is None:
        missing = "idType" if id_type is None else "idValue"
        problem = Problem(missing, "is missing", allowed="both idType and idValue")
        raise BadRequest(f"{missing} is missing; give both, or neither.", problems=[problem])
    match id_type:
        case "PURL":
            return _meant_by_purl(snapshots, id_value)
        case "CPE":
            return [(sold, None) for sold in snapshots if id_value in sold.known.identifiers]
        case "TEI":
            return _meant_by_tei(snapshots, *read_tei(id_value))
    allowed = ", ".join(IDENTIFIER_TYPES)
    problem = Problem("idType", "is unknown", value=id_type[:200], allowed=allowed)
    raise BadRequest(f"idType: {id_type[:200]!r} is not one of {allowed}.", problems=[problem])


def _meant_by_purl(snapshots: Sequence[Snapshot], text: str) -> list[tuple[Snapshot, str | None]]:
    purl = read_purl(text)
    if purl is None:
        problem = Problem(
            "idValue", "is not a package URL", value=text[:200], allowed="pkg:npm/web"
        )
        raise BadRequest(f"idValue: {text[:200]!r} is not a package URL.", problems=[problem])
    by_slug = {snapshot.slug: snapshot for snapshot in snapshots}
    identifiers = Identifiers({slug: identifiers_of(sold) for slug, sold in by_slug.items()})
    version = version_of(purl)
    return [(by_slug[slug], version) for slug in identifiers.products(purl)]


def _meant_by_tei(
    snapshots: Sequence[Snapshot], tei_type: str, identifier: str
) -> list[tuple[Snapshot, str | None]]:
    """Return what a TEI means, which may be the UUID of a product or of a release."""
    if tei_type == "purl":
        return _meant_by_purl(snapshots, identifier)
    if tei_type != "uuid":
        return []
    try:
        uuid = UUID(identifier)
    except ValueError:
        return []
    for kind in Kind:
        named = find_object(snapshots, kind, uuid)
        if named is not None:
            return [(named.snapshot, named.release.version if named.release else None)]
    return []


def _release(snapshot: Snapshot, version: str) -> Release | None:
    try:
        release = find_release(snapshot, version)
    except (UnparsableVersion, UnknownRelease):
        return None
    return None if release is None or release.planned else release
