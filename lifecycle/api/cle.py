"""A product's lifecycle as a Common Lifecycle Enumeration (ECMA-428)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response

from lifecycle.answers.lifecycle_documents import published_lifecycle
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.errors import NotFound
from lifecycle.interchange import cle
from lifecycle.interchange.cle import MEDIA_TYPE, CleEvent, SupportDefinition
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.server.request_parameters import Slug
from lifecycle.server.routing import get_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from lifecycle.answers.lifecycle_documents import PublishedLifecycle
    from lifecycle.answers.snapshots import Snapshot


Page = Annotated[int | None, QueryParameter(ge=1, le=1_000_000)]


class NoSuchPage(NotFound):
    """The list has fewer pages."""


@get_format("/products/{product:str}/cle.json", MEDIA_TYPE)
async def show_lifecycle(
    product: Slug, moment: NamedDependency[Moment], page: Page = None
) -> Response[bytes]:
    """Show what was published of a product's lifecycle, as events that never change.

    Of more than the standard allows in one document, the newest page is shown, or the one asked
    for.
    """
    snapshot = await moment.snapshot(product)
    lifecycle = await read_lifecycle(snapshot, moment)
    definitions = support_definitions(snapshot, lifecycle, moment)
    address_of = _addresses(snapshot, moment)

    def write() -> bytes:
        events = cle_events(lifecycle)
        pages = cle.count_pages(events)
        number = pages if page is None else page
        if number > pages:
            raise NoSuchPage(f"page: {snapshot.slug} has no page {number}; the last is {pages}.")
        links = None
        if pages > 1:
            following = address_of(number + 1) if number < pages else None
            links = cle.Links(address_of(None), following)
        page_events = cle.events_of_page(events, number)
        return cle.write_document(lifecycle.identifiers, page_events, definitions, links)

    return Response(await moment.runner(write), media_type=MEDIA_TYPE)


@get_format("/products/{product:str}/cle-index.json", MEDIA_TYPE)
async def show_index(product: Slug, moment: NamedDependency[Moment]) -> Response[bytes]:
    """List the pages of a product's lifecycle, the oldest first; mostly there is one."""
    snapshot = await moment.snapshot(product)
    lifecycle = await read_lifecycle(snapshot, moment)
    address_of = _addresses(snapshot, moment)

    def write() -> bytes:
        return cle.write_index(cle_events(lifecycle), address_of)

    return Response(await moment.runner(write), media_type=MEDIA_TYPE)


def _addresses(snapshot: Snapshot, moment: Moment) -> Callable[[int | None], str]:
    """Return a function that writes the address of a page, or that of the index for None."""
    base = base_url(moment.app_state.settings)

    def write(page: int | None) -> str:
        file = "cle-index.json" if page is None else "cle.json"
        number = None if page is None else str(page)
        return write_path(base, "products", snapshot.slug, file, page=number)

    return write


async def read_lifecycle(snapshot: Snapshot, moment: Moment) -> PublishedLifecycle:
    """Return what was published of a product; the answer is kept by those who ask, not here.

    A worker adds to it without a change of the product.
    """
    moment.unkept(public=snapshot.is_public)
    state = moment.app_state
    return await published_lifecycle(
        state.store, snapshot, moment.now, run=moment.runner, patient=state.settings.worker
    )


def cle_events(lifecycle: PublishedLifecycle) -> list[CleEvent]:
    """Return events as documents name them."""
    return [
        CleEvent(
            id=event.number,
            type=event.type.value,
            effective=event.at,
            published=event.published_at,
            body=event.body,
        )
        for event in lifecycle.events
    ]


def support_definitions(
    snapshot: Snapshot, lifecycle: PublishedLifecycle, moment: Moment
) -> list[SupportDefinition]:
    """Return what each tier covers, with the page that tells more."""
    page = write_path(base_url(moment.app_state.settings), "products", snapshot.slug)
    return [
        SupportDefinition(id=tier, description=text, url=page)
        for tier, text in lifecycle.support.items()
    ]


router = Router("/", route_handlers=[show_lifecycle, show_index])
