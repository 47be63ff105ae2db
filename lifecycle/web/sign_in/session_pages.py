"""The browsers that are signed in: one's own, and for an admin everybody's; each can be ended."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import sessions
from lifecycle.accounts.scopes import NOBODY, Caller
from lifecycle.database.pagination import Page
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor
from lifecycle.web.page_forms import Outcome, changing, see_other
from lifecycle.web.page_routes import form, pages, private_page
from lifecycle.web.rendered_pages import show

SessionNumber = Annotated[int, PathParameter(description="Its number.", ge=1, le=2**53)]
OUTCOMES = {"session-ended": "The session is ended: that browser is signed out."}


@private_page("/sessions", scope="self")
async def show_sessions(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Show where one is signed in; to an admin, where everybody is."""
    caller = _caller(request)
    everybody = None
    if caller.scope is not None and caller.scope.kind == "admin":
        everybody = await sessions.list_all(session, now=moment.now, cursor=cursor)
    return show(
        request,
        "sign_in/sessions.html",
        title="Sessions",
        own=await sessions.list_own(session, caller, now=moment.now),
        everybody=everybody or Page([]),
        is_past_the_end=everybody is not None and cursor is not None and not everybody.items,
        this=caller.session.id if caller.session else None,
        outcome=OUTCOMES.get(outcome or "", ""),
    )


@form("/sessions/{session_number:str}/end", scope="self")
async def end_session(
    request: Request[Any, Any, Any], session_number: SessionNumber
) -> Response[Any]:
    """End a session; who ends the one at hand is signed out by it."""
    async with changing(request) as change:
        await sessions.end_of(change.session, session_number, _caller(request), by=change.by)
    return see_other(request, "sessions", outcome="session-ended")


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return request.scope.get("auth") or NOBODY


router = pages(show_sessions, end_session)
