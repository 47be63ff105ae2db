"""An upgrade puts what an earlier order of Maven's versions left behind right."""

from datetime import date

import pytest
from alembic import command
from sqlalchemy import select, update

from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.models import Release
from lifecycle.database import schema_upgrade
from testkit.registered_releases import register_releases

# Earlier, the two service packs were the other way round, and the last two not equal.
IN_ORDER = ["1.0.0.RC1", "1.0.0", "1.0.0.SP1", "1.0.0-SP2", "1.0.1", "2.0", "2.0-RELEASE"]


@pytest.fixture
async def register(store, by, today):
    async def registered(slug, versions):
        async with store.writing() as session:
            product = await queries.get_product(session, slug)
            new = [ReleaseIn(version=version, released_on=date(2026, 1, 1)) for version in versions]
            await register_releases(session, product, new, by=by, today=today)

    return registered


async def stored(store):
    async with store.reading() as session:
        statement = select(Release).order_by(Release.product_id, Release.rank, Release.id)
        return [
            (row.version, row.rank, row.line, row.minor, row.prerelease)
            for row in await session.scalars(statement)
        ]


async def upgrade_from(store, revision):
    def down_and_up(given):
        command.downgrade(schema_upgrade.config(given), revision)
        command.upgrade(schema_upgrade.config(given), "head")

    async with store.engines[1].begin() as connection:
        await connection.run_sync(down_and_up)


async def misplace(store, **ranks):
    async with store.writing() as session:
        for version, rank in ranks.items():
            changed = update(Release).where(Release.version == version).values(rank=rank)
            await session.execute(changed)


async def test_an_upgrade_puts_maven_releases_into_maven_s_order(store, make_product, register):
    await make_product(scheme="maven", line_by="minor")
    await register("widget", IN_ORDER)
    ranks = {version: rank for version, rank, *_ in await stored(store)}
    await misplace(
        store,
        **{"1.0.0.SP1": ranks["1.0.0-SP2"] + 1, "2.0-RELEASE": ranks["2.0"] + 1},
    )
    async with store.writing() as session:
        wrong = {"prerelease": True, "line": "0.9", "minor": "0.9"}
        await session.execute(update(Release).where(Release.version == "1.0.1").values(**wrong))

    await upgrade_from(store, "0008")

    found = await stored(store)
    assert [version for version, *_ in found] == IN_ORDER
    placed = {version: rank for version, rank, *_ in found}
    assert len(set(placed.values())) == len(IN_ORDER) - 1
    assert placed["2.0"] == placed["2.0-RELEASE"]
    assert ("1.0", "1.0", False) in {row[2:] for row in found if row[0] == "1.0.1"}
    assert [row[0] for row in found if row[4]] == ["1.0.0.RC1"]
    await register("widget", ["1.0.0-SP3"])
    again = [version for version, *_ in await stored(store)]
    assert again == [*IN_ORDER[:4], "1.0.0-SP3", *IN_ORDER[4:]]


async def test_an_upgrade_leaves_what_is_in_order_and_declared_lines_alone(
    store, make_product, register
):
    await make_product(scheme="maven", line_by="declared")
    await make_product(slug="gadget", scheme="semver")
    await register("widget", IN_ORDER)
    await register("gadget", ["1.0.0", "2.0.0"])
    async with store.writing() as session:
        await session.execute(update(Release).where(Release.version == "1.0.1").values(line="lts"))
    before = await stored(store)

    await upgrade_from(store, "0008")

    assert await stored(store) == before
