"""The tokens of an account's own programs: made, listed and revoked by its people."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import tokens
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.scopes import Scope
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.errors import BadRequest, Problem
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, Number
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, reading, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.sign_in.departures import lead_out, own_token
from lifecycle.web.token_forms import make_once, new_key

DONE = {"token-revoked": "The token is revoked; what uses it is refused."}
LIVES = (("90", "90 days"), ("365", "One year"), ("30", "30 days"), ("never", "It never expires"))
"""How long a token may be good, as the form offers it."""


@private_page("/my/{account:str}/tokens", scope="account")
async def show_tokens(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    outcome: Outcome = None,
) -> Response[str]:
    """Show the tokens of an account, and ask for another."""
    sentence = DONE.get(outcome or "", "")
    return await _shown(request, account, session, form=Form.filled(), outcome=sentence)


@form_route("/my/{account:str}/tokens", scope="account")
async def create_token(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Make a token for this account alone; shown in the answer, and never again.

    Sent twice, the form makes one.
    """
    try:
        lifetime = _lifetime(form)
        label = form.text("label")
        if not label:
            problem = Problem("label", "is empty; name what will use the token")
            raise BadRequest("Name what will use the token.", problems=[problem])
        async with changing(request) as change:
            make = partial(
                tokens.create,
                change.session,
                label=label,
                scope=str(Scope("account", account)),
                by=change.by,
                expires_at=change.now + lifetime if lifetime else None,
            )
            path, facts = request.scope["path"], [label, form.text("life")]
            number, secret = await make_once(change, path, form, facts, make)
    except REFUSALS as refusal:
        refused = form.refused(refusal)
        async with reading(request) as session:
            return await _shown(request, account, session, form=refused)
    async with reading(request) as session:
        return await _shown(
            request, account, session, form=Form.filled(), number=number, secret=secret
        )


@form_route("/my/{account:str}/tokens/{number:str}/revoke", scope="account")
async def revoke_token(
    request: Request[Any, Any, Any], account: AccountSlug, number: Number
) -> Response[Any]:
    """Revoke one of the account's own tokens."""
    async with changing(request) as change:
        scope = str(Scope("account", account))
        await tokens.revoke_own(change.session, number, scope=scope, by=change.by)
    if number == own_token(request):
        return lead_out(request)
    return see_other(request, "my", account, "tokens", outcome="token-revoked")


async def _shown(
    request: Request[Any, Any, Any],
    account: str,
    session: AsyncSession,
    *,
    form: Form,
    number: int | None = None,
    secret: str | None = None,
    outcome: str = "",
) -> Response[str]:
    owner = await get_account(session, account)
    moment = Moment(request)
    return show(
        request,
        "customer/tokens.html",
        status=form.status,
        title="Tokens",
        account=owner.slug,
        name=owner.name,
        tokens=await tokens.list_of_scope(session, str(Scope("account", owner.slug))),
        now=moment.now,
        base=base_url(moment.app_state.settings),
        lives=LIVES,
        number=number,
        secret=secret,
        token_key=form.value("token_key") or new_key(),
        own_token=own_token(request),
        form=form,
        outcome=outcome,
    )


def _lifetime(form: Form) -> timedelta | None:
    chosen = form.text("life")
    if chosen not in dict(LIVES):
        allowed = ", ".join(life for life, _ in LIVES)
        problem = Problem("life", "is not one of the choices", value=chosen[:40], allowed=allowed)
        raise BadRequest("Choose how long the token is valid.", problems=[problem])
    return None if chosen == "never" else timedelta(days=int(chosen))


router = pages(show_tokens, create_token, revoke_token)
