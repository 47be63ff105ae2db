"""Signing in at the vendor's identity provider: the way there, and the way back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Response

from lifecycle.accounts.people import Arrival, is_subject
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.errors import NotFound
from lifecycle.server.sign_in_flows import (
    FLOW_TAKES,
    Flow,
    IdTokenRefused,
    SignInFailed,
    new_flow,
)
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.sign_in.arrivals import NotEntitled, arrival_of, lead_in_person
from lifecycle.web.sign_in.token_sign_in import Next
from notifications.secrets import WrongKeyError

if TYPE_CHECKING:
    from lifecycle.server.app_state import AppState
    from lifecycle.server.identity_provider import IdentityProvider

COOKIE = "lifecycle_sign_in"
AGAIN = "Start again from the page to sign in."

log = structlog.get_logger(__name__)


class NoIdentityProvider(NotFound):
    """The service has no identity provider."""


@private_page("/sign-in/provider", scope="anyone")
async def go_to_provider(request: Request[Any, Any, Any], next_: Next = None) -> Response[Any]:
    """Lead to the provider; nothing is stored but in the browser's own cookie."""
    app_state, provider = _provider(request)
    app_state.sign_in_attempts.check(request.scope)
    flow = new_flow((next_ or "")[:2000], app_state.clock())
    address = await provider.address(flow, _redirect_uri(app_state))
    sealed = app_state.vault.encrypt(msgspec.json.encode(flow).decode())
    cookie = _cookie(app_state, sealed, int(FLOW_TAKES.total_seconds()))
    return _led(address, cookie)


@private_page("/sign-in/callback", scope="anyone", any_query=True)
async def come_back(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign in whom the provider vouches for, in the browser that was sent there."""
    app_state, provider = _provider(request)
    app_state.sign_in_attempts.check(request.scope)
    answer = dict(request.query_params)
    try:
        flow = _flow(request, answer, app_state.clock())
        claims = await provider.claims(answer, flow, _redirect_uri(app_state))
        arrival = _arrival(provider, claims, contact=app_state.settings.contact)
    except (SignInFailed, IdTokenRefused, NotEntitled) as error:
        app_state.sign_in_attempts.note_failure(request.scope)
        facts = error.logged if isinstance(error, NotEntitled) else {}
        log.warning("sign-in refused", reason=str(error), provider=provider.host, **facts)
        if isinstance(error, IdTokenRefused):
            raise SignInFailed(f"What the identity provider sent is not valid. {AGAIN}") from error
        raise
    response = await lead_in_person(request, arrival, flow.next)
    response.cookies.append(_cookie(app_state, "", 0))
    return response


def _provider(request: Request[Any, Any, Any]) -> tuple[AppState, IdentityProvider]:
    app_state: AppState = request.app.state.app_state
    if app_state.provider is None:
        raise NoIdentityProvider("LIFECYCLE_OIDC_ISSUER names one.")
    return app_state, app_state.provider


def _flow(request: Request[Any, Any, Any], answer: dict[str, str], now: datetime) -> Flow:
    """Return the flow that the answer belongs to: one of this browser's, begun a moment ago."""
    app_state: AppState = request.app.state.app_state
    try:
        sealed = request.cookies.get(COOKIE, "")
        flow = msgspec.json.decode(app_state.vault.decrypt(sealed), type=Flow)
    except (WrongKeyError, msgspec.MsgspecError):
        raise SignInFailed(f"This browser was not on its way to sign in. {AGAIN}") from None
    if flow.expires_at <= now:
        raise SignInFailed(f"Signing in took longer than ten minutes. {AGAIN}")
    if answer.get("state") != flow.state:
        raise SignInFailed(f"The answer belongs to another attempt to sign in. {AGAIN}")
    if "code" not in answer:
        reason = answer.get("error", "")
        shown = f": {reason}" if reason.isascii() and reason.replace("_", "").isalpha() else ""
        raise SignInFailed(f"The identity provider signed nobody in{shown[:60]}. {AGAIN}")
    return flow


def _arrival(provider: IdentityProvider, claims: dict[str, Any], *, contact: str) -> Arrival:
    if not is_subject(claims["sub"]):
        raise IdTokenRefused("its subject cannot be stored")
    return arrival_of(
        provider.rules, claims, issuer=claims["iss"], place=f"at {provider.host}", contact=contact
    )


def _redirect_uri(app_state: AppState) -> str:
    return f"{base_url(app_state.settings)}/sign-in/callback"


def _led(address: str, cookie: Cookie) -> Response[Any]:
    headers = {"location": address}
    return Response(
        None, status_code=303, headers=headers, cookies=[cookie], media_type="text/html"
    )


def _cookie(app_state: AppState, sealed: str, seconds: int) -> Cookie:
    """Return the cookie of a flow, which the provider's answer comes with from another site."""
    return Cookie(
        key=COOKIE,
        value=sealed,
        max_age=seconds,
        path=f"{app_state.prefix}/sign-in",
        secure=app_state.settings.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


router = pages(go_to_provider, come_back)
