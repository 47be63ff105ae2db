"""The cookie that carries a session's secret, and the key that a session's forms send back."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from litestar.datastructures import Cookie

if TYPE_CHECKING:
    from datetime import datetime

    from litestar.connection import ASGIConnection

    from lifecycle.accounts.scopes import SignedIn
    from lifecycle.server.app_state import AppState

NAME = "lifecycle_session"
LONGEST = 128


def secret_in(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Return the secret that a request's cookie carries, if it can be one."""
    secret = connection.cookies.get(NAME, "")
    return secret if 0 < len(secret) <= LONGEST else None


def session_cookie(app_state: AppState, secret: str, expires_at: datetime) -> Cookie:
    """Return the cookie of a new session, which no script and no other site's form gets."""
    seconds = int((expires_at - app_state.clock()).total_seconds())
    return _cookie(app_state, secret, max(0, seconds))


def no_cookie(app_state: AppState) -> Cookie:
    """Return the cookie that takes a session's away."""
    return _cookie(app_state, "", 0)


def form_key(app_state: AppState, session: SignedIn) -> str:
    """Return what the forms of a session carry, which no other site can know."""
    digest = hmac.new(app_state.form_secret, f"form {session.hash}".encode(), "sha256")
    return digest.hexdigest()


def is_form_key(app_state: AppState, session: SignedIn, key: str) -> bool:
    """Return whether a form carries its session's key."""
    expected = form_key(app_state, session).encode()
    return hmac.compare_digest(expected, key.encode("utf-8", "replace"))


def _cookie(app_state: AppState, secret: str, seconds: int) -> Cookie:
    return Cookie(
        key=NAME,
        value=secret,
        max_age=seconds,
        path=app_state.prefix or "/",
        secure=app_state.settings.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
