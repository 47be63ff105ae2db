"""Who may: every route says which scope it needs, and one guard holds all of them to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import structlog

from lifecycle.accounts import tokens
from lifecycle.accounts.scopes import (
    NOBODY,
    Caller,
    ScopeTooNarrow,
    allows,
    check_limit,
    parse_scope,
    touches,
)
from lifecycle.catalogue.visibility import PUBLIC
from lifecycle.errors import NotFound, Unauthorized
from lifecycle.server.quotas import check_quota
from lifecycle.settings import OperatorRoutes

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

    from lifecycle.server.app_state import AppState

SCOPES = frozenset(
    {"public", "account", "release", "publish", "admin", "operator", "link", "anyone"}
)
UNLIMITED = frozenset({"operator", "link", "anyone"})
"""What is answered whatever an address has used: whether all is well, and who unsubscribes."""
LONGEST_TOKEN = 512

log = structlog.get_logger(__name__)


class TokenNeeded(Unauthorized):
    """A token is needed."""


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let through who may; note who it is for the handler and the log."""
    if connection.scope.get("method") == "OPTIONS":
        return
    app_state: AppState = connection.app.state.app_state
    needed = handler.opt["scope"]
    if needed == "operator" and app_state.settings.operator_routes is OperatorRoutes.OFF:
        raise NotFound("This is switched off by LIFECYCLE_OPERATOR_ROUTES.")
    caller = await _caller(connection, app_state)
    connection.scope["auth"] = caller
    if caller.scope is None and needed not in UNLIMITED:
        check_quota(cast("dict[str, Any]", connection.scope), app_state.quotas)
    if _open(needed, app_state):
        return
    if caller.scope is None:
        raise TokenNeeded("Send `Authorization: Bearer <token>` with this request.")
    account = connection.path_params.get("account")
    if needed == "operator":
        needed = "admin"
    if needed != "public" and not allows(caller.scope, needed, account):
        wanted_scope = f"account:{account}" if needed == "account" else needed
        raise ScopeTooNarrow(
            f"This needs a token of scope {wanted_scope}; the one sent has {caller.scope}."
        )
    if caller.products is not None and needed != "public":
        await _check_products(connection, handler, caller)


async def _check_products(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, caller: Caller
) -> None:
    """Hold a scope to the products it is limited to.

    A route that names a product is held here; one that is marked ``by_product`` holds itself, and
    any other is for scopes that are not limited.
    """
    if not handler.opt.get("by_product"):
        raise ScopeTooNarrow(
            f"This needs a token of scope {handler.opt['scope']} that is not limited to products; "
            f"the one sent has {caller.scope}."
        )
    product = connection.path_params.get("product")
    if product is not None and not touches(caller.products, product):
        app_state: AppState = connection.app.state.app_state
        await app_state.snapshots.get(product, PUBLIC)  # what is not public is unknown
        check_limit(caller, product)


def _open(needed: str, app_state: AppState) -> bool:
    if needed in {"link", "anyone"}:  # what it may is signed into its address, or it is a style
        return True
    if needed == "public":
        return app_state.settings.public_reads
    return needed == "operator" and app_state.settings.operator_routes is OperatorRoutes.OPEN


async def _caller(connection: ASGIConnection[Any, Any, Any, Any], app_state: AppState) -> Caller:
    if app_state.at_hand is not None:
        return app_state.at_hand
    header = connection.headers.get("authorization")
    if header is None:
        return NOBODY
    now = app_state.clock()
    try:
        secret = _secret(header)
        async with app_state.store.reading() as session:
            token = await tokens.authenticate(session, secret, now=now)
    except tokens.InvalidToken as error:
        _note_failure(connection, app_state, error)
        raise
    if not tokens.used_recently(token, now=now):
        app_state.uses.note(token.id, now)
    return Caller(f"token:{token.id} {token.label}".strip(), parse_scope(token.scope), token.id)


def _secret(header: str) -> str:
    kind, _, secret = header.partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret or len(secret) > LONGEST_TOKEN:
        raise tokens.InvalidToken("Authorization must read `Bearer <token>`.", failure="malformed")
    return secret


def _note_failure(
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
