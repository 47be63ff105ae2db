"""What every way of signing in ends with: a new session, its cookie, and the page one came for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from litestar.response import Response

from lifecycle.accounts import people, sessions
from lifecycle.accounts.claim_rules import MOST_SEEN, scope_for, values_seen
from lifecycle.accounts.scopes import NOBODY, Caller, Scope, parse_scope
from lifecycle.audit.chain import By
from lifecycle.errors import Forbidden
from lifecycle.server.session_cookies import session_cookie
from lifecycle.web.page_forms import changing
from lifecycle.web.sign_in.browser_names import name_browser
from lifecycle.web.viewers import home_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litestar import Request
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.claim_rules import ClaimRule
    from lifecycle.server.app_state import AppState

OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""A path of ours: not the two slashes, or their likes, with which another host's name begins."""


class NotEntitled(Forbidden):
    """What is known of you gives no access here."""

    def __init__(self, detail: str, *, logged: dict[str, Any]) -> None:
        """Take what the person reads, and what of their claims the log shall show."""
        super().__init__(detail)
        self.logged = logged


def arrival_of(
    rules: Sequence[ClaimRule], claims: dict[str, Any], *, issuer: str, place: str, contact: str
) -> people.Arrival:
    """Return who signs in by what is claimed of them; ``place`` says where they are known."""
    scope = scope_for(rules, claims)
    if scope is None:
        raise NotEntitled(
            f"You are known {place} as {claims['sub']}, but nothing that it says of you gives "
            f"access here. Ask {contact or 'whoever runs this service'}: the log names the claims "
            "that came.",
            logged={
                "subject": claims["sub"],
                "claims": values_seen(rules, claims),
                "claim_names": sorted(claims)[:MOST_SEEN],
            },
        )
    names = (claims.get(claim) for claim in ("name", "preferred_username", "email"))
    name = next((n for n in names if isinstance(n, str) and n.strip()), claims["sub"])
    return people.Arrival(issuer=issuer, subject=claims["sub"], name=name, scope=str(scope))


async def lead_in_person(
    request: Request[Any, Any, Any], arrival: people.Arrival, next_path: str
) -> Response[Any]:
    """Sign a browser in as a person who has arrived, and lead it to where it wanted to go."""
    async with changing(request) as change:
        person = await people.arrive(change.session, arrival, now=change.now)
        started = await sign_in_as(request, change.session, sessions.by_person(person))
    return lead_in(request, started, parse_scope(arrival.scope), next_path)


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
