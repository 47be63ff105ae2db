"""Forms that make a token: sent twice, even at the same time, one makes one token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from lifecycle.idempotency import actions as idempotency
from lifecycle.idempotency.keyed_requests import Answer
from lifecycle.idempotency.keyed_requests import Request as Keyed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lifecycle.accounts.models import Token
    from lifecycle.server.dependencies import Change
    from lifecycle.web.page_forms import Form


async def make_once(
    change: Change,
    path: str,
    form: Form,
    facts: Sequence[str],
    make: Callable[[], Awaitable[tuple[Token, str]]],
) -> tuple[int, str | None]:
    """Return a token's number, and its secret unless the very same form has made it before.

    The same form has the same ``facts`` and the key in its hidden field ``token_key``.
    """
    key = form.text("token_key") or new_key()
    name = msgspec.json.encode([key, *facts]).decode()
    keyed = Keyed(change.by.actor, "POST", path, name)
    # A person knows of no key: whoever presses the button twice waits for what the first one made.
    earlier = await idempotency.recall(change.session, keyed, b"", now=change.now, patient=True)
    if earlier is not None:
        return earlier.body["token"], None
    token, secret = await make()
    answer = Answer(201, {"token": token.id})
    await idempotency.remember(change.session, keyed, b"", answer, now=change.now)
    return token.id, secret


def new_key() -> str:
    """Return the key of another form."""
    return secrets.token_urlsafe(16)
