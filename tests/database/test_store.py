import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from lifecycle.accounts.models import Token
from lifecycle.catalogue.models import Product
from lifecycle.database import open_store
from lifecycle.errors import BadRequest, Conflict, Unavailable

only_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

WRITERS = 20
ROUNDS = 5


async def count_up(store):
    async with store.writing() as session:
        product = await session.scalar(select(Product).with_for_update())
        seen = product.revision
        await asyncio.sleep(0)
        await session.execute(update(Product).values(revision=seen + 1))


async def revision(store):
    async with store.reading() as session:
        return await session.scalar(select(Product.revision))


async def test_twenty_writers_lose_no_update(store, make_product):
    await make_product()

    async def write():
        for _ in range(ROUNDS):
            await count_up(store)

    await asyncio.gather(*(write() for _ in range(WRITERS)))

    assert await revision(store) == 1 + WRITERS * ROUNDS


@only_sqlite
async def test_two_stores_on_one_sqlite_file_lose_no_update(sqlite_url, store, make_product):
    await make_product()
    other = open_store(sqlite_url)

    async def write(to):
        for _ in range(WRITERS):
            await count_up(to)

    await asyncio.gather(*(write(each) for each in (store, other, store, other)))
    await other.close()

    assert await revision(store) == 1 + 4 * WRITERS


async def test_reading_goes_on_while_somebody_writes_and_sees_one_moment(store, make_product):
    await make_product()

    async with store.writing() as session, store.reading() as reader:
        before = await reader.scalar(select(Product.revision))
        await session.execute(update(Product).values(revision=7))
        during = await reader.scalar(select(Product.revision))

    assert (before, during, await revision(store)) == (1, 1, 7)


async def test_a_read_sees_the_same_however_much_is_written_meanwhile(store, make_product):
    await make_product()

    async with store.reading() as reader:
        before = await reader.scalar(select(Product.revision))
        await asyncio.create_task(count_up(store))
        after = await reader.scalar(select(Product.revision))

    assert before == after == 1


async def test_a_reader_cannot_write(store, make_product):
    await make_product()

    with pytest.raises(Unavailable, match="read-only"):
        async with store.reading() as reader:
            await reader.execute(update(Product).values(revision=2))

    assert await revision(store) == 1


async def test_an_error_rolls_everything_back(store, make_product):
    await make_product()
    heard = []
    store.on_commit(lambda *change: heard.append(change))

    with pytest.raises(ZeroDivisionError):
        async with store.writing() as session:
            await session.execute(update(Product).values(revision=2))
            raise ZeroDivisionError

    assert await revision(store) == 1
    assert heard == []


async def test_a_second_write_in_one_task_is_a_mistake_told_at_once(store):
    async with store.writing():
        with pytest.raises(RuntimeError, match="writing already"):
            async with store.writing():
                pass


async def test_a_cancelled_writer_leaves_the_store_to_the_others(store, make_product):
    await make_product()
    reached = asyncio.Event()

    async def hang():
        async with store.writing() as session:
            await session.execute(update(Product).values(revision=99))
            reached.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(count_up(store), 5)

    assert await revision(store) == 2


async def test_a_writer_cancelled_while_the_database_works_harms_nobody(store, make_product):
    await make_product()

    for delay in range(20):
        task = asyncio.create_task(count_up(store))
        await asyncio.sleep(delay / 5000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    before = await revision(store)
    await asyncio.wait_for(count_up(store), 5)

    assert await revision(store) == before + 1


async def test_listeners_hear_of_products_and_the_head_after_the_commit(store, make_product):
    heard = []
    store.on_commit(lambda products, head: heard.append((products, head)))

    await make_product("gadget")
    await make_product("widget")

    assert heard == [(frozenset({"gadget"}), 1), (frozenset({"widget"}), 2)]


async def test_an_instant_comes_back_in_utc_and_sorts(store):
    moments = [
        datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 14, 0, 0, 0, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 1, 1, 6, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-5))),
    ]
    async with store.writing() as session:
        for number, moment in enumerate(moments):
            session.add(
                Token(label="", prefix="", hash=str(number), scope="admin", created_at=moment)
            )

    async with store.reading() as session:
        found = (await session.scalars(select(Token.created_at).order_by(Token.created_at))).all()

    assert found == sorted(moments)
    assert all(moment.tzinfo is UTC for moment in found)


async def test_an_instant_without_a_zone_is_refused(store):
    with pytest.raises(Exception, match="needs a time zone"):
        async with store.writing() as session:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001
            session.add(Token(label="", prefix="", hash="", scope="", created_at=naive))


async def test_the_same_row_put_in_first_by_another_is_a_conflict(store, make_product, by):
    await make_product("widget")

    with pytest.raises(Conflict, match="came first"):
        async with store.writing() as session:
            session.add(
                Product(
                    slug="widget",
                    name="",
                    scheme="",
                    line_by="",
                    identifiers=[],
                    created_at=by.at,
                )
            )


async def test_names_sort_by_code_point_on_both_stores(store, make_product):
    for slug in ("b", "a-c", "ab", "a_b", "a.b"):
        await make_product(slug)

    async with store.reading() as session:
        found = (await session.scalars(select(Product.slug).order_by(Product.slug))).all()

    assert found == sorted(found)


async def test_a_store_that_is_not_there_is_said_so(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'none.sqlite3'}")

    with pytest.raises(Unavailable, match="lifecycle db upgrade"):
        async with store.reading() as session:
            await session.execute(text("SELECT 1"))
    await store.close()

    assert not (tmp_path / "none.sqlite3").exists()


async def test_a_file_that_is_no_store_is_said_so(tmp_path):
    (tmp_path / "notes.txt").write_text("Not a database, but long enough to be looked at. " * 50)
    store = open_store(f"sqlite:///{tmp_path / 'notes.txt'}")

    with pytest.raises(Unavailable, match="not a SQLite database"):
        async with store.reading() as session:
            await session.execute(text("SELECT * FROM products"))
    await store.close()


@only_sqlite
async def test_a_full_disk_changes_nothing_and_is_said_so(sqlite_url, make_product, store):
    await make_product()

    with pytest.raises(Unavailable, match="full"):
        async with store.writing() as session:
            await session.execute(text("PRAGMA max_page_count = 1"))
            for number in range(100):
                await session.execute(
                    text("UPDATE products SET name = :name"), {"name": "x" * 10_000 * number}
                )

    assert await revision(store) == 1


@only_sqlite
async def test_a_read_only_store_can_be_read_and_says_why_it_is_not_written(store, make_product):
    await make_product()

    with pytest.raises(Unavailable, match="read-only"):
        async with store.writing() as session:
            await session.execute(text("PRAGMA query_only = ON"))
            await session.execute(update(Product).values(revision=2))

    assert await revision(store) == 1


@only_sqlite
async def test_a_store_locked_for_too_long_is_said_so(sqlite_url, store, make_product, monkeypatch):
    monkeypatch.setattr("lifecycle.database.store.BUSY_SECONDS", 0.1)
    await make_product()
    impatient = open_store(sqlite_url)

    async with store.writing() as session:
        await session.execute(update(Product).values(revision=2))
        with pytest.raises(Unavailable, match="locked"):
            await asyncio.create_task(count_up(impatient))
    await impatient.close()


async def test_postgresql_that_does_not_answer_is_said_so(tmp_path):
    store = open_store(f"postgresql://nobody@/none?host={tmp_path}")

    with pytest.raises(Unavailable, match="cannot be reached"):
        async with store.reading() as session:
            await session.execute(text("SELECT 1"))
    await store.close()


async def test_postgresql_gone_and_back_is_used_again(postgresql_url, postgresql_server):
    store = open_store(postgresql_url)
    async with store.reading() as session:
        await session.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        async with store.writing() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            await session.execute(text("SELECT 1"))
    async with store.writing() as session:
        found = await session.scalar(text("SELECT 1"))
    async with store.reading() as session:
        await session.execute(text("SELECT 1"))
    await store.close()

    assert found == 1


async def test_connections_cut_while_idle_are_replaced(postgresql_url, postgresql_server):
    store = open_store(postgresql_url)
    async with store.reading() as one, store.reading() as two:
        await one.execute(text("SELECT 1"))
        await two.execute(text("SELECT 1"))
    async with store.writing() as session:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
        await session.execute(text(others + " AND datname = current_database()"))

    async with store.reading() as one, store.reading() as two:
        assert await one.scalar(text("SELECT 1")) == await two.scalar(text("SELECT 1")) == 1
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "nonsense",
        "",
        "postgresql+psycopg://h/d",
    ],
)
def test_other_addresses_are_refused_with_the_way_out(url):
    with pytest.raises(BadRequest, match="sqlite:///path/to/file"):
        open_store(url)


def test_a_refused_address_does_not_repeat_the_password():
    with pytest.raises(BadRequest) as refusal:
        open_store("mysql://me:hunter2@host/db")

    assert "hunter2" not in str(refusal.value)


def test_what_the_driver_would_stumble_over_is_refused():
    with pytest.raises(BadRequest, match="channel_binding"):
        open_store("postgresql://host/db?channel_binding=require")


def test_the_words_of_other_postgresql_clients_are_understood():
    store = open_store("postgres://me@host/db?sslmode=require&connect_timeout=3&application_name=x")

    assert store.url.drivername == "postgresql+asyncpg"


async def test_a_system_error_of_the_work_itself_is_not_taken_for_the_stores(store):
    with pytest.raises(FileNotFoundError):
        async with store.writing():
            raise FileNotFoundError


async def test_a_value_that_is_missing_is_a_defect_and_no_conflict(store, by):
    with pytest.raises(IntegrityError):
        async with store.writing() as session:
            session.add(Product(slug="widget", created_at=by.at))
