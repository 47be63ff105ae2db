"""What comes with each tier, and by when a request that is made now is due a response."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.entitlements import entitled, policy_in_force
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Slug
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show


@page("/products/{product:str}/entitlements")
async def show_entitlements(
    request: Request[Any, Any, Any], product: Slug, moment: NamedDependency[Moment]
) -> Response[str]:
    """Show each tier's channels, scope and response time, as of this minute."""
    snapshot = await moment.snapshot(product)
    moment.unkept(public=False)  # what is due moves with the clock
    policy = policy_in_force(snapshot, snapshot.today(moment.now))
    zone = snapshot.zone(moment.now)
    tiers = [
        entitled(snapshot, tier=tier.name, opened_at=moment.now, now=moment.now)
        for tier in policy.tiers
    ]
    return show(
        request,
        "entitlements.html",
        title=f"What each tier of {snapshot.known.name} includes",
        product=snapshot.known,
        now=moment.now.astimezone(zone),
        today=snapshot.today(moment.now),
        zone=zone.key,
        policy=policy,
        tiers=tiers,
    )


router = pages(show_entitlements)
