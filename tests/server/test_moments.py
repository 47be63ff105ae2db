from datetime import UTC, datetime
from importlib.resources import files
from types import SimpleNamespace

import pytest

from lifecycle.answers.snapshot_cache import CATALOGUE
from lifecycle.server.cacheability import cacheability_of
from lifecycle.server.dependencies import Moment
from testkit.responses import ok

pytestmark = pytest.mark.one_database("how long answers are kept")

MIDNIGHT_IN_UTC = datetime(2026, 11, 22, tzinfo=UTC)
MIDNIGHT_IN_NEW_YORK = datetime(2026, 11, 22, 5, tzinfo=UTC)
MIDNIGHT_IN_TOKYO = datetime(2026, 11, 21, 15, tzinfo=UTC)


@pytest.fixture
async def moment(app):
    """Begin where the process has looked for changes, as one that serves does."""
    await app.app_state.snapshots.refresh()
    state = SimpleNamespace(app_state=app.app_state)
    return Moment(SimpleNamespace(app=SimpleNamespace(state=state), scope={}))


@pytest.fixture
async def tokyo(client, clairdash, admin):
    """Sell a product in a zone where the day ends before it does in UTC."""
    policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_text()
    kind = {"Content-Type": "application/yaml"}
    await ok(client.post("/v1/products", json={"slug": "tokyo"}, headers=admin))
    elsewhere = policy.replace("America/New_York", "Asia/Tokyo")
    await ok(client.put("/v1/products/tokyo/policy", content=elsewhere, headers=admin | kind))


async def test_an_answer_about_all_products_is_kept_while_all_stand(app, moment, clairdash):
    listed = await moment.catalogue()

    kept = cacheability_of(moment._scope)
    assert [snapshot.slug for snapshot in listed] == ["clairdash"]
    assert (kept.product, kept.revision) == ("*", app.app_state.snapshots.current("*"))
    assert kept.deadline == MIDNIGHT_IN_UTC
    assert kept.made == moment.now


async def test_the_first_midnight_of_all_zones_ends_an_answer_about_all(tokyo, moment):
    await moment.catalogue()

    assert cacheability_of(moment._scope).deadline == MIDNIGHT_IN_TOKYO


async def test_an_answer_about_two_products_is_kept_while_the_catalogue_stands(app, tokyo, moment):
    await moment.snapshot("tokyo")
    await moment.snapshot("clairdash")

    kept = cacheability_of(moment._scope)
    assert (kept.product, kept.revision) == ("*", app.app_state.snapshots.current("*"))
    assert kept.deadline == MIDNIGHT_IN_TOKYO


async def test_a_product_asked_for_twice_is_still_the_only_one(app, moment, clairdash):
    await moment.snapshot("clairdash")
    await moment.snapshot("clairdash")

    kept = cacheability_of(moment._scope)
    assert (kept.product, kept.deadline) == ("clairdash", MIDNIGHT_IN_NEW_YORK)


async def test_what_changes_after_the_request_came_is_not_taken_for_part_of_the_answer(
    app, client, moment, clairdash, admin
):
    await ok(client.post("/v1/products", json={"slug": "late"}, headers=admin))

    await moment.catalogue()

    assert cacheability_of(moment._scope).revision != app.app_state.snapshots.current(CATALOGUE)
