"""endoflife.date's API v1, for the clients that people have: their base address is enough."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import PathParameter

from lifecycle.api.endoflife_facts import cycled, generated_at, summarized
from lifecycle.api.endoflife_lookup import (
    UnknownGroup,
    find_cycle,
)
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.interchange import endoflife_v1 as v1
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.published_paths import write_path
from lifecycle.server.request_parameters import Name, Slug
from lifecycle.server.routing import get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.interchange.endoflife_cycles import CycledProduct
    from lifecycle.interchange.endoflife_v1 import Address

PARTS = ("products", "categories", "tags", "identifiers")

Category = Annotated[str, PathParameter(pattern=PRINTABLE)]
Tag = Annotated[str, PathParameter(pattern=PRINTABLE)]
IdentifierType = Annotated[str, PathParameter(pattern=PRINTABLE)]


@get("/api/v1", scope="public", summary="List what endoflife clients may ask for")
async def show_index(moment: NamedDependency[Moment]) -> v1.EolUriListAnswer:
    """List the parts of the API."""
    snapshots = await moment.catalogue()
    return _uris(snapshots, moment, PARTS)


@get("/api/v1/products", scope="public", summary="List products for endoflife clients")
async def list_products(moment: NamedDependency[Moment]) -> v1.EolProductListAnswer:
    """List the products by slug."""
    snapshots = await moment.catalogue()
    return _summaries(snapshots, snapshots, moment)


@get("/api/v1/products/full", scope="public", summary="List products whole for endoflife clients")
async def list_whole_products(moment: NamedDependency[Moment]) -> v1.EolFullListAnswer:
    """List the products by slug, each with all that is known of it."""
    snapshots = await moment.catalogue()
    return await moment.runner(partial(_whole, snapshots, moment.now, _address(moment)))


@get(
    "/api/v1/products/{product:str}", scope="public", summary="Show a product to endoflife clients"
)
async def show_product(product: Slug, moment: NamedDependency[Moment]) -> v1.EolProductAnswer:
    """Show a product with its lines as release cycles, the newest first."""
    snapshot = await moment.snapshot(product)
    return await run_in_thread(_product, snapshot, moment.now, _address(moment))


@get(
    "/api/v1/products/{product:str}/releases/{cycle:str}",
    scope="public",
    summary="Show a release cycle to endoflife clients",
)
async def show_release(
    product: Slug, cycle: Name, moment: NamedDependency[Moment]
) -> v1.EolReleaseAnswer:
    """Show one line as a release cycle; ``latest`` is the newest one."""
    snapshot = await moment.snapshot(product)
    return await run_in_thread(_release, snapshot, cycle, moment.now)


@get("/api/v1/categories", scope="public", summary="List categories for endoflife clients")
async def list_categories(moment: NamedDependency[Moment]) -> v1.EolUriListAnswer:
    """List the categories that products have."""
    return await _list_groups(moment, "categories")


@get(
    "/api/v1/categories/{category:str}",
    scope="public",
    summary="List a category's products for endoflife clients",
)
async def show_category(
    category: Category, moment: NamedDependency[Moment]
) -> v1.EolProductListAnswer:
    """List the products of a category by slug."""
    return await _list_group(moment, "categories", category)


@get("/api/v1/tags", scope="public", summary="List tags for endoflife clients")
async def list_tags(moment: NamedDependency[Moment]) -> v1.EolUriListAnswer:
    """List the tags that products have, categories among them."""
    return await _list_groups(moment, "tags")


@get(
    "/api/v1/tags/{tag:str}", scope="public", summary="List a tag's products for endoflife clients"
)
async def show_tag(tag: Tag, moment: NamedDependency[Moment]) -> v1.EolProductListAnswer:
    """List the products with a tag by slug."""
    return await _list_group(moment, "tags", tag)


@get("/api/v1/identifiers", scope="public", summary="List identifier types for endoflife clients")
async def list_identifier_types(moment: NamedDependency[Moment]) -> v1.EolUriListAnswer:
    """List the kinds of identifiers that products have, such as package URLs."""
    return await _list_groups(moment, "identifiers")


@get(
    "/api/v1/identifiers/{identifier_type:str}",
    scope="public",
    summary="List identifiers for endoflife clients",
)
async def show_identifiers(
    identifier_type: IdentifierType, moment: NamedDependency[Moment]
) -> v1.EolIdentifierListAnswer:
    """List the identifiers of a kind, each with its product."""
    snapshots = await moment.catalogue()
    address = _address(moment)
    listed = [
        v1.EolIdentified(name, v1.write_uris([snapshot.slug], address, "products")[0])
        for snapshot in _group(snapshots, "identifiers", identifier_type)
        for kind, name in map(v1.read_identifier, snapshot.known.identifiers)
        if kind == identifier_type
    ]
    return v1.EolIdentifierListAnswer(
        generated_at=generated_at(snapshots, moment.now), total=len(listed), result=listed
    )


def _address(moment: Moment) -> Address:
    return partial(write_path, base_url(moment.app_state.settings))


def _product(snapshot: Snapshot, now: datetime, address: Address) -> v1.EolProductAnswer:
    today = snapshot.today(now)
    product = cycled(snapshot, today)
    return v1.EolProductAnswer(
        generated_at=generated_at([snapshot], now),
        last_modified=product.modified_at,
        result=v1.write_product(product, today, address),
    )


def _release(snapshot: Snapshot, cycle: str, now: datetime) -> v1.EolReleaseAnswer:
    today = snapshot.today(now)
    product = cycled(snapshot, today)
    return v1.EolReleaseAnswer(
        generated_at=generated_at([snapshot], now),
        result=v1.write_release(product, find_cycle(product, cycle), today),
    )


def _whole(snapshots: Sequence[Snapshot], now: datetime, address: Address) -> v1.EolFullListAnswer:
    products = [
        v1.write_product(cycled(snapshot, today), today, address)
        for snapshot in snapshots
        for today in (snapshot.today(now),)
    ]
    return v1.EolFullListAnswer(
        generated_at=generated_at(snapshots, now), total=len(products), result=products
    )


def _summaries(
    chosen: Sequence[Snapshot], snapshots: Sequence[Snapshot], moment: Moment
) -> v1.EolProductListAnswer:
    address = _address(moment)
    listed = [v1.write_summary(summarized(snapshot), address) for snapshot in chosen]
    return v1.EolProductListAnswer(
        generated_at=generated_at(snapshots, moment.now), total=len(listed), result=listed
    )


def _uris(
    snapshots: Sequence[Snapshot], moment: Moment, names: Iterable[str], *path: str
) -> v1.EolUriListAnswer:
    listed = v1.write_uris(list(names), _address(moment), *path)
    return v1.EolUriListAnswer(
        generated_at=generated_at(snapshots, moment.now), total=len(listed), result=listed
    )


async def _list_groups(moment: Moment, part: str) -> v1.EolUriListAnswer:
    snapshots = await moment.catalogue()
    return _uris(snapshots, moment, _grouped(snapshots, part), part)


async def _list_group(moment: Moment, part: str, name: str) -> v1.EolProductListAnswer:
    snapshots = await moment.catalogue()
    return _summaries(_group(snapshots, part, name), snapshots, moment)


_NAMES_OF: Final[dict[str, Callable[[CycledProduct], Iterable[str]]]] = {
    "categories": lambda product: [product.category],
    "tags": lambda product: product.tags,
    "identifiers": lambda product: [
        kind for kind, _ in map(v1.read_identifier, product.identifiers)
    ],
}
"""What a product has that it is grouped by, under each part of the API."""


def _grouped(snapshots: Sequence[Snapshot], part: str) -> dict[str, list[Snapshot]]:
    """Return the products by what they have, sorted by its name."""
    groups: defaultdict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        for name in set(_NAMES_OF[part](summarized(snapshot))):
            groups[name].append(snapshot)
    return dict(sorted(groups.items()))


def _group(snapshots: Sequence[Snapshot], part: str, name: str) -> list[Snapshot]:
    groups = _grouped(snapshots, part)
    if name not in groups:
        names = ", ".join(groups) or "none"
        raise UnknownGroup(f"No product has {name[:100]!r}; there are: {names[:1000]}.")
    return groups[name]


router = Router(
    "/",
    route_handlers=[
        show_index,
        list_products,
        list_whole_products,
        show_product,
        show_release,
        list_categories,
        show_category,
        list_tags,
        show_tag,
        list_identifier_types,
        show_identifiers,
    ],
    tags=["endoflife"],
)
