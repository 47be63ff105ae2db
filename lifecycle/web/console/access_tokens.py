"""Tokens: who may do what; each is shown once, when it is made."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import partial
from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import queries, tokens
from lifecycle.accounts.scopes import LIMITED, Scope
from lifecycle.accounts.token_documents import state_of
from lifecycle.catalogue.queries import product_names
from lifecycle.errors import BadRequest, Problem
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Name
from lifecycle.web import product_choices
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form, pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.sign_in.departures import lead_out, own_token
from lifecycle.web.table_files import pick, send_rows
from lifecycle.web.token_forms import make_once, new_key

COLUMNS: Final = (
    *("id", "label", "scope", "prefix", "created_at", "expires_at", "last_used_at"),
    *("revoked_at", "state"),
)
KINDS: Final = (
    ("", "choose"),
    ("release", "Release: ask the gate, and register releases"),
    ("publish", "Publish: all that a product manager does"),
    ("account", "Account: what one customer does for itself"),
    ("admin", "Admin: everything, tokens and people included"),
)
"""What an admin may give, who alone gets here: everything."""
LABELS: Final = product_choices.LABELS | {"kind": "What it may do", "account": "Account"}
OUTCOMES: Final = {"revoked": "The token is revoked, and sessions that it gave have ended."}


@private_page("/console/tokens", scope="admin")
async def show_tokens(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    account: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """List the tokens, the oldest first, and ask for another, such as one for an ``account``."""
    customer = filled(account)
    form = Form.filled(kind="account" if customer else None, account=customer)
    return await _shown(request, session, moment.now, form, outcome=outcome)


@private_document("/console/tokens.csv", TABLE, scope="admin")
async def show_token_table(
    session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send all tokens as a table, without their secrets."""
    rows = [
        [*row, state_of(token, moment.now)]
        for token in await queries.list_tokens(session)
        for row in pick(COLUMNS[:-1], [token])
    ]
    return send_rows("tokens.csv", COLUMNS, rows)


@form("/console/tokens", scope="admin")
async def create_token(
    request: Request[Any, Any, Any], form: NamedDependency[Form]
) -> Response[Any]:
    """Make a token and show it once: this answer is kept nowhere. Sent twice, it makes one."""
    number, secret = None, None
    try:
        async with changing(request) as change:
            number, secret = await _create_once(change, form, request.scope["path"])
        form = Form({})
    except REFUSALS as refusal:
        form = form.refused(refusal, {"scope": "products"})
    moment = Moment(request)
    async with moment.app_state.store.reading() as session:
        return await _shown(request, session, moment.now, form, number=number, secret=secret)


@form("/console/tokens/{token:str}/revoke", scope="admin")
async def revoke_token(
    request: Request[Any, Any, Any], token: Name, form: NamedDependency[Form]
) -> Response[Any]:
    """Revoke a token; twice is once."""
    try:
        async with changing(request) as change:
            revoked = await tokens.revoke(change.session, token, by=change.by)
    except REFUSALS as refusal:
        moment, again = Moment(request), form.refused(refusal)
        async with moment.app_state.store.reading() as session:
            return await _shown(request, session, moment.now, again)
    if revoked.id == own_token(request):
        return lead_out(request)
    return see_other(request, "console", "tokens", outcome="revoked")


async def _create_once(change: Change, form: Form, path: str) -> tuple[int, str | None]:
    """Return a token's number, and its secret unless the very same form has made it before."""
    session, expires = change.session, form.day("expires_at")
    label, scope = form.text("label"), str(await _scope(session, form))
    make = partial(
        tokens.create,
        session,
        label=label,
        scope=scope,
        by=change.by,
        expires_at=datetime.combine(expires, time(), UTC) if expires else None,
        products=await product_names(session),
    )
    return await make_once(change, path, form, [label, scope, form.text("expires_at")], make)


async def _scope(session: AsyncSession, form: Form) -> Scope:
    """Return what the token may do; a choice that its kind does not have is refused."""
    kind, account = form.text("kind"), form.text("account")
    if kind not in dict(KINDS[1:]):
        raise _refused("kind", "must be one of the choices", kind)
    if kind == "account":
        return Scope(kind, await _known_account(session, account))
    if account:
        fault = "belongs to a token of the kind Account; choose that, or leave this empty"
        raise _refused("account", fault, account)
    if kind in LIMITED:
        products = product_choices.read_products(form)
        return Scope(kind, products=None if products is None else frozenset(products))
    if form.text(product_choices.WHICH) == product_choices.SOME:
        raise _refused(product_choices.WHICH, "must be all of them for an admin")
    return Scope(kind)


async def _known_account(session: AsyncSession, slug: str) -> str:
    if not slug:
        raise _refused("account", "is empty; enter the customer's short name")
    try:
        return (await queries.get_account(session, slug)).slug
    except queries.UnknownAccount:
        raise _refused("account", f"{slug[:100]!r} is not a known account", slug) from None


def _refused(field: str, fault: str, value: str | None = None) -> BadRequest:
    problem = Problem(field, fault, value=value[:100] if value else None)
    return BadRequest("The token cannot be made.", problems=[problem])


async def _shown(
    request: Request[Any, Any, Any],
    session: AsyncSession,
    now: datetime,
    form: Form,
    *,
    number: int | None = None,
    secret: str | None = None,
    outcome: str | None = None,
) -> Response[str]:
    listed = await queries.list_tokens(session)
    return show(
        request,
        "console/tokens.html",
        status=form.status,
        title="Tokens",
        tokens=[(token, state_of(token, now)) for token in listed],
        form=form,
        number=number,
        secret=secret,
        token_key=form.value("token_key") or new_key(),
        own_token=own_token(request),
        kinds=KINDS,
        labels=LABELS,
        products=product_choices.list_choices(await product_names(session)),
        outcome=OUTCOMES.get(outcome or "", ""),
    )


router = pages(show_tokens, show_token_table, create_token, revoke_token)
