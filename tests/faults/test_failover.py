"""A primary that goes away and a standby that answers in its place, takes over, or does neither."""

import asyncio
import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text

from lifecycle.database import open_store
from lifecycle.errors import Unavailable
from testkit.server_processes import DEADLINE, PRODUCT, RELEASES, fact
from testkit.standbys import standing_by

AT_ONCE = 14


@pytest.fixture
def pair():
    with standing_by() as made:
        yield made


@pytest.fixture
def clients(serve):
    """Start a server, and give who asks it."""
    with contextlib.ExitStack() as stack:
        yield lambda url: stack.enter_context(Clients(serve(url).ready().fill()))


def until(ask, wanted):
    """Ask until the answer is the one wanted, or time is up; give the last."""
    ends = time.monotonic() + DEADLINE
    while (answer := ask()) != wanted and time.monotonic() < ends:
        time.sleep(0.05)
    return answer


class Clients:
    """Who writes to a server and asks it how it is."""

    def __init__(self, server):
        self.server, self.client = server, server.client()
        self.anybody = httpx.Client(base_url=server.address, timeout=60)
        self.numbers = iter(range(1, 1_000_000))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.anybody.close()

    def write(self, _=None):
        return self.client.post(RELEASES, json=fact(f"70.{next(self.numbers)}.0")).status_code

    def write_at_once(self):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return set(pool.map(self.write, range(AT_ONCE)))

    def ready(self, purpose="writes"):
        return self.anybody.get("/health/ready", params={"for": purpose}).status_code

    def support(self):
        return self.anybody.get(f"{PRODUCT}/support").status_code


def test_changes_come_back_with_the_primary_after_reconnecting_to_its_standby(
    clients, pair, verdict
):
    there = clients(pair.shared_url)
    before = there.write_at_once()
    there.support()  # is in memory from now on

    pair.stop(pair.primary)
    pair.turn_to(pair.standby)
    meanwhile = there.write_at_once(), there.ready(), there.ready("reads"), there.support()
    pair.start(pair.primary)
    pair.turn_to(pair.primary)

    assert (before, meanwhile) == ({201}, ({503}, 503, 200, 200))
    assert until(there.write, 201) == 201
    assert there.write_at_once() == {201}
    assert there.ready() == 200
    assert there.server.process.poll() is None
    assert verdict(pair.shared_url).whole


def test_of_several_hosts_the_one_that_takes_changes_is_found_and_followed(clients, pair, verdict):
    there = clients(pair.listed_url)
    before = there.write_at_once()

    pair.stop(pair.primary)
    refused = there.write()
    pair.promote(pair.standby)

    assert (before, refused) == ({201}, 503)
    assert until(there.write, 201) == 201
    assert until(there.ready, 200) == 200
    assert verdict(pair.listed_url).whole


def test_readiness_comes_back_by_a_probe_where_nobody_tries_a_change(clients, pair):
    there = clients(pair.shared_url)
    pair.stop(pair.primary)
    lost = until(there.ready, 503)

    pair.start(pair.primary)

    assert lost == 503
    assert until(there.ready, 200) == 200


async def test_a_standby_is_named_and_refused_unless_any_server_will_do(pair):
    store = open_store(pair.listed_url.replace(f",{pair.primary.pgdata}", ""))
    with pytest.raises(Unavailable, match=f"PostgreSQL at {pair.standby.pgdata} is a standby"):
        async with store.reading():
            pass
    await store.close()

    asked_of_any = open_store(
        f"postgresql://postgres@/postgres?host={pair.standby.pgdata}&target_session_attrs=any"
    )
    async with asked_of_any.reading() as session:
        assert await session.scalar(text("SELECT pg_is_in_recovery()"))
    await asked_of_any.close()


async def test_a_server_that_does_not_answer_is_named(tmp_path):
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / ".s.PGSQL.5432"))
    silent.listen()
    store = open_store(f"postgresql://me@/db?host={tmp_path}&connect_timeout=0.2")

    with pytest.raises(Unavailable, match=f"at {tmp_path} gave no answer in 0.2 s"):
        async with store.reading():
            pass

    await store.close()
    silent.close()


async def test_a_connection_to_a_server_that_became_read_only_is_thrown_away(pair):
    async def change(store):
        async with store.writing() as session:
            await session.execute(text("CREATE TABLE IF NOT EXISTS things (one int)"))

    store = open_store(pair.shared_url)
    await change(store)
    async with store.reading(), store.reading(apart=True):
        pass  # there are connections of either kind
    pair.primary.psql("ALTER SYSTEM SET default_transaction_read_only = on")
    pair.primary.psql("SELECT pg_reload_conf()")
    refusals = set()
    for _ in range(3):
        with pytest.raises(Unavailable) as refusal:
            await change(store)
        refusals.add(refusal.value.detail)
        told = store.trouble
    for apart in (False, True):
        with pytest.raises(Unavailable, match="read-only"):
            async with store.reading(apart=apart):
                pass
    pair.primary.psql(
        "SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only"
    )
    pair.primary.psql("SELECT pg_reload_conf()")

    for _ in range(100):  # the server takes the setting in when it gets to it
        try:
            await change(store)
        except Unavailable:
            await asyncio.sleep(0.05)
        else:
            break
    else:
        pytest.fail("changes did not come back")
    assert all("read-only" in words for words in refusals)
    assert "read-only" in told
    await store.close()
