import asyncio
import contextlib
import sqlite3
import sys

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from lifecycle.catalogue import features, products, queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, ReleaseIn
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import StoredPolicy
from lifecycle.database import open_store, schema_upgrade
from lifecycle.database.base import Base, complete_partial_indexes
from lifecycle.database.schema_revisions import is_current, newest_revision
from lifecycle.errors import Unavailable
from testkit.registered_releases import register_releases

UPGRADE = """
import asyncio, sys
from lifecycle.database import schema_upgrade
print(len(asyncio.run(schema_upgrade.upgrade(sys.argv[1])).pending))
"""


async def test_an_empty_store_is_brought_to_the_newest_revision(empty_url):
    before = await schema_upgrade.upgrade(empty_url)
    after = await schema_upgrade.status(empty_url)

    assert before.current is None
    assert before.pending[-1] == after.current == after.newest
    assert after.pending == ()


async def test_upgrading_twice_does_nothing_the_second_time(store_url):
    assert (await schema_upgrade.upgrade(store_url)).pending == ()


async def test_the_models_are_what_the_migrations_make(store):
    async with store.engines[1].begin() as connection:
        await connection.run_sync(lambda given: command.check(schema_upgrade.config(given)))


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_a_partial_index_has_its_condition_on_either_store(dialect):
    complete_partial_indexes(Base.metadata)
    (index,) = (index for index in StoredPolicy.__table__.indexes if index.unique)

    assert str(CreateIndex(index).compile(dialect=dialect)).endswith("WHERE replaced_at IS NULL")


async def test_every_migration_can_be_undone(store):
    def down_and_up(given):
        command.downgrade(schema_upgrade.config(given), "base")
        command.upgrade(schema_upgrade.config(given), "head")
        command.check(schema_upgrade.config(given))

    async with store.engines[1].begin() as connection:
        await connection.run_sync(down_and_up)


async def test_of_four_processes_that_start_at_once_one_upgrades(empty_url):
    async def start():
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            UPGRADE,
            empty_url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    processes = [await start() for _ in range(4)]
    ended = [await process.communicate() for process in processes]

    newest = (await schema_upgrade.status(empty_url)).newest
    assert [process.returncode for process in processes] == [0] * 4, ended
    assert sorted(int(out) for out, _ in ended) == [0, 0, 0, int(newest)]


async def test_a_store_newer_than_the_code_is_refused(store_url):
    store = open_store(store_url)
    async with store.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()

    with pytest.raises(schema_upgrade.StoreTooNew, match="9999"):
        await schema_upgrade.upgrade(store_url)
    with pytest.raises(schema_upgrade.StoreTooNew, match="Install the version that wrote it"):
        await schema_upgrade.require_current(store_url)


async def test_a_store_that_was_not_upgraded_is_refused(store_url):
    store = open_store(store_url)
    async with store.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await store.close()

    with pytest.raises(schema_upgrade.StoreTooOld, match="lifecycle db upgrade"):
        await schema_upgrade.require_current(store_url)


async def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(Unavailable, match="cannot be reached"):
        await schema_upgrade.upgrade(f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}")


async def test_only_the_owner_can_read_a_new_file(tmp_path):
    path = tmp_path / "deep" / "store.sqlite3"

    await schema_upgrade.upgrade(f"sqlite:///{path}")

    assert path.stat().st_mode & 0o077 == 0


async def test_a_first_start_waits_for_another_that_has_the_file_locked(tmp_path):
    path = tmp_path / "store.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    starting = asyncio.create_task(schema_upgrade.upgrade(f"sqlite:///{path}"))
    _, waiting = await asyncio.wait([starting], timeout=0.5)
    other.close()

    assert waiting
    assert (await starting).current is None


class TestWaiting:
    """Who needs an upgraded store waits for the upgrade, where there is one to wait for."""

    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch):
        monkeypatch.setattr(schema_upgrade, "LOOK_EVERY", 0.05)

    async def test_a_worker_that_starts_first_waits_until_somebody_upgrades(
        self, empty_postgresql_url
    ):
        waiting = asyncio.create_task(schema_upgrade.await_current(empty_postgresql_url))
        await asyncio.sleep(0.3)
        still = waiting.done()
        await schema_upgrade.upgrade(empty_postgresql_url)
        await waiting

        assert not still

    async def test_nobody_waits_for_ever(self, empty_postgresql_url):
        with pytest.raises(schema_upgrade.StoreTooOld, match="lifecycle db upgrade"):
            await schema_upgrade.await_current(empty_postgresql_url, patience=0.2)

    async def test_an_upgrade_under_way_is_waited_for_by_whoever_comes(self, empty_postgresql_url):
        upgrading = open_store(empty_postgresql_url)
        async with upgrading.engines[1].begin() as connection:
            held = text(f"SELECT pg_advisory_xact_lock({schema_upgrade.LOCK})")
            await connection.execute(held)
            waiting = asyncio.create_task(schema_upgrade.require_current(empty_postgresql_url))
            await asyncio.sleep(0.5)
            still = waiting.done()
            await connection.run_sync(
                lambda given: command.upgrade(schema_upgrade.config(given), "head")
            )
        await waiting
        await upgrading.close()

        assert not still

    async def test_so_is_one_of_a_file(self, tmp_path):
        path = tmp_path / "store.sqlite3"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(schema_upgrade.require_current(f"sqlite:///{path}"))
            await asyncio.sleep(0.5)
            still = waiting.done()
            database.execute("ROLLBACK")
        with pytest.raises(schema_upgrade.StoreTooOld):
            await waiting

        assert not still


async def test_a_product_of_before_keeps_its_releases_and_has_no_aliases(store, by, today):
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="widget"), by=by)
        release = ReleaseIn(version="1.0.0", released_on=today)
        await register_releases(session, product, [release], by=by, today=today)
    async with store.engines[1].begin() as connection:
        await connection.run_sync(
            lambda given: command.downgrade(schema_upgrade.config(given), "0009")
        )
    url = store.url.render_as_string(hide_password=False)

    await schema_upgrade.upgrade(url)

    async with store.reading() as session:
        product = await queries.get_product(session, "widget")
        page = await queries.list_releases(session, product)
    assert (product.aliases, [item.version for item in page.items]) == ([], ["1.0.0"])


async def test_what_was_shown_before_there_was_a_choice_stays_public(store, by):
    async with store.writing() as session:
        hidden = ProductIn(slug="widget", public=False)
        product, _ = await products.put(session, hidden, by=by)
        await features.put(session, product, "search", FeatureIn(public=False), by=by)
    async with store.engines[1].begin() as connection:
        await connection.run_sync(
            lambda given: command.downgrade(schema_upgrade.config(given), "0010")
        )

    await schema_upgrade.upgrade(store.url.render_as_string(hide_password=False))

    async with store.reading() as session:
        loaded = await load_facts(session, "widget")
    assert (loaded.public, loaded.features["search"].public) == (True, True)


class TestAsOfTheFilesNames:
    """What is found out without Alembic, for commands that should start fast."""

    def test_the_newest_revision_is_alembics(self):
        directory = ScriptDirectory.from_config(schema_upgrade.config())

        assert newest_revision() == directory.get_current_head()

    async def test_a_store_is_current_once_it_is_upgraded(self, tmp_path):
        file = tmp_path / "store.sqlite3"
        before = is_current(file)
        await schema_upgrade.upgrade(f"sqlite:///{file}")

        assert (before, is_current(file)) == (False, True)

    @pytest.mark.parametrize("content", [b"", b"no store", None])
    def test_what_is_no_store_is_not_current_and_not_made(self, tmp_path, content):
        file = tmp_path / "store.sqlite3"
        if content is not None:
            file.write_bytes(content)

        assert not is_current(file)
        assert file.exists() is (content is not None)

    @pytest.mark.parametrize("revision", ["0001", "9999"])
    async def test_one_of_another_revision_is_not_current(self, tmp_path, revision):
        file = tmp_path / "store.sqlite3"
        await schema_upgrade.upgrade(f"sqlite:///{file}")
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
            database.commit()

        assert not is_current(file)
