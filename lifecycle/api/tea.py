"""The read side of the Transparency Exchange API: products, their releases, and their lifecycles.

Clients find it by ``/.well-known/tea``, and put the API's version behind the address there.
"""

from __future__ import annotations

from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.response import Response

from lifecycle.answers.exchange_objects import (
    Kind,
    Object,
    find_object,
    find_products,
    find_releases,
    releases_of,
)
from lifecycle.answers.lifecycle_documents import (
    NoLifecycleYet,
    PublishedLifecycle,
    lifecycle_of_version,
)
from lifecycle.answers.lifecycle_facts import beginning, identifiers_of
from lifecycle.api.cle import cle_events, read_lifecycle, support_definitions
from lifecycle.calendar.zones import instant_of, zone
from lifecycle.catalogue.release_identifiers import with_version
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.interchange import tea
from lifecycle.interchange.cle import lifecycle_members
from lifecycle.server.dependencies import Moment
from lifecycle.server.routing import get_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.handlers import HTTPRouteHandler

    from lifecycle.support.facts import Release

LARGEST_PAGE = 10_000
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

Uuid = Annotated[str, PathParameter(pattern=_UUID)]
Collection = Annotated[str, PathParameter(pattern="^[1-9][0-9]{0,8}$")]
Tei = Annotated[str, QueryParameter(description="urn:tei:TYPE:DOMAIN:IDENTIFIER")]
PageOffset = Annotated[int, QueryParameter(name="pageOffset", ge=0)]
PageSize = Annotated[int, QueryParameter(name="pageSize", ge=1, le=LARGEST_PAGE)]
IdType = Annotated[str | None, QueryParameter(name="idType")]
IdValue = Annotated[str | None, QueryParameter(name="idValue")]


def _route(path: str) -> Callable[[Any], HTTPRouteHandler]:
    return get_format(path, tea.MEDIA_TYPE)


@_route("/.well-known/tea")
async def show_well_known(moment: NamedDependency[Moment]) -> dict[str, Any]:
    """Say where the API is, and in which version."""
    moment.unkept()
    return tea.well_known(_root(moment))


@_route("/")
async def show_versions(moment: NamedDependency[Moment]) -> dict[str, Any]:
    """Say the same to who asks here, as clients do to see that the server answers."""
    moment.unkept()
    return tea.well_known(_root(moment))


@_route("/discovery")
async def discover(moment: NamedDependency[Moment], tei: Tei) -> Response[Any]:
    """Say which product releases an identifier means."""
    snapshots = await moment.catalogue()
    releases = await moment.runner(partial(find_releases, snapshots, "TEI", tei))
    if not releases:
        return _unknown(moment)
    uuids = [str(release.uuid(Kind.PRODUCT_RELEASE)) for release in releases]
    return Response(tea.discovered(_root(moment), uuids))


def _lists(path: str, kind: Kind) -> HTTPRouteHandler:
    """Make the route of a list, which may be asked for by an identifier."""
    find = find_products if kind in {Kind.PRODUCT, Kind.COMPONENT} else find_releases

    async def show_list(
        moment: NamedDependency[Moment],
        page_offset: PageOffset = 0,
        page_size: PageSize = 100,
        id_type: IdType = None,
        id_value: IdValue = None,
    ) -> dict[str, Any]:
        """List what an identifier means, or all."""
        snapshots = await moment.catalogue()
        objects = await moment.runner(partial(find, snapshots, id_type, id_value))
        return _page(objects, kind, moment, page_offset, page_size)

    return _route(path)(show_list)


@_route("/product/{uuid:str}/releases")
async def show_product_releases(
    uuid: Uuid,
    moment: NamedDependency[Moment],
    page_offset: PageOffset = 0,
    page_size: PageSize = 100,
) -> Response[Any]:
    """List the releases of a product, the highest first."""
    named = await _find(Kind.PRODUCT, uuid, moment)
    if named is None:
        return _unknown(moment)
    releases = releases_of(named.snapshot)
    return Response(_page(releases, Kind.PRODUCT_RELEASE, moment, page_offset, page_size))


@_route("/component/{uuid:str}/releases")
async def show_component_releases(uuid: Uuid, moment: NamedDependency[Moment]) -> Response[Any]:
    """List the releases of a component, the highest first."""
    named = await _find(Kind.COMPONENT, uuid, moment)
    if named is None:
        return _unknown(moment)
    releases = releases_of(named.snapshot)
    return Response([_members(release, Kind.COMPONENT_RELEASE) for release in releases])


def _objects(kind: Kind) -> list[HTTPRouteHandler]:
    """Make the routes of one thing: itself, and its lifecycle."""

    async def show_object(uuid: Uuid, moment: NamedDependency[Moment]) -> Response[Any]:
        """Show what a UUID names."""
        named = await _find(kind, uuid, moment)
        if named is None:
            return _unknown(moment)
        members = _members(named, kind)
        if kind is Kind.COMPONENT_RELEASE:
            members = {"release": members, "latestCollection": _collection(named, kind)}
        return Response(members)

    async def show_lifecycle(uuid: Uuid, moment: NamedDependency[Moment]) -> Response[Any]:
        """Show what was published of its lifecycle."""
        named = await _find(kind, uuid, moment)
        if named is None:
            return _unknown(moment)
        return Response(await _lifecycle(named, moment))

    path = f"/{kind}/{{uuid:str}}"
    return [_route(path)(show_object), _route(f"{path}/cle")(show_lifecycle)]


def _collections(kind: Kind) -> list[HTTPRouteHandler]:
    """Make the routes of a release's collections: there is one, of no artifacts."""

    async def show_latest(uuid: Uuid, moment: NamedDependency[Moment]) -> Response[Any]:
        """Show the newest collection."""
        named = await _find(kind, uuid, moment)
        return Response(_collection(named, kind)) if named else _unknown(moment)

    async def show_all(uuid: Uuid, moment: NamedDependency[Moment]) -> Response[Any]:
        """List the collections."""
        named = await _find(kind, uuid, moment)
        return Response([_collection(named, kind)]) if named else _unknown(moment)

    async def show_one(
        uuid: Uuid, number: Collection, moment: NamedDependency[Moment]
    ) -> Response[Any]:
        """Show a collection by its version."""
        named = await _find(kind, uuid, moment)
        if named is None or number != "1":
            return _unknown(moment)
        return Response(_collection(named, kind))

    path = f"/{kind}/{{uuid:str}}"
    return [
        _route(f"{path}/collection/latest")(show_latest),
        _route(f"{path}/collections")(show_all),
        _route(f"{path}/collection/{{number:str}}")(show_one),
    ]


async def _find(kind: Kind, uuid: str, moment: Moment) -> Object | None:
    snapshots = await moment.catalogue()
    return await moment.runner(partial(find_object, snapshots, kind, UUID(uuid)))


def _page(
    objects: list[Object], kind: Kind, moment: Moment, offset: int, size: int
) -> dict[str, Any]:
    """Return a page; its time is the beginning of the day, so that it is the same all day."""
    today = instant_of(moment.now.date(), time(), zone("UTC"))
    results = [_members(named, kind) for named in objects[offset : offset + size]]
    return tea.page_members(results, total=len(objects), offset=offset, size=size, at=today)


def _members(named: Object, kind: Kind) -> dict[str, Any]:
    if named.release is None:
        snapshot = named.snapshot
        uuid, purls = str(named.uuid(kind)), identifiers_of(snapshot)
        cpes = tuple(text for text in snapshot.known.identifiers if text not in purls)
        return tea.product_members(uuid, snapshot.known.name, (*purls, *cpes))
    release = _release(named, named.release)
    if kind is Kind.PRODUCT_RELEASE:
        return tea.product_release_members(release)
    return tea.component_release_members(release)


def _release(named: Object, release: Release) -> tea.TeaRelease:
    snapshot = named.snapshot
    product = Object(snapshot)
    return tea.TeaRelease(
        uuid=str(named.uuid(Kind.PRODUCT_RELEASE)),
        parent=str(product.uuid(Kind.PRODUCT)),
        name=snapshot.known.name,
        version=release.version,
        created=_created(named, release),
        released=beginning(snapshot, release.day),
        prerelease=release.prerelease,
        identifiers=tuple(with_version(text, release.version) for text in identifiers_of(snapshot)),
        component=str(product.uuid(Kind.COMPONENT)),
        component_release=str(named.uuid(Kind.COMPONENT_RELEASE)),
    )


def _created(named: Object, release: Release) -> datetime:
    return beginning(named.snapshot, release.registered_on or release.day)


def _collection(named: Object, kind: Kind) -> dict[str, Any]:
    assert named.release is not None  # noqa: S101 -- such a kind names releases alone
    return tea.collection_members(
        str(named.uuid(kind)),
        _created(named, named.release),
        of_product=kind is Kind.PRODUCT_RELEASE,
    )


async def _lifecycle(named: Object, moment: Moment) -> dict[str, Any]:
    snapshot = named.snapshot
    try:
        lifecycle = await read_lifecycle(snapshot, moment)
    except NoLifecycleYet:
        lifecycle = PublishedLifecycle((), {}, identifiers_of(snapshot))
    if named.release is not None:
        lifecycle = lifecycle_of_version(snapshot, lifecycle, named.release.version)
    definitions = support_definitions(snapshot, lifecycle, moment)
    return tea.exchanged_lifecycle(lifecycle_members(cle_events(lifecycle), definitions))


def _unknown(moment: Moment) -> Response[Any]:
    moment.unkept()
    return Response(tea.UNKNOWN, status_code=404)


def _root(moment: Moment) -> str:
    return f"{base_url(moment.app_state.settings)}/tea"


HANDLERS = [
    show_versions,
    discover,
    _lists("/products", Kind.PRODUCT),
    _lists("/productReleases", Kind.PRODUCT_RELEASE),
    _lists("/components", Kind.COMPONENT),
    _lists("/componentReleases", Kind.COMPONENT_RELEASE),
    show_product_releases,
    show_component_releases,
    *(handler for kind in Kind for handler in _objects(kind)),
    *_collections(Kind.PRODUCT_RELEASE),
    *_collections(Kind.COMPONENT_RELEASE),
]
router = Router(
    "/",
    route_handlers=[
        show_well_known,
        Router("/tea", route_handlers=HANDLERS),
        Router(f"/tea/v{tea.VERSION}", route_handlers=HANDLERS),
    ],
)
