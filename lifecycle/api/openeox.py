"""OpenEoX: the milestones of a release, and of all releases of a product."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from litestar import Router
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.release_milestones import (
    LatestFacts,
    ReleaseMilestones,
    milestones_of_version,
    release_milestones,
)
from lifecycle.calendar.zones import zone
from lifecycle.errors import NotFound
from lifecycle.interchange.openeox import (
    MEDIA_TYPE,
    EoxRecord,
    EoxStatement,
    write_core,
    write_shell,
)
from lifecycle.policy.succession import in_force_or_first
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name, Slug
from lifecycle.server.routing import get_format

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot

FIRST, LAST = time(), time(23, 59, 59)


class NoKnownEnd(NotFound):
    """Support is over, on a day that is not known, which OpenEoX cannot express."""


@get_format("/products/{product:str}/releases/{version:str}/openeox.json", MEDIA_TYPE)
async def show_release_milestones(
    product: Slug, version: Name, moment: NamedDependency[Moment]
) -> Response[bytes]:
    """Show when a release became available, and when its support ends."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    milestones = milestones_of_version(snapshot, version, today)
    if milestones.is_over:
        named = f"{snapshot.slug} {milestones.version}"
        raise NoKnownEnd(
            f"{named} is not supported, and since when is not known, which OpenEoX cannot express. "
            f"/v1/products/{snapshot.slug}/versions/{milestones.version} answers for each tier."
        )
    record = _record(snapshot, milestones, LatestFacts(snapshot, today))
    return Response(write_core(record), media_type=MEDIA_TYPE)


@get_format("/products/{product:str}/openeox.json", MEDIA_TYPE)
async def show_milestones(product: Slug, moment: NamedDependency[Moment]) -> Response[bytes]:
    """Show the same of every release of a product."""
    snapshot = await moment.snapshot(product)
    today, vendor = snapshot.today(moment.now), moment.app_state.settings.title

    def write() -> bytes:
        statements = milestone_statements(snapshot, today, vendor)
        return write_shell(statements)

    return Response(await moment.runner(write), media_type=MEDIA_TYPE)


def milestone_statements(snapshot: Snapshot, today: date, vendor: str) -> list[EoxStatement]:
    """Return what is said of each release, the lowest first.

    Those are left out whose support is over on no known day: there is only a word for what lies
    ahead.
    """
    releases, facts = snapshot.facts.releases, LatestFacts(snapshot, today)
    return [
        EoxStatement(
            vendor_name=vendor,
            product_name=snapshot.known.name,
            product_version=milestones.version,
            core=_record(snapshot, milestones, facts),
        )
        for milestones in release_milestones(snapshot, releases, today)
        if not milestones.is_over
    ]


def _record(snapshot: Snapshot, milestones: ReleaseMilestones, facts: LatestFacts) -> EoxRecord:
    return EoxRecord(
        last_updated=facts.of(snapshot.by_version[milestones.version]),
        general_availability=_instant(snapshot, milestones.released_on, FIRST),
        end_of_sales=_instant(snapshot, milestones.sold_until, LAST),
        end_of_security_support=_instant(snapshot, milestones.security_until, LAST),
        end_of_life=_instant(snapshot, milestones.supported_until, LAST),
    )


def _instant(snapshot: Snapshot, day: date | None, at: time) -> datetime | None:
    """Return a time of a day by the clock of the policy then in force."""
    if day is None:
        return None
    policy = in_force_or_first(snapshot.facts.policies, day)
    return datetime.combine(day, at, tzinfo=zone(policy.timezone if policy else "UTC"))


router = Router("/", route_handlers=[show_release_milestones, show_milestones])
