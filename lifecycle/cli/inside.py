"""The service's own handlers on the local store, for whoever sits at its machine."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import httpx
import structlog

from lifecycle import settings
from lifecycle.accounts.scopes import Scope
from lifecycle.app import create_app
from lifecycle.cli.clock import by_hand, now
from lifecycle.database import schema_upgrade
from lifecycle.database.store import open_store
from lifecycle.keys import refuse_lost_key
from lifecycle.server.authorization import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

HERE = "http://localhost"


class Inside:
    """The local store, open as long as this is; nothing listens anywhere."""

    def __enter__(self) -> Self:
        """Open it; only what goes wrong is logged."""
        chosen = settings.load(os.environ)
        self._logging = structlog.get_config()
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger("warning"),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        self._runner = asyncio.Runner()
        self._runner.run(schema_upgrade.require_current(chosen.database_url))
        self._store = open_store(chosen.database_url)
        try:
            self._runner.run(refuse_lost_key(chosen, self._store))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        user = Caller(by_hand().actor, Scope("admin"))
        self._app = create_app(chosen, self._store, now, at_hand=user)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._runner.run(self._store.close())
        self._runner.close()
        structlog.configure(**self._logging)

    def send(
        self,
        method: str,
        address: str,
        query: Mapping[str, str],
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        """Answer one request as the service would."""
        return self._runner.run(self._send(method, address, query, body, headers))

    async def _send(
        self,
        method: str,
        address: str,
        query: Mapping[str, str],
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.request(
                method, address, params=query, content=body, headers=headers
            )
