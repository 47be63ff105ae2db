import pytest
from sqlalchemy import text

from lifecycle.database.table_sizes import measure_store
from testkit.long_tables import THEN, fill_deliveries

ROWS = 3000


async def fill(store):
    async with store.writing() as session:
        await fill_deliveries(session, ROWS)


@pytest.fixture
def arrangement():
    return (fill,)


async def test_what_fills_a_store_is_measured(store):
    async with store.reading() as session:
        size = await measure_store(session)

    largest = size.tables[0]
    assert (largest.table, largest.rows, largest.oldest) == ("deliveries", ROWS, THEN)
    assert largest.bytes > ROWS * 100
    assert 0.2 < largest.share < 1
    assert sum(table.bytes for table in size.tables) <= size.bytes
    assert {table.rows for table in size.tables if table.table == "accounts"} == {0}
    assert all(table.oldest is None for table in size.tables if not table.rows)


async def test_room_that_was_given_back_is_free_in_sqlite(store):
    async with store.writing() as session:
        await session.execute(text("DELETE FROM deliveries"))

    async with store.reading() as session:
        size = await measure_store(session)

    is_sqlite = store.dialect == "sqlite"
    assert (size.free or 0) > (100_000 if is_sqlite else -1)
    assert (size.free is None) != is_sqlite
