import asyncio
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

from lifecycle.audit import queries as audit
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.models import Product
from lifecycle.database import open_store, schema_upgrade
from lifecycle.database.store_copies.store_copy import copy_store
from lifecycle.demo import installation
from lifecycle.errors import BadRequest, Conflict
from lifecycle.scheduler.models import Concern, Mark
from testkit.demo_days import NOW, VAULT

BY = By("test", NOW)
KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from lifecycle.database.store_copies import store_copy
store_copy.MOST_ROWS = 50
def report(table, rows, total):
    if rows > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(store_copy.copy_store(*sys.argv[1:], now=datetime.now(UTC), report=report))
"""


async def fill_demo(store):
    async with store.writing() as session:
        await installation.fill(session, by=BY, vault=VAULT)


async def fill_little(store):
    async with store.writing() as session:
        await products.put(session, ProductIn(slug="widget"), by=BY)


@pytest.fixture
def arrangement(request):
    """Begin with the demo where a test names it, and with one product elsewhere."""
    return (fill_demo,) if "demo" in request.fixturenames else (fill_little,)


@pytest.fixture
def demo(store_url):
    return store_url


@pytest.fixture
def other_url(store_url, request, tmp_path):
    """The address of an empty store of the other kind."""
    if store_url.startswith("sqlite"):
        return request.getfixturevalue("empty_postgresql_url")
    return f"sqlite:///{tmp_path}/moved/store.sqlite3"


async def copied(source, target):
    return await copy_store(source, target, now=NOW, report=lambda *_: None)


async def test_a_store_moved_to_the_other_kind_and_back_is_what_it_was(demo, other_url, tmp_path):
    back_url = f"sqlite:///{tmp_path}/back.sqlite3"

    there = await copied(demo, other_url)
    back = await copied(other_url, back_url)

    assert there.tables == back.tables
    assert sum(table.rows for table in there.tables) > 500
    await schema_upgrade.require_current(other_url)


async def test_the_log_of_a_copy_is_whole_and_new_rows_get_new_numbers(demo, other_url):
    await copied(demo, other_url)

    store = open_store(other_url)
    async with store.writing() as session:
        known = set(await session.scalars(select(Product.id)))
        product, _ = await products.put(session, ProductIn(slug="gadget"), by=BY)
    async with store.reading() as session:
        check = await audit.verify(session)
    await store.close()

    assert known
    assert product.id > max(known)
    assert (check.whole, check.entries > 100) == (True, True)


async def test_values_of_every_kind_are_the_same_on_both(store_url, other_url):
    store = open_store(store_url)
    message = "naïve 漢字 \U0001f600 'quoted' \\N \t\n"
    long_ago = datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    async with store.writing() as session:
        session.add(Mark(name="far", day=date(9999, 12, 31), seq=-(2**63)))
        session.add(Mark(name="near", day=None, seq=2**63 - 1))
        session.add(Concern(kind="k", subject="s", product="", since=long_ago, message=message))
        (product,) = await session.scalars(select(Product))
        documents = [1, 1.0, -2.5e300, True, None, "1", [], {"b": 1, "a": {"é": [None]}}]
        append(session, BY, "tried", "x", details={"documents": documents})
        product.identifiers = documents
    await store.close()

    done = await copied(store_url, other_url)

    moved = open_store(other_url)
    async with moved.reading() as session:
        marks = {mark.name: (mark.day, mark.seq) for mark in await session.scalars(select(Mark))}
        (concern,) = await session.scalars(select(Concern))
        (product,) = await session.scalars(select(Product))
        assert (await audit.verify(session)).whole
    await moved.close()
    assert done.resumed_at == 0
    assert marks == {"far": (date(9999, 12, 31), -(2**63)), "near": (None, 2**63 - 1)}
    assert (concern.since, concern.message) == (long_ago, message)
    assert product.identifiers == documents
    assert list(product.identifiers[-1]) == ["b", "a"]


@pytest.mark.parametrize("number", ["7", "1.0", "-0.5"])
async def test_a_document_that_is_only_a_number_is_the_same_on_both(
    store_url, other_url, tmp_path, number
):
    store = open_store(store_url)
    async with store.writing() as session:
        await session.execute(text(f"UPDATE products SET aliases = '{number}'"))  # noqa: S608
    await store.close()

    there = await copied(store_url, other_url)
    back = await copied(other_url, f"sqlite:///{tmp_path}/back.sqlite3")

    assert there.tables == back.tables


def kill_a_copy(source, target):
    """Copy in a process that is killed when half of the rows are there."""
    killed = subprocess.run([sys.executable, "-c", KILLED, source, target], check=False)
    assert killed.returncode == -signal.SIGKILL


async def test_a_copy_that_was_killed_goes_on(demo, other_url):
    kill_a_copy(demo, other_url)
    with pytest.raises(schema_upgrade.StoreUnfinished):
        await schema_upgrade.require_current(other_url)

    done = await copied(demo, other_url)

    total = sum(table.rows for table in done.tables)
    assert total // 2 < done.resumed_at < total
    await schema_upgrade.require_current(other_url)


async def test_a_copy_does_not_go_on_with_another_store(demo, other_url):
    kill_a_copy(demo, other_url)
    store = open_store(demo)
    async with store.writing() as session:
        append(session, BY, "product.changed", "clairdash")
    await store.close()

    with pytest.raises(Conflict, match=r"begun at 2.* is of another store, or of this one when"):
        await copied(demo, other_url)


async def test_what_was_written_without_an_entry_meanwhile_is_found(demo, other_url):
    kill_a_copy(demo, other_url)
    store = open_store(demo)
    async with store.writing() as session:
        await session.execute(text("UPDATE accounts SET name = 'Somebody else'"))
    await store.close()

    with pytest.raises(Conflict, match="The copy of accounts is not the same as its source"):
        await copied(demo, other_url)
    with pytest.raises(schema_upgrade.StoreUnfinished):
        await schema_upgrade.require_current(other_url)


@pytest.mark.parametrize("which", ["source", "target"])
async def test_a_store_in_use_is_refused_and_the_target_left_empty(
    store_url, other_url, monkeypatch, which
):
    await schema_upgrade.upgrade(other_url)
    used = open_store(store_url if which == "source" else other_url)
    async with used.reading() as session:
        await session.execute(text("SELECT 1 FROM products"))

    with pytest.raises(Conflict, match="in use; stop the service and its workers first"):
        await copied(store_url, other_url)
    await used.close()

    assert (await copied(store_url, other_url)).resumed_at == 0


async def test_nobody_writes_while_a_copy_goes_on(postgresql_url, tmp_path):
    refused = []

    async def write():
        connection = await asyncpg.connect(postgresql_url)
        await connection.execute("SET lock_timeout = '50ms'")
        try:
            await connection.execute("UPDATE products SET revision = 9")
        except asyncpg.LockNotAvailableError as error:
            refused.append(error)
        await connection.close()

    tasks = []

    def report(name, *_):
        if name == "products":
            tasks.append(asyncio.get_running_loop().create_task(write()))

    await copy_store(postgresql_url, f"sqlite:///{tmp_path}/moved.sqlite3", now=NOW, report=report)
    for task in tasks:
        await task

    assert refused


async def test_a_target_that_holds_something_is_refused(store_url, other_url):
    await copied(store_url, other_url)

    with pytest.raises(Conflict, match=r"The target is a store already: it has rows in .*products"):
        await copied(store_url, other_url)


async def test_a_store_is_not_copied_to_itself(store_url):
    with pytest.raises(BadRequest, match="Both addresses name the same store"):
        await copied(store_url, store_url)


async def test_text_that_postgresql_cannot_keep_is_named(sqlite_url, empty_postgresql_url):
    store = open_store(sqlite_url)
    async with store.writing() as session:
        session.add(
            Concern(
                kind="k", subject="s", product="", since=NOW + timedelta(1), message="nul \0 here"
            )
        )
    await store.close()

    with pytest.raises(BadRequest, match=r"cannot keep a row of concerns between \(1,\) and"):
        await copied(sqlite_url, empty_postgresql_url)


async def test_a_postgresql_store_is_copied_to_another(postgresql_url, empty_postgresql_url):
    copy = await copied(postgresql_url, empty_postgresql_url)

    assert sum(table.rows for table in copy.tables) > 2
    store = open_store(empty_postgresql_url)
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="gadget"), by=BY)
    await store.close()
    assert product.id == 2
