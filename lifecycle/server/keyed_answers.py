"""The answer to a request with an Idempotency-Key: given again to a repeat, else kept for one."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from litestar.params import HeaderParameter

from lifecycle.errors import BadRequest, Problem
from lifecycle.idempotency import actions as idempotency
from lifecycle.idempotency.keyed_requests import Request as Keyed
from lifecycle.server.problem_documents import Replayed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Request
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.scopes import Caller
    from lifecycle.idempotency.keyed_requests import Answer
    from lifecycle.server.app_state import AppState

KEY = re.compile(r"[\x21-\x7e]{1,255}")
SECRET_NOT_REPEATED = "This answer was given before; a secret in it was shown once and is not kept."  # noqa: S105

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Makes a repeat of this request harmless for 24 hours.",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
    ),
]


class KeyedAnswer:
    """What is kept of one request under its key; its parameters count as part of its body."""

    def __init__(self, request: Request[Any, Any, Any], keyed: Keyed) -> None:
        self._app_state: AppState = request.app.state.app_state
        self._now = self._app_state.clock()
        self._request = request
        self._keyed = keyed

    async def recall(self, session: AsyncSession) -> None:
        """End the request with the answer it got before, if it is a repeat."""
        length = timedelta(hours=self._app_state.settings.keep_idempotency_hours)
        answer = await idempotency.recall(
            session, self._keyed, await self._content(), now=self._now, kept_for=length
        )
        if answer is not None:
            raise Replayed(answer.status, answer.body, _replay_headers(answer))

    async def remember(self, session: AsyncSession, answer: Answer) -> None:
        """Keep the answer in the transaction of what it reports."""
        content = await self._content()
        await idempotency.remember(session, self._keyed, content, answer, now=self._now)

    async def _content(self) -> bytes:
        parameters: bytes = self._request.scope["query_string"]
        body = await self._request.body()
        return parameters + b"\n" + body if parameters else body


@contextmanager
def keyed_answer(
    request: Request[Any, Any, Any], caller: Caller, key: str
) -> Iterator[KeyedAnswer]:
    """Answer a request under its key, unless the same one is being answered already."""
    app_state: AppState = request.app.state.app_state
    # With its scope: whose is narrowed sees no answer from before.
    holder = caller.actor if caller.products is None else f"{caller.actor} {caller.scope}"
    keyed = Keyed(holder, request.method, request.scope["path"], _checked(key))
    with app_state.working.on(keyed):
        yield KeyedAnswer(request, keyed)


def _replay_headers(answer: Answer) -> dict[str, str]:
    headers = {**answer.headers, "idempotency-replayed": "true"}
    return headers | ({"idempotency-note": SECRET_NOT_REPEATED} if answer.redacted else {})


def _checked(key: str) -> str:
    if KEY.fullmatch(key):
        return key
    problem = Problem("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    raise BadRequest("The Idempotency-Key cannot be used.", problems=[problem])
