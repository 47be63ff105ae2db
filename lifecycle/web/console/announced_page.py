"""What is announced, as the vendor's people see it: what it says, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations import deprecation_outputs
from lifecycle.deprecations.announced import tiers_concerned, tiers_having
from lifecycle.deprecations.states import State, changes_in
from lifecycle.web.console.deprecation_words import STATUS_NAMES, STATUS_TONES
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from datetime import date

    from litestar.response import Response

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.web.console.own_deprecations import OwnDeprecation, View


async def show_announced(view: View, own: OwnDeprecation) -> Response[str]:
    """Show what is announced, with its history; to those who may publish, with its actions."""
    request, moment, session = view
    shown = await deprecation_outputs.show(
        session, own.row, now=moment.now, inside=moment.publishes
    )
    snapshot = await moment.snapshot(own.product.slug)
    is_standing = own.row.state == State.ANNOUNCED
    having = tiers_having(snapshot.known, own.content.feature)
    today = moment.now.date()
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
        not_concerned=_not_concerned(snapshot, own, today) if is_standing else (),
        today=today,
        may_publish=moment.publishes,
        is_standing=is_standing,
        status_names=STATUS_NAMES,
        status_tones=STATUS_TONES,
        changes_in=changes_in,
    )


def _not_concerned(snapshot: Snapshot, own: OwnDeprecation, today: date) -> tuple[str, ...]:
    """Return the tiers that have the feature, and have no day: it was given to them later."""
    feature, policy = own.content.feature, snapshot.policy_on(today)
    if feature is None or policy is None:
        return ()
    names = [tier.name for tier in policy.tiers]
    concerned = tiers_concerned(snapshot.known, feature, names)
    return tuple(name for name in concerned if name not in own.row.days)
