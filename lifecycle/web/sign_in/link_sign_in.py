"""Signing in by a link that is sent to a confirmed address of an account.

What is answered, and how soon, says nothing of whether an address is known: who is sent what is
found out when the answer is gone, for all who asked in the same second. To open the link changes
nothing; its button signs in, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from lifecycle.accounts import sessions, sign_in_links
from lifecycle.accounts.scopes import Scope
from lifecycle.deprecations.notices import signed_links
from lifecycle.errors import LifecycleError
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.server.resent_messages import NoMailServer
from lifecycle.web.page_forms import REFUSALS, Form, changing
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.sign_in.arrivals import lead_in, sign_in_as
from lifecycle.web.sign_in.token_sign_in import Next
from notifications import subscriptions
from notifications.channels import find_channel
from notifications.channels.descriptor import AddressTerms
from notifications.errors import NotificationError
from notifications.secrets import BadLinkError, ExpiredLinkError

if TYPE_CHECKING:
    from lifecycle.server.app_state import AppState


@private_page("/sign-in/link", scope="anyone")
async def ask_for_address(request: Request[Any, Any, Any], next_: Next = None) -> Response[str]:
    """Ask for the address to which a link is to be sent."""
    return _asked(request, Form.filled(next=next_))


@form_route("/sign-in/link", scope="anyone", keyed=False)
async def send_link(request: Request[Any, Any, Any], form: NamedDependency[Form]) -> Response[str]:
    """Have a link sent to an address, if it is a confirmed one; the answer is the same if not."""
    app_state: AppState = request.app.state.app_state
    try:
        if sends_no_mail(app_state.settings):
            raise NoMailServer("E-mail is not set up at this service, so no link can be sent.")
        address = _address(form)
        app_state.sign_in_attempts.check(request.scope)
        app_state.sign_in_attempts.note_failure(request.scope)  # a mail costs as much
        async with changing(request) as change:
            await sign_in_links.note_request(change.session, address, now=change.now)
    except REFUSALS as refusal:
        return _asked(request, form.refused(refusal, {"address": "email"}))
    app_state.link_requests.note(address, form.value("next"))
    return show(
        request,
        "sign_in/link_sent.html",
        title="Check your email",
        minutes=_minutes(),
    )


@private_page("/sign-in/link/{token:str}", scope="anyone")
async def ask_to_sign_in(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Ask who has a link whether to sign in; mail scanners open it too."""
    app_state: AppState = request.app.state.app_state
    try:
        ticket = signed_links.sign_in_ticket(app_state.links, token)
        async with app_state.store.reading() as session:
            if await sign_in_links.is_used(session, ticket.delivery):
                raise sign_in_links.LinkUsed
            subscription = await subscriptions.get(session, None, ticket.subscription)
    except (BadLinkError, LifecycleError, NotificationError) as error:
        return _refused(request, error)
    return show(
        request,
        "sign_in/link.html",
        title=f"Sign in to {subscription.owner}",
        account=subscription.owner,
        token=token,
    )


@form_route("/sign-in/link/{token:str}", scope="anyone", keyed=False)
async def sign_in(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """Sign a browser in by a link that has not been used."""
    app_state: AppState = request.app.state.app_state
    try:
        ticket = signed_links.sign_in_ticket(app_state.links, token)
        async with changing(request) as change:
            account = await sign_in_links.use_link(
                change.session, ticket.delivery, ticket.subscription, now=change.now
            )
            giver = sessions.by_link(account, ticket.subscription)
            started = await sign_in_as(request, change.session, giver)
            next_path = await sign_in_links.next_path(change.session, ticket.delivery)
    except (BadLinkError, LifecycleError, NotificationError) as error:
        return _refused(request, error)
    return lead_in(request, started, Scope("account", account.slug), next_path)


def _address(form: Form) -> str:
    channel, address = find_channel("email"), form.text("email")
    channel.check_address(address, AddressTerms())
    return channel.normalize(address)


def _asked(request: Request[Any, Any, Any], form: Form) -> Response[str]:
    return show(
        request,
        "sign_in/link_form.html",
        status=form.status,
        title="Sign in by e-mail",
        minutes=_minutes(),
        no_mail=sends_no_mail(_app_state(request).settings),
        provider=_app_state(request).provider,
        form=form,
    )


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    is_over = isinstance(error, ExpiredLinkError | LifecycleError | NotificationError)
    return show(
        request,
        "sign_in/link_refused.html",
        status=410 if is_over else 400,
        title="This link no longer works" if is_over else "This link is broken",
        is_over=is_over,
        minutes=_minutes(),
    )


def _app_state(request: Request[Any, Any, Any]) -> AppState:
    app_state: AppState = request.app.state.app_state
    return app_state


def _minutes() -> int:
    return int(signed_links.SIGN_IN_WITHIN.total_seconds() // 60)


router = pages(ask_for_address, send_link, ask_to_sign_in, sign_in)
