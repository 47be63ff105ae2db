"""Signing in with a token, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response

from lifecycle.accounts import sessions, tokens
from lifecycle.accounts.scopes import NOBODY, Caller, parse_scope
from lifecycle.errors import BadRequest, Problem
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.server.authorization import note_failure
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import PRINTABLE_OR_EMPTY
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.sign_in.arrivals import lead_in, sign_in_as
from lifecycle.web.sign_in.departures import lead_out
from lifecycle.web.viewers import home_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Token
    from lifecycle.server.app_state import AppState

SIGNED_OUT = {"signed-out": "You are signed out."}
Next = Annotated[
    str | None,
    QueryParameter(
        name="next",
        description="The path of ours to go to after signing in.",
        pattern=PRINTABLE_OR_EMPTY,
    ),
]


class TokenRefused(BadRequest):
    """The token cannot be used to sign in."""


@private_page("/sign-in", scope="anyone")
async def show_sign_in(
    request: Request[Any, Any, Any], next_: Next = None, outcome: Outcome = None
) -> Response[Any]:
    """Ask for a token; being here changes nothing.

    Public pages lead everybody here, since they do not heed who reads them. Who is signed in is led
    on, unless they come from a page that wants to be opened by somebody else.
    """
    caller: Caller = request.scope.get("auth") or NOBODY
    if caller.session and caller.scope and next_ is None:
        return see_other(request, *home_of(caller.scope))
    return _shown(request, Form.filled(next=next_), outcome=SIGNED_OUT.get(outcome or "", ""))


@form_route("/sign-in", scope="anyone", keyed=False)
async def sign_in(request: Request[Any, Any, Any], form: NamedDependency[Form]) -> Response[Any]:
    """Sign a browser in by a token."""
    try:
        async with changing(request) as change:
            token = await _token_in(request, change.session, form)
            started = await sign_in_as(request, change.session, sessions.by_token(token))
    except REFUSALS as refusal:
        return _shown(request, form.refused(refusal))
    return lead_in(request, started, parse_scope(token.scope), form.value("next"))


@form_route("/sign-out", scope="anyone")
async def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session of the browser that asks; without one there is nothing to end."""
    caller: Caller = request.scope.get("auth") or NOBODY
    if caller.session is not None:
        async with changing(request) as change:
            await sessions.end(change.session, caller.session.id, by=change.by)
    return lead_out(request)


async def _token_in(request: Request[Any, Any, Any], session: AsyncSession, form: Form) -> Token:
    app_state: AppState = request.app.state.app_state
    app_state.sign_in_attempts.check(request.scope)
    secret = form.value("token").strip()
    if not secret:
        raise TokenRefused("Enter a token.", problems=[Problem("token", "is empty")])
    try:
        return await tokens.authenticate(session, secret, now=app_state.clock())
    except tokens.InvalidToken as error:
        note_failure(request, app_state, error)
        app_state.sign_in_attempts.note_failure(request.scope)
        why = error.detail[:1].lower() + error.detail[1:]
        problem = Problem("token", f"cannot be used: {why}")
        raise TokenRefused(error.detail, problems=[problem]) from error


def _shown(request: Request[Any, Any, Any], form: Form, *, outcome: str = "") -> Response[str]:
    app_state: AppState = request.app.state.app_state
    proxies = app_state.signing_proxies
    return show(
        request,
        "sign_in/sign_in.html",
        provider=app_state.provider,
        no_mail=sends_no_mail(app_state.settings),
        signing_proxies=proxies,
        named=proxies.find_named(request.scope) if proxies else None,
        status=form.status,
        title="Sign in",
        form=form,
        outcome=outcome,
    )


router = pages(show_sign_in, sign_in, sign_out)
