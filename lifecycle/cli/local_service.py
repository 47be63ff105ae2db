"""The whole service in this process, on the local store, for the user of its machine."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import structlog

from lifecycle import settings
from lifecycle.accounts.scopes import Caller, Scope
from lifecycle.app import create_app
from lifecycle.cli.clock import by_hand, now
from lifecycle.cli.local_store import require_store
from lifecycle.client.http_library import httpx
from lifecycle.database.store import open_store
from lifecycle.keys import refuse_lost_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self


class LocalService(httpx.BaseTransport):
    """The service in place of a network, open as long as this is; nothing listens anywhere.

    The user of the machine asks it, who may do all; or, ``as_anybody``, somebody without a token.
    The settings are those of ``environ``, the process's environment if left out.
    """

    def __init__(
        self, *, as_anybody: bool = False, environ: Mapping[str, str] | None = None
    ) -> None:
        self._as_anybody = as_anybody
        self._environ = os.environ if environ is None else environ

    def __enter__(self) -> Self:
        """Open the local store; only what goes wrong is logged."""
        chosen = settings.load(self._environ)
        self._logging = structlog.get_config()
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger("warning"),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        self._runner = asyncio.Runner()
        try:
            self._runner.run(require_store(chosen.database_url))
        except BaseException:
            self._end()
            raise
        self._store = open_store(chosen.database_url)
        try:
            self._runner.run(refuse_lost_key(chosen, self._store))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        user = None if self._as_anybody else Caller(by_hand().actor, Scope("admin"))
        application = create_app(chosen, self._store, now, at_hand=user)
        self._application = httpx.ASGITransport(application)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """Close the store."""
        self._runner.run(self._store.close())
        self._end()

    def _end(self) -> None:
        self._runner.close()
        structlog.configure(**self._logging)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request as a running service would."""
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"  # httpx would unpack what it is given twice
        response = await self._application.handle_async_request(request)
        content = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=content)
