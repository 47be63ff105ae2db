import asyncio

import pytest

from lifecycle.answers.snapshot_cache import CATALOGUE, Snapshots
from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.database import open_store

pytestmark = pytest.mark.one_database("snapshots of many products")


@pytest.fixture
async def snapshots(store, clock, make_product):
    for slug in ("widget", "gadget", "gizmo"):
        await make_product(slug=slug)
    loaded = Snapshots(store, clock)
    await loaded.refresh()
    return loaded


def slugs(listed):
    return [snapshot.slug for snapshot in listed]


async def put(store, slug, by, **facts):
    async with store.writing() as session:
        await products.put(session, ProductIn(slug=slug, **facts), by=by)


async def test_all_products_come_by_slug_and_are_the_ones_that_answer_alone(snapshots):
    listed = await snapshots.get_all()

    assert slugs(listed) == ["gadget", "gizmo", "widget"]
    assert listed[0] is await snapshots.get("gadget")


async def test_many_who_ask_for_all_at_once_share_one_load(snapshots):
    listed = await asyncio.gather(*(snapshots.get_all() for _ in range(20)))

    assert len({id(snapshot) for products in listed for snapshot in products}) == 3


@pytest.mark.parametrize("slug", ["gizmo", "new"])
async def test_the_mark_of_all_changes_with_a_commit_of_this_process(snapshots, store, by, slug):
    before, mark = await snapshots.get_all(), snapshots.current(CATALOGUE)

    await put(store, slug, by, name="Renamed")
    after = await snapshots.get_all()

    assert snapshots.current(CATALOGUE) != mark
    assert [snapshot for snapshot in after if snapshot not in before] == [await snapshots.get(slug)]
    assert slug in slugs(after)


@pytest.mark.parametrize("slug", ["gizmo", "new"])
async def test_the_mark_of_all_changes_with_what_is_seen_of_another_process(
    snapshots, store_url, by, slug
):
    await snapshots.get_all()
    mark = snapshots.current(CATALOGUE)
    other = open_store(store_url)
    await put(other, slug, by, name="Renamed")
    await other.close()
    assert snapshots.current(CATALOGUE) == mark

    await snapshots.refresh()

    assert snapshots.current(CATALOGUE) != mark
    named = {snapshot.slug: snapshot.known.name for snapshot in await snapshots.get_all()}
    assert named[slug] == "Renamed"


async def test_a_refresh_that_sees_only_what_is_loaded_already_keeps_the_mark(snapshots, store, by):
    await put(store, "gizmo", by, name="Renamed")
    await snapshots.get_all()
    mark = snapshots.current(CATALOGUE)

    await snapshots.refresh()

    assert snapshots.current(CATALOGUE) == mark


async def test_what_changes_while_all_are_loaded_is_loaded_at_the_next_question(
    snapshots, store, by
):
    loading = asyncio.create_task(snapshots.get_all())
    await put(store, "gizmo", by, name="Renamed")
    await loading

    named = {snapshot.slug: snapshot.known.name for snapshot in await snapshots.get_all()}

    assert named["gizmo"] == "Renamed"
