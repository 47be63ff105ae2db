"""What is announced, as the vendor's people see it: what it says, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations import deprecation_outputs
from lifecycle.deprecations.states import State, changes_in
from lifecycle.documents.word_lists import listed
from lifecycle.web.console.deprecation_words import STATUS_NAMES, STATUS_TONES
from lifecycle.web.deprecation_sentences import REVISION_LABELS
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from litestar.response import Response

    from lifecycle.web.console.own_deprecations import OwnDeprecation, View

OUTCOMES = {
    "announced": "It is announced. The first notices are on their way.",
    "amended": "It is amended. The notices are on their way.",
    "withdrawn": "It is withdrawn. Everyone who was notified of it will be notified.",
}


async def show_announced(view: View, own: OwnDeprecation, outcome: str | None) -> Response[str]:
    """Show what is announced, with its history; to those who may publish, with its actions."""
    request, moment, session = view
    shown = await deprecation_outputs.show(
        session, own.row, now=moment.now, inside=moment.publishes
    )
    return show(
        request,
        "console/announced.html",
        title=own.title,
        outcome=OUTCOMES.get(outcome or "", ""),
        own=own,
        shown=shown,
        today=moment.now.date(),
        may_publish=moment.publishes,
        is_standing=own.row.state == State.ANNOUNCED,
        status_names=STATUS_NAMES,
        status_tones=STATUS_TONES,
        label=_label,
    )


def _label(change: str) -> str:
    """Say what a revision did.

    >>> _label("postponed+narrowed")
    'Postponed and narrowed'
    """
    return listed([REVISION_LABELS[did] for did in changes_in(change)]).capitalize()
