"""What every way of signing out ends with: no cookie, and the page on which one can sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.accounts.scopes import NOBODY, Caller
from lifecycle.server.session_cookies import no_cookie
from lifecycle.web.page_forms import see_other

if TYPE_CHECKING:
    from litestar import Request
    from litestar.response import Response

    from lifecycle.server.app_state import AppState


def lead_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take the cookie of a browser whose session has ended, and say that it is signed out."""
    app_state: AppState = request.app.state.app_state
    response: Response[Any] = see_other(request, "sign-in", outcome="signed-out")
    response.cookies = [no_cookie(app_state)]
    return response


def own_token(request: Request[Any, Any, Any]) -> int | None:
    """Return the number of the token by which one is here; revoking it signs one out."""
    caller: Caller = request.scope.get("auth") or NOBODY
    return caller.token_id
