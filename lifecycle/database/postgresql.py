"""PostgreSQL: connections to a server that accepts changes, dropped when it no longer does."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import asyncpg
import msgspec
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from lifecycle.database import urls
from lifecycle.database.failures import sqlstate_of
from lifecycle.database.types import encode_json
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy import URL, Dialect, ExceptionContext

    from lifecycle.database.urls import Host


Driver: TypeAlias = Any
"""A connection of the driver, which has no types."""
PREPARED = 100
"""How many statements a connection keeps prepared, where the server is always the same."""
GONE_ELSEWHERE = frozenset({"25006", "26000", "42P05", "57P01", "57P02", "57P03", "57P04", "25P03"})
"""After these a connection is of no more use: its server became read-only or is shutting down, or a
pooler switched to another one, which does not know the statements prepared before."""
ASKED = (
    "SELECT pg_backend_pid() AS process, pg_is_in_recovery() AS standby, "
    "current_setting('transaction_read_only') = 'on' AS read_only"
)


class Answered(NamedTuple):
    """What a server says of itself: which process serves us, and whether it accepts changes."""

    process: int
    standby: bool
    read_only: bool


class Servers:
    """The servers an address names; the last one that accepted changes is tried first."""

    def __init__(self, url: URL) -> None:
        self._arguments = urls.arguments(url)
        self._hosts = urls.hosts(url)
        self._wanted = urls.wanted(url)

    async def connect(self) -> tuple[Driver, bool]:
        """Connect to a server that accepts changes; say whether a pooler stands before it.

        Where every server that can be reached accepts no changes, or none answers in time,
        ``Unavailable`` is raised; otherwise the last error of one.
        """
        refusal: Exception | None = None
        for host in list(self._hosts):
            try:
                connection, answered = await self._ask(host)
            except TimeoutError:
                seconds = f"{self._arguments['timeout']:g} s"
                refusal = refusal or Unavailable(
                    f"PostgreSQL{_at(host)} gave no answer in {seconds}."
                )
                continue
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                refusal = refusal if isinstance(refusal, Unavailable) else error
                continue
            reason = self._reason_against(answered)
            if reason is None:
                self._hosts.remove(host)
                self._hosts.insert(0, host)
                return connection, answered.process != connection.get_server_pid()
            connection.terminate()
            refusal = Unavailable(f"PostgreSQL{_at(host)} {reason}; nothing was changed.")
        raise refusal or Unavailable

    async def _ask(self, host: Host) -> tuple[Driver, Answered]:
        """Connect to one server and ask it, in a transaction: a pooler lends one server for that.

        No statement gets a name from the driver. Most poolers give each transaction whichever
        server is free, and names live in one.
        """
        arguments = self._arguments | host.arguments()
        # "any": the driver would otherwise look to the environment, or ask outside a transaction.
        connection = await asyncpg.connect(
            **arguments, statement_cache_size=0, target_session_attrs="any"
        )
        try:
            async with asyncio.timeout(arguments["timeout"]), connection.transaction():
                row = await connection.fetchrow(ASKED)
        except BaseException:
            connection.terminate()
            raise
        return connection, Answered(*row)

    def _reason_against(self, answered: Answered) -> str | None:
        if answered.standby and self._wanted != "any":
            return "is a standby and accepts no changes"
        if answered.read_only and self._wanted == "read-write":
            return "is read-only at the moment"
        return None


def _at(host: Host) -> str:
    return f" at {host.name}" if host.name else ""


def make_engines(url: URL, *sizes: int, patience: float) -> list[AsyncEngine]:
    """Make an engine for each number of connections; all of them look for a server together.

    ``patience`` is how many seconds a session may wait for a connection.
    """
    servers = Servers(url)
    engines = [_make_engine(url, servers, size, patience) for size in sizes]

    def throw_away(context: ExceptionContext) -> None:
        """Keep no connection made before a server turned out to accept no changes."""
        if sqlstate_of(context.original_exception) not in GONE_ELSEWHERE:
            return
        context.is_disconnect = True
        failed = context.engine.pool if context.engine else None  # emptied by SQLAlchemy itself
        for engine in engines:
            if engine.sync_engine.pool is not failed:
                engine.sync_engine.dispose()

    for engine in engines:
        event.listen(engine.sync_engine, "handle_error", throw_away)
    return engines


def _make_engine(url: URL, servers: Servers, size: int, patience: float) -> AsyncEngine:
    """Make an engine whose connections are tried before use, so that it outlives the server."""
    engine = create_async_engine(
        urls.opened(url),
        pool_size=size,
        max_overflow=size,
        pool_timeout=patience,
        pool_pre_ping=True,
        hide_parameters=True,  # addresses are among them, and errors are logged
        json_serializer=encode_json,
        json_deserializer=msgspec.json.decode,
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Dialect, _record: Any, _where: Any, _how: Any) -> Any:
        connection, pooled = await_only(servers.connect())
        return _adapted(dialect, connection, pooled=pooled)

    return engine


def _adapted(dialect: Dialect, connection: Driver, *, pooled: bool) -> Any:
    """Wrap a connection for SQLAlchemy; behind a pooler each statement is prepared anew.

    That costs a round trip each, half of what a small one takes, so it is done only there.
    """

    async def at_hand() -> Driver:
        return connection

    numbers = count(1)
    return dialect.loaded_dbapi.connect(
        async_creator_fn=at_hand,
        prepared_statement_cache_size=0 if pooled else PREPARED,
        prepared_statement_name_func=None if pooled else lambda: f"lifecycle_{next(numbers)}",
    )


def one_moment(engine: AsyncEngine) -> AsyncEngine:
    """Let PostgreSQL show what it held at one moment, and take no change."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
