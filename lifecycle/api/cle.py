"""A product's lifecycle as a Common Lifecycle Enumeration (ECMA-428)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import Router
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.lifecycle_documents import published_lifecycle
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.interchange.cle import (
    MEDIA_TYPE,
    CleEvent,
    SupportDefinition,
    write_document,
)
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.server.request_parameters import Slug
from lifecycle.server.routing import get_format

if TYPE_CHECKING:
    from lifecycle.answers.lifecycle_documents import PublishedLifecycle
    from lifecycle.answers.snapshots import Snapshot


@get_format("/products/{product:str}/cle.json", MEDIA_TYPE)
async def show_lifecycle(product: Slug, moment: NamedDependency[Moment]) -> Response[bytes]:
    """Show what was published of a product's lifecycle, as events that never change."""
    snapshot = await moment.snapshot(product)
    lifecycle = await read_lifecycle(snapshot, moment)
    definitions = support_definitions(snapshot, lifecycle, moment)

    def write() -> bytes:
        return write_document(lifecycle.identifiers, cle_events(lifecycle), definitions)

    return Response(await moment.runner(write), media_type=MEDIA_TYPE)


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


router = Router("/", route_handlers=[show_lifecycle])
