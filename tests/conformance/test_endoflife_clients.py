"""endoflife.date's published clients, as they are, ask a running service.

``eol-cli`` and ``endoflifedate`` take a base address; ``norwegianblue`` has it as a constant of its
module, which is set here. schemathesis asks all that the official description allows.
"""

import asyncio
import json
import shutil
from datetime import date

import endoflifedate
import norwegianblue
import pytest
import schemathesis
from eol_cli.api.client import EOLClient, EOLNotFoundError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from norwegianblue import _cache
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lifecycle.audit.chain import By
from lifecycle.catalogue import lines, products
from lifecycle.catalogue.catalogue_inputs import LineIn, ProductIn
from lifecycle.catalogue.presentations import EndoflifeTiers, LinePresentation
from lifecycle.database import open_store
from lifecycle.policy.windows import Phase
from testkit.api_fixtures import sell_clairdash
from testkit.clock import Clock
from testkit.endoflife_descriptions import read_description
from testkit.scales import examples
from testkit.served_apps import serving

END = date(2024, 6, 30)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)
NAMES = {
    "product": ("clairdash", "dash", "bsd"),
    "release": ("3.10", "latest", "releng-13.0"),
    "category": ("app",),
    "tag": ("app",),
    "identifier_type": ("purl",),
}
"""Names that there are, which come among others: the description allows any text."""
UNLISTED = {
    "301": "The product has another name; the description has it in its prose, for every path.",
    "400": "No name could be that text; it is nowhere in the description, and says why.",
}
"""Answers that the operations of the description do not list."""


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


def test_every_operation_answers_as_the_official_description_says(address, standards):
    described = json.loads(json.dumps(read_description(standards), default=str))
    for path, methods in described["paths"].items():
        if "{" in path:
            assert "404" in methods["get"]["responses"]
            for status, reason in UNLISTED.items():
                assert status not in methods["get"]["responses"]
                methods["get"]["responses"][status] = {"description": reason}
    operations = schemathesis.openapi.from_dict(described).get_all_operations()

    answered = {
        operation.ok().path: ask(operation.ok(), f"{address}/api/v1") for operation in operations
    }

    assert len(answered) == 12
    assert all(200 in statuses for statuses in answered.values()), answered


def ask(operation, base):
    """Ask in ways that are described, and check each answer; return their statuses."""
    statuses = set()
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    known = {name: st.sampled_from(NAMES[name]) for name in operation_names(operation)}
    tries = max(40, examples(100))  # of fewer, none might name what exists

    @given(case=fitting, names=st.fixed_dictionaries({}, optional=known))
    @settings(max_examples=tries if known else 1, suppress_health_check=list(HealthCheck))
    def ask(case, names):
        case.path_parameters = {**(case.path_parameters or {}), **names}
        statuses.add(case.call_and_validate(base_url=base, checks=CHECKS).status_code)

    ask()
    return statuses


def operation_names(operation):
    return [parameter.name for parameter in operation.path_parameters]
