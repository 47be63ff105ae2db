"""CycloneDX: a product as a bill of materials, with the lifecycle of its releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import Router
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.exchange_objects import Kind, Object
from lifecycle.answers.release_milestones import milestones_of_version, release_milestones
from lifecycle.api.endoflife_facts import modified_at
from lifecycle.calendar.days import write_day
from lifecycle.catalogue.release_identifiers import with_version
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.interchange.enriched_cyclonedx import Milestones
from lifecycle.interchange.product_bills import MEDIA_TYPE, BillComponent, write_bill
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.server.request_parameters import Name, Slug, TierName
from lifecycle.server.routing import get_format
from lifecycle.support.version_ranking import stands_on

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.release_milestones import ReleaseMilestones
    from lifecycle.answers.snapshots import Snapshot


@get_format("/products/{product:str}/cyclonedx.json", MEDIA_TYPE)
async def show_bill(
    product: Slug, moment: NamedDependency[Moment], tier: TierName = None
) -> Response[bytes]:
    """Show a product and its releases that are out, with the ends for one tier or for any."""
    snapshot = await moment.snapshot(product)
    today, settings = snapshot.today(moment.now), moment.app_state.settings

    def write() -> bytes:
        page = write_path(base_url(settings), "products", snapshot.slug)
        subject = product_component(snapshot, page)
        releases = release_components(snapshot, today, tier)
        vendor, modified = settings.title, modified_at(snapshot)
        return write_bill(subject, releases, vendor=vendor, modified_at=modified)

    return Response(await moment.runner(write), media_type=MEDIA_TYPE)


@get_format("/products/{product:str}/releases/{version:str}/cyclonedx.json", MEDIA_TYPE)
async def show_release_bill(
    product: Slug, version: Name, moment: NamedDependency[Moment], tier: TierName = None
) -> Response[bytes]:
    """Show one release in the same way."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    milestones = milestones_of_version(snapshot, version, today, tier=tier)
    subject, vendor = _release(snapshot, milestones, today), moment.app_state.settings.title
    text = write_bill(subject, [], vendor=vendor, modified_at=modified_at(snapshot))
    return Response(text, media_type=MEDIA_TYPE)


def product_component(snapshot: Snapshot, page: str) -> BillComponent:
    """Return what a bill is of; ``page`` is the product's address for people."""
    policy = snapshot.known.presentation.policy_url
    return BillComponent(
        reference=str(Object(snapshot).uuid(Kind.COMPONENT)),
        name=_name(snapshot),
        category=snapshot.known.presentation.category,
        identifiers=snapshot.known.identifiers,
        links={"website": page} | ({"support": policy} if policy else {}),
    )


def release_components(
    snapshot: Snapshot, today: date, tier: str | None = None
) -> list[BillComponent]:
    """Return the releases that are out, the lowest first; slow with thousands of them."""
    out = [release for release in snapshot.facts.releases if not release.planned]
    return [
        _release(snapshot, milestones, today)
        for milestones in release_milestones(snapshot, out, today, tier=tier)
    ]


def _release(snapshot: Snapshot, milestones: ReleaseMilestones, today: date) -> BillComponent:
    version = milestones.version
    release, notes = snapshot.by_version[version], snapshot.known.notes.get(version)
    kinds = ("pkg:",) if release.prerelease else ("pkg:", "cpe:")  # a CPE divides prereleases
    withdrawn_on = None if stands_on(release, today) else release.withdrawn_on
    return BillComponent(
        reference=str(Object(snapshot, release).uuid(Kind.COMPONENT_RELEASE)),
        name=_name(snapshot),
        category=snapshot.known.presentation.category,
        version=version,
        identifiers=tuple(
            with_version(text, version)
            for text in snapshot.known.identifiers
            if text.startswith(kinds)
        ),
        links={"release-notes": notes} if notes else {},
        withdrawn=f"Withdrawn on {write_day(withdrawn_on)}." if withdrawn_on else None,
        milestones=Milestones(
            milestones.released_on, milestones.covered_until, milestones.life_until
        ),
    )


def _name(snapshot: Snapshot) -> str:
    return snapshot.known.name or snapshot.slug


router = Router("/", route_handlers=[show_bill, show_release_bill])
