"""The addresses that the demo prints: a page for each of its people, and a button to be them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import sessions, tokens
from lifecycle.accounts.scopes import parse_scope
from lifecycle.demo.demo_people import GOOD_FOR, PURPOSE
from lifecycle.errors import NotFound
from lifecycle.web.page_forms import Form, changing
from lifecycle.web.page_routes import form, pages, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.sign_in.arrivals import lead_in, sign_in_as
from notifications.secrets import BadLinkError

if TYPE_CHECKING:
    from lifecycle.accounts.models import Token
    from lifecycle.server.app_state import AppState


class UnknownDemoPerson(NotFound):
    """The address leads to none of the demo's people."""


@private_page("/sign-in/demo/{ticket:str}", scope="anyone")
async def show_demo_person(
    request: Request[Any, Any, Any],
    ticket: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    """Say who one would be; being here signs nobody in, since programs follow links too."""
    token = await _token_of(request, session, ticket)
    return show(request, "sign_in/demo_person.html", title=token.label, token=token)


@form("/sign-in/demo/{ticket:str}", scope="anyone", keyed=False)
async def sign_in_as_demo_person(
    request: Request[Any, Any, Any],
    ticket: FromPath[str],
    form: NamedDependency[Form],  # noqa: ARG001 -- sent from our own page
) -> Response[Any]:
    """Sign a browser in as one of the demo's people."""
    async with changing(request) as change:
        token = await _token_of(request, change.session, ticket)
        started = await sign_in_as(request, change.session, sessions.by_token(token))
    return lead_in(request, started, parse_scope(token.scope), "")


async def _token_of(request: Request[Any, Any, Any], session: AsyncSession, ticket: str) -> Token:
    app_state: AppState = request.app.state.app_state
    app_state.sign_in_attempts.check(request.scope)
    try:
        number = int(app_state.links.unsign(PURPOSE, ticket, GOOD_FOR))
        return await tokens.get_valid(session, number, now=app_state.clock())
    except (BadLinkError, tokens.InvalidToken) as error:
        app_state.sign_in_attempts.note_failure(request.scope)
        raise UnknownDemoPerson(
            "Start the demo again: it prints an address for each of its people."
        ) from error


router = pages(show_demo_person, sign_in_as_demo_person)
