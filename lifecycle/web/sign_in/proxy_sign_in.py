"""Signing in as whom a trusted proxy names: it has asked who they are before they got here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.accounts.people import PROXY
from lifecycle.errors import NotFound
from lifecycle.server.trusted_proxies import NamedByNoProxy
from lifecycle.web.page_forms import Form
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.sign_in.arrivals import NotEntitled, arrival_of, lead_in_person
from lifecycle.web.sign_in.token_sign_in import Next

if TYPE_CHECKING:
    from lifecycle.server.app_state import AppState
    from lifecycle.server.trusted_proxies import NamedPerson, SigningProxies

log = structlog.get_logger(__name__)


class NoSigningProxy(NotFound):
    """No proxy signs people in here."""


@private_page("/sign-in/proxy", scope="anyone")
async def show_named_person(request: Request[Any, Any, Any], next_: Next = None) -> Response[str]:
    """Say as whom one would sign in; being here signs nobody in, since programs follow links."""
    named = _named(request, _proxies(request))
    title = f"Sign in as {named.name}"
    form = Form.filled(next=next_)
    return show(request, "sign_in/proxy.html", title=title, named=named, form=form)


@form_route("/sign-in/proxy", scope="anyone", keyed=False)
async def sign_in(request: Request[Any, Any, Any], form: NamedDependency[Form]) -> Response[Any]:
    """Sign a browser in as the person that the proxy names."""
    app_state: AppState = request.app.state.app_state
    proxies = _proxies(request)
    app_state.sign_in_attempts.check(request.scope)
    try:
        named = _named(request, proxies)
        arrival = arrival_of(
            proxies.rules,
            named.claims,
            issuer=PROXY,
            place="to the proxy that signed you in",
            contact=app_state.settings.contact,
        )
    except (NamedByNoProxy, NotEntitled) as error:
        app_state.sign_in_attempts.note_failure(request.scope)
        facts = error.logged if isinstance(error, NotEntitled) else {}
        log.warning("sign-in refused", reason=str(error), provider=PROXY, **facts)
        raise
    return await lead_in_person(request, arrival, form.value("next"))


def _proxies(request: Request[Any, Any, Any]) -> SigningProxies:
    app_state: AppState = request.app.state.app_state
    if app_state.signing_proxies is None:
        raise NoSigningProxy("LIFECYCLE_PROXY_USER_HEADER names the header by which one does.")
    return app_state.signing_proxies


def _named(request: Request[Any, Any, Any], proxies: SigningProxies) -> NamedPerson:
    named = proxies.named_in(request.scope)
    if named is None:
        raise NamedByNoProxy(
            "The request did not come through the proxy that signs people in, or the proxy named "
            "nobody. Whoever runs this service can change that."
        )
    return named


router = pages(show_named_person, sign_in)
