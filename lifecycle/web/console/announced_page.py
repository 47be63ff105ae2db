"""What is announced, as the vendor's people see it: what it says, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations import deprecation_outputs
from lifecycle.deprecations.announced import tiers_having
from lifecycle.deprecations.states import State
from lifecycle.web.console.deprecation_words import STATUS_NAMES, STATUS_TONES
from lifecycle.web.deprecation_sentences import name_changes
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from litestar.response import Response

    from lifecycle.web.console.own_deprecations import OwnDeprecation, View


async def show_announced(view: View, own: OwnDeprecation) -> Response[str]:
    """Show what is announced, with its history; to those who may publish, with its actions."""
    request, moment, session = view
    shown = await deprecation_outputs.show(
        session, own.row, now=moment.now, inside=moment.publishes
    )
    snapshot = await moment.snapshot(own.product.slug)
    having = tiers_having(snapshot.known, own.content.feature)
    return show(
        request,
        "console/announced.html",
        title=own.title,
        own=own,
        shown=shown,
        days={
            tier: day
            for tier, day in shown.days.items()
            if having is None or tier in having or own.content.tiers is not None
        },
        today=moment.now.date(),
        may_publish=moment.publishes,
        is_standing=own.row.state == State.ANNOUNCED,
        status_names=STATUS_NAMES,
        status_tones=STATUS_TONES,
        name_changes=name_changes,
    )
