"""PgBouncer lends each transaction whichever server connection is free."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import httpx
import pytest

from lifecycle.database import open_store
from lifecycle.errors import Unavailable
from testkit.poolers import pooling
from testkit.server_processes import PRODUCT, RELEASES, fact


def name_of(url):
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def pooled_url(postgresql_server, empty_postgresql_url):
    with pooling(postgresql_server, name_of(empty_postgresql_url)) as url:
        yield url


def test_the_service_works_behind_a_pooler_of_fewer_connections_than_it_has(
    serve, pooled_url, verdict
):
    server = serve(pooled_url).ready().fill()
    with ThreadPoolExecutor(16) as pool, server.client() as client:

        def write_and_read(number):
            written = client.post(RELEASES, json=fact(f"60.{number}.0")).status_code
            read = client.get(f"{PRODUCT}/versions/60.{number}.0").status_code
            return written, read, client.get("/v1/accounts/acme").status_code

        answers = set(pool.map(write_and_read, range(80)))

        assert answers == {(201, 200, 200)}
        assert client.get("/health/ready").status_code == 200
    assert server.process.poll() is None
    assert "Traceback" not in server.printed()
    assert verdict(pooled_url).whole


async def test_no_statement_gets_a_name_behind_a_pooler(pooled_url, postgresql_url):
    named = {}
    for kind, url in {"pooled": pooled_url, "direct": postgresql_url}.items():
        store = open_store(url)
        async with store.reading() as session:
            asked = await session.connection()
            names = await asked.exec_driver_sql("SELECT name FROM pg_prepared_statements")
            named[kind] = [name for (name,) in names if name]
        await store.close()

    assert named["pooled"] == []
    assert named["direct"]


def test_migrations_go_past_the_pooler_where_a_direct_address_is_given(
    serve, postgresql_server, pooled_url, empty_postgresql_url
):
    postgresql_server.psql("CREATE ROLE migrator SUPERUSER LOGIN")
    direct = empty_postgresql_url.replace("//postgres:", "//migrator:")
    assert direct != empty_postgresql_url

    server = serve(pooled_url, LIFECYCLE_DATABASE_DIRECT_URL=direct).ready().fill()

    assert httpx.get(f"{server.address}/health/ready").status_code == 200
    assert asyncio.run(owners(empty_postgresql_url)) == {"migrator"}


async def owners(url):
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT tableowner FROM pg_tables WHERE schemaname='public'")
    finally:
        await connection.close()
    return {row["tableowner"] for row in found}


def test_a_direct_address_of_another_store_is_refused(serve, pooled_url, postgresql_url):
    server = serve(pooled_url, LIFECYCLE_DATABASE_DIRECT_URL=postgresql_url)

    assert server.wait() == 2
    assert "name different stores" in server.printed()


async def test_what_the_pooler_does_not_pass_on_is_refused_in_its_words(pooled_url):
    store = open_store(f"{pooled_url}&search_path=elsewhere")
    try:
        with pytest.raises(Unavailable, match="search_path"):
            async with store.reading():
                pass
    finally:
        await store.close()
