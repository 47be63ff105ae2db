"""The Atom feed of what happened: of one product, of several, of all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Response

from lifecycle.answers import change_texts
from lifecycle.answers.public_changes import (
    ChangeFilter,
    Event,
    PublicChange,
    identify,
    public_changes,
)
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.notices.wording import KINDS
from lifecycle.deprecations.public_histories import PublicRevision
from lifecycle.interchange.atom_feeds import MEDIA_TYPE, Feed, FeedEntry, write_feed
from lifecycle.policy.notice_periods import Kind
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.web.page_routes import document
from lifecycle.web.product_selections import (
    OfTier,
    Products,
    Selection,
    read_choice,
    select_product,
    select_products,
    work_on,
)

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.settings import Settings

NEWEST = 100
"""So many entries a feed has; readers keep what they have seen."""

OfKind = Annotated[
    str | None, QueryParameter(description="Only changes of this kind; all if left out.")
]
OfEvent = Annotated[
    str | None, QueryParameter(description="Only what happened so; all if left out.")
]


@document("/changes.atom", MEDIA_TYPE)
async def show_feed(
    moment: NamedDependency[Moment],
    products: Products = None,
    tier: OfTier = None,
    kind: OfKind = None,
    event: OfEvent = None,
) -> Response[bytes]:
    """Show what was announced, changed, withdrawn, and what took effect or ended, as a feed."""
    selection = await select_products(moment, products, tier)
    return await _answer(moment, selection, filter_of(selection, kind, event))


@document("/products/{product:str}/changes.atom", MEDIA_TYPE)
async def show_product_feed(
    moment: NamedDependency[Moment],
    product: FromPath[str],
    tier: OfTier = None,
    kind: OfKind = None,
    event: OfEvent = None,
) -> Response[bytes]:
    """Show the same of one product, at an address that takes no query."""
    selection = await select_product(moment, product, tier)
    return await _answer(moment, selection, filter_of(selection, kind, event))


async def _answer(moment: Moment, selection: Selection, only: ChangeFilter) -> Response[bytes]:
    settings = moment.app_state.settings
    work = partial(render_feed, selection, only, moment.now, settings)
    feed = await work_on(selection, moment, work)
    return Response(feed, media_type=MEDIA_TYPE)


def filter_of(selection: Selection, kind: str | None, event: str | None) -> ChangeFilter:
    """Return which changes of the products are criteria for."""
    return ChangeFilter(
        tier=selection.tier,
        kind=read_choice("kind", kind, Kind),
        event=read_choice("event", event, Event),
    )


def feed_query(selection: Selection, only: ChangeFilter) -> dict[str, str | None]:
    """Return the parameters of the feed, and of the page, that show the same list."""
    return {**selection.query, **_criteria(only)}


def _criteria(only: ChangeFilter) -> dict[str, str | None]:
    return {"kind": only.kind, "event": only.event}


def render_feed(
    selection: Selection, only: ChangeFilter, now: datetime, settings: Settings
) -> bytes:
    """Write the feed of what happened to products up to an instant."""
    base = base_url(settings)
    changes = public_changes(selection.snapshots, now, only)[:NEWEST]
    criteria = [KINDS[only.kind].lower()] if only.kind else []
    criteria += [change_texts.LABELS[only.event].lower()] if only.event else []
    return write_feed(
        Feed(
            id=identify("feed", *selection.identity, only.kind or "*", only.event or "*"),
            title=", ".join([f"Support changes: {selection.title}", *criteria]),
            subtitle="What was announced, changed and withdrawn, and what took effect or ended.",
            author=settings.title,
            address=selection.write_address(base, "changes.atom", **_criteria(only)),
            link=_page_of(selection, only, base),
            entries=tuple(_entry(change, base, now) for change in changes),
        )
    )


def _page_of(selection: Selection, only: ChangeFilter, base: str) -> str:
    """Return the page that shows the same: of one product whole, its own, which files have too."""
    if selection.product is None or only.kind or only.event:
        return write_path(base, "changes", **feed_query(selection, only))
    return write_path(base, "products", selection.product, tier=selection.tier)


def _entry(change: PublicChange, base: str, now: datetime) -> FeedEntry:
    seal = change.subject.seal if isinstance(change.subject, PublicRevision) else None
    paragraphs = change_texts.summary(change, now)
    if seal is not None:
        paragraphs += (f"Recorded as entry {seal.seq} of the log: {seal.hash}",)
    categories = {
        f"product:{change.snapshot.slug}": change_texts.name_of(change.snapshot),
        f"kind:{change.kind}": KINDS[change.kind],
        f"event:{change.event}": change_texts.LABELS[change.event],
    }
    return FeedEntry(
        id=change.id,
        title=change_texts.title(change),
        at=change.at,
        paragraphs=paragraphs,
        link=write_path(base, *change_texts.address(change)),
        categories=categories | {f"tier:{tier}": tier for tier in change.tiers},
        log_entry=(seal.seq, seal.hash) if seal else None,
    )


router = Router("/", route_handlers=[show_feed, show_product_feed])
