"""endoflife.date's published clients, as they are, ask a running service.

``eol-cli`` and ``endoflifedate`` take a base address; ``norwegianblue`` has it as a constant of its
module, which is set here.
"""

import asyncio
import shutil
from datetime import date

import endoflifedate
import norwegianblue
import pytest
from eol_cli.api.client import EOLClient, EOLNotFoundError
from norwegianblue import _cache

from lifecycle.audit.chain import By
from lifecycle.catalogue import lines, products
from lifecycle.catalogue.catalogue_inputs import LineIn, ProductIn
from lifecycle.catalogue.presentations import EndoflifeTiers, LinePresentation
from lifecycle.database import open_store
from lifecycle.policy.windows import Phase
from testkit.api_fixtures import sell_clairdash
from testkit.clock import Clock
from testkit.served_apps import serving

END = date(2024, 6, 30)


@pytest.fixture(scope="module")
def address(sqlite_template, tmp_path_factory):
    """Serve a product whose tiers stand for the phases, and one with declared days."""
    store_file = tmp_path_factory.mktemp("clients") / "store.sqlite3"
    shutil.copyfile(sqlite_template, store_file)

    async def fill():
        store, by = open_store(f"sqlite:///{store_file}"), By("test", Clock().now)
        await sell_clairdash(store)
        async with store.writing() as session:
            tiers = EndoflifeTiers(support="pro", eol="enterprise")
            clairdash = ProductIn(slug="clairdash", aliases=("dash",), endoflife=tiers)
            await products.put(session, clairdash, by=by)
            facts = ProductIn(slug="bsd", line_by="declared", identifiers=("pkg:generic/bsd",))
            bsd, _ = await products.put(session, facts, by=by)
            line = LineIn(
                declared={Phase.END_OF_LIFE: END},
                released_on=date(2022, 1, 1),
                presentation=LinePresentation(latest="13.0-p2", latest_on=date(2023, 1, 1)),
            )
            await lines.put(session, bsd, "releng/13.0", line, by=by)
        await store.close()

    asyncio.run(fill())
    with serving(store_file) as service:
        yield service


def test_eol_cli_reads_every_part_of_v1(address):
    client = EOLClient(base_url=f"{address}/api/v1")

    assert client.get_index()["result"][0]["name"] == "products"
    assert [product["name"] for product in client.list_products()["result"]] == ["bsd", "clairdash"]
    assert len(client.list_products_full()["result"]) == 2
    product = client.get_product("dash")["result"]
    assert (product["name"], product["releases"][0]["name"]) == ("clairdash", "3.10")
    assert client.get_product_release("bsd", "releng-13.0")["result"]["eolFrom"] == "2024-06-30"
    assert client.get_product_latest_release("clairdash")["result"]["latest"]["name"] == "3.10.0"
    assert [tag["name"] for tag in client.list_tags()["result"]] == ["app"]
    assert client.list_categories()["total"] == 1
    assert len(client.get_category_products("app")["result"]) == 2
    assert len(client.get_tag_products("app")["result"]) == 2
    assert [kind["name"] for kind in client.list_identifier_types()["result"]] == ["purl"]
    [identified] = client.get_identifiers_by_type("purl")["result"]
    assert identified["product"]["name"] == "bsd"
    with pytest.raises(EOLNotFoundError):
        client.get_product("clairdsh")


def test_the_generated_client_reads_v0(address):
    configuration = endoflifedate.Configuration(host=address)
    with endoflifedate.ApiClient(configuration) as connection:
        api = endoflifedate.DefaultApi(connection)

        assert api.get_api_all_json() == ["bsd", "clairdash"]
        [cycle] = api.get_api_product_json("bsd")
        assert cycle.cycle.actual_instance == "releng/13.0"
        assert cycle.eol.actual_instance == "2024-06-30"
        assert cycle.latest == "13.0-p2"
        one = api.get_api_product_cycle_json("clairdash", "3.10")
        assert (one.eol.actual_instance, one.support.actual_instance) == (False, True)


def test_norwegianblue_shows_v0_as_a_table(address, monkeypatch, tmp_path):
    monkeypatch.setattr(norwegianblue, "BASE_URL", f"{address}/api/")
    monkeypatch.setattr(_cache, "CACHE_DIR", tmp_path)

    table = norwegianblue.norwegianblue("bsd", format="markdown", color="no")
    led_on = norwegianblue.norwegianblue("dash", format=None)

    assert "| releng/13.0 | 2022-01-01 | 13.0-p2 |" in table
    assert "| 2024-06-30 |" in table
    assert led_on[0]["cycle"] == "3.10"
    with pytest.raises(ValueError, match="Did you mean: 'clairdash'"):
        norwegianblue.norwegianblue("clairdsh")
