"""Who may: every route says which scope it needs, and one guard holds all of them to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import structlog

from lifecycle.accounts import sessions, tokens
from lifecycle.accounts.queries import UnknownAccount
from lifecycle.accounts.scopes import (
    NOBODY,
    Caller,
    Scope,
    allows,
    check_limit,
    check_unlimited,
    parse_scope,
    too_narrow,
    touches,
)
from lifecycle.catalogue.visibility import PUBLIC
from lifecycle.errors import LifecycleError, NotFound, Unauthorized
from lifecycle.server.cacheability import keep_private
from lifecycle.server.quotas import check_quota
from lifecycle.server.security_headers import share
from lifecycle.server.session_cookies import secret_in
from lifecycle.settings import OperatorRoutes

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

    from lifecycle.server.app_state import AppState

SCOPES = frozenset(
    {"public", "account", "release", "publish", "admin", "self", "operator", "link", "anyone"}
)
"""``self`` is for whoever is signed in, with any scope: what it shows is their own."""
ALL_MAY = frozenset({"public", "self"})
UNLIMITED = frozenset({"operator", "link", "anyone"})
"""What is answered whatever an address has used: whether all is well, and who unsubscribes."""
ALWAYS, WHERE_PRIVATE = "always", "where private"
"""Which routes read the cookie of a session, said in their option ``signed_in``."""
TYPED = "lifecycle.typed"
"""Where the body of a form that is refused stays, so that what was typed is not lost."""
LONGEST_TOKEN = 512

log = structlog.get_logger(__name__)


class TokenNeeded(Unauthorized):
    """A token is needed."""


class SignInNeeded(Unauthorized):
    """You are not signed in."""


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let through who may; note who it is for the handler and the log."""
    if connection.scope.get("method") == "OPTIONS":
        return
    app_state: AppState = connection.app.state.app_state
    try:
        await _admit(connection, handler, app_state)
    except LifecycleError:
        if handler.opt.get("form"):  # whoever refuses it can show what was typed
            cast("dict[str, Any]", connection.scope)[TYPED] = await cast("Any", connection).body()
        raise


async def _admit(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, app_state: AppState
) -> None:
    needed = handler.opt["scope"]
    if needed == "operator" and app_state.settings.operator_routes is OperatorRoutes.OFF:
        raise NotFound("This is switched off by LIFECYCLE_OPERATOR_ROUTES.")
    is_signed_in_route = _reads_sessions(connection, handler, app_state)
    if is_signed_in_route:
        keep_private(cast("dict[str, Any]", connection.scope))
    if needed == "public" and not is_signed_in_route and _is_shared(connection, app_state):
        share(cast("dict[str, Any]", connection.scope))
    caller = await _caller(connection, app_state, reads_sessions=is_signed_in_route)
    connection.scope["auth"] = caller
    if caller.scope is None and needed not in UNLIMITED:
        check_quota(cast("dict[str, Any]", connection.scope), app_state.quotas)
    if _open(needed, app_state):
        return
    if caller.scope is None:
        if needed != "public" and is_signed_in_route:
            raise SignInNeeded("Sign in to see this page, or to send this form.")
        raise TokenNeeded("Send `Authorization: Bearer <token>` with this request.")
    _check_scope(caller.scope, needed, connection, is_page=is_signed_in_route)
    if caller.products is not None and needed not in ALL_MAY:
        await _check_products(connection, handler, caller)


def _is_shared(connection: ASGIConnection[Any, Any, Any, Any], app_state: AppState) -> bool:
    """Return whether everybody gets the same answer, so that scripts of other sites may read it.

    What a token opens is not for them, nor what is served to the user of this machine.
    """
    return (
        connection.scope.get("method") == "GET"
        and app_state.settings.public_reads
        and app_state.settings.cross_origin_reads
        and app_state.at_hand is None
        and "authorization" not in connection.headers
    )


def _check_scope(
    scope: Scope, needed: str, connection: ASGIConnection[Any, Any, Any, Any], *, is_page: bool
) -> None:
    account = connection.path_params.get("account")
    if needed == "operator":
        needed = "admin"
    if needed in ALL_MAY:
        return
    if not allows(scope, needed, account):
        if is_page and needed == scope.kind == "account" and account is not None:
            raise UnknownAccount(f"No account is called {account[:100]!r}.")
        wanted_scope = f"account:{account}" if needed == "account" else needed
        raise too_narrow(wanted_scope, scope, is_page=is_page)


async def _check_products(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, caller: Caller
) -> None:
    """Hold a scope to the products it is limited to.

    A route that names a product is held here; one that is marked ``by_product`` holds itself, and
    any other is for scopes that are not limited.
    """
    if not handler.opt.get("by_product"):
        check_unlimited(caller)
    product = connection.path_params.get("product")
    if product is not None and not touches(caller.products, product):
        app_state: AppState = connection.app.state.app_state
        await app_state.snapshots.get(product, PUBLIC)  # what is not public is unknown
        check_limit(caller, product)


def _reads_sessions(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, app_state: AppState
) -> bool:
    """Return whether a cookie counts: on signed-in pages, and on others where reads are not open.

    Public answers never depend on one: they are the same for everybody, and kept for everybody.
    """
    signed_in = handler.opt.get("signed_in")
    is_open = app_state.settings.public_reads or "authorization" in connection.headers
    return signed_in == ALWAYS or (signed_in == WHERE_PRIVATE and not is_open)


def _open(needed: str, app_state: AppState) -> bool:
    if needed in {"link", "anyone"}:  # what it may is signed into its address, or it is a style
        return True
    if needed == "public":
        return app_state.settings.public_reads
    return needed == "operator" and app_state.settings.operator_routes is OperatorRoutes.OPEN


async def _caller(
    connection: ASGIConnection[Any, Any, Any, Any], app_state: AppState, *, reads_sessions: bool
) -> Caller:
    if app_state.at_hand is not None:
        return app_state.at_hand
    header = connection.headers.get("authorization")
    if header is None:
        return await _signed_in(connection, app_state) if reads_sessions else NOBODY
    now = app_state.clock()
    try:
        secret = bearer_secret(header)
        async with app_state.store.reading() as session:
            token = await tokens.authenticate(session, secret, now=now)
    except tokens.InvalidToken as error:
        note_failure(connection, app_state, error)
        raise
    if not tokens.used_recently(token, now=now):
        app_state.uses.note(token.id, now)
    return Caller(tokens.actor_of(token), parse_scope(token.scope), token.id)


async def _signed_in(connection: ASGIConnection[Any, Any, Any, Any], app_state: AppState) -> Caller:
    """Return who is signed in by the cookie, if anybody is."""
    secret = secret_in(connection)
    if secret is None:
        return NOBODY
    now = app_state.clock()
    async with app_state.store.reading() as session:
        caller = await sessions.find_caller(session, secret, now=now)
    if caller is None or caller.session is None:
        return NOBODY
    if not _still_vouched(connection, app_state, caller):
        return NOBODY
    if not caller.session.is_seen:
        app_state.session_uses.note(caller.session.id, now)
    return caller


def _still_vouched(
    connection: ASGIConnection[Any, Any, Any, Any], app_state: AppState, caller: Caller
) -> bool:
    """Return whether the proxy that signed somebody in names them now, and gives the same scope."""
    subject = caller.session.proxied if caller.session else None
    if subject is None:
        return True
    proxies = app_state.signing_proxies
    if proxies is None or caller.scope is None:
        return False
    return proxies.vouch_for(connection.scope, subject, caller.scope)


def bearer_secret(header: str) -> str:
    """Return the token in an ``Authorization`` header; raise ``InvalidToken`` for another form."""
    kind, _, secret = header.partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret or len(secret) > LONGEST_TOKEN:
        raise tokens.InvalidToken("Authorization must read `Bearer <token>`.", failure="malformed")
    return secret


def note_failure(
    connection: ASGIConnection[Any, Any, Any, Any], app_state: AppState, error: tokens.InvalidToken
) -> None:
    """Count and log a refused token; neither it nor a part of it is written down."""
    app_state.failed_tokens[error.failure] += 1
    log.warning(
        "token refused",
        failure=error.failure,
        token_id=error.token_id,
        client=connection.client.host if connection.client else None,
        method=connection.scope.get("method"),
        route=connection.scope.get("path_template"),
    )
