"""One release: how it stands, what the gate said of it, and what can be done about it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.gate import verdicts
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name, Slug
from lifecycle.web.console.own_releases import get_own_release
from lifecycle.web.console.release_acts import acts_on
from lifecycle.web.console.release_words import OUTCOMES, STATE_NAMES, STATE_TONES, state_of
from lifecycle.web.console.verdict_words import VERDICT_WORDS
from lifecycle.web.feature_words import STAGE_LABELS
from lifecycle.web.page_forms import Outcome
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

VERDICTS_SHOWN: Final = 10


@private_page("/console/releases/{product:str}/versions/{version:str}", scope="release")
async def show_release(
    request: Request[Any, Any, Any],
    product: Slug,
    version: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a release with the verdicts on it."""
    own = await get_own_release(session, moment, product, version)
    judged = await verdicts.list_of(
        session, own.product, version=own.row.version, limit=VERDICTS_SHOWN
    )
    state = state_of(own.row, own.today)
    return show(
        request,
        "console/release.html",
        title=own.title,
        own=own,
        release=own.row,
        today=own.today,
        state=state,
        state_names=STATE_NAMES,
        state_tones=STATE_TONES,
        stage_labels={stage.value: label for stage, label in STAGE_LABELS.items()},
        acts=acts_on(state),
        verdicts=judged,
        may_change=moment.publishes,
        outcome=OUTCOMES.get(outcome or "", ""),
        **VERDICT_WORDS,
    )


router = pages(show_release)
