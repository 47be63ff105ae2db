"""What every way of signing in ends with: a new session, its cookie, and the page one came for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from litestar.response import Response

from lifecycle.accounts import sessions
from lifecycle.accounts.scopes import NOBODY, Caller, Scope
from lifecycle.audit.chain import By
from lifecycle.server.session_cookies import session_cookie
from lifecycle.web.sign_in.browser_names import name_browser
from lifecycle.web.viewers import home_of

if TYPE_CHECKING:
    from litestar import Request
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.server.app_state import AppState

OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""A path of ours: not the two slashes, or their likes, with which another host's name begins."""


async def sign_in_as(
    request: Request[Any, Any, Any], session: AsyncSession, giver: sessions.Giver
) -> sessions.Started:
    """Start a session under a new secret; the one that the browser had until now ends."""
    app_state: AppState = request.app.state.app_state
    now, caller = app_state.clock(), _caller(request)
    if caller.session is not None:
        await sessions.end(session, caller.session.id, by=By(caller.actor, now))
    browser = name_browser(request.headers.get("user-agent", ""))
    return await sessions.start(session, giver, browser=browser, now=now)


def lead_in(
    request: Request[Any, Any, Any], started: sessions.Started, scope: Scope, next_path: str
) -> Response[Any]:
    """Give a browser the cookie of its session, and lead it to where it wanted to go."""
    app_state: AppState = request.app.state.app_state
    home = app_state.path(*home_of(scope))
    location = app_state.prefix + next_path if OWN_PATH.fullmatch(next_path) else home
    return Response(
        None,
        status_code=303,
        headers={"location": location},
        cookies=[session_cookie(app_state, started.secret, started.expires_at)],
        media_type="text/html",
    )


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return request.scope.get("auth") or NOBODY
