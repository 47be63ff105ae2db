"""The published client of the Transparency Exchange API, as it is, against a running service."""

from __future__ import annotations

import asyncio
import shutil
import warnings

import httpx
import jsonschema_rs
import msgspec
import pytest
import yaml
from libtea import TeaClient
from libtea.conformance import run_conformance
from libtea.exceptions import TeaInsecureTransportWarning, TeaNotFoundError, TeaRequestError

from testkit.api_fixtures import AS_ADMIN, CLAIRDASH, sell_clairdash
from testkit.prepared_stores import take
from testkit.server_processes import Server

PURL = "pkg:npm/%40clairdash/server"
TEI = "urn:tei:purl:localhost:pkg:npm/%40clairdash/server@3.9.0"
NOWHERE = "00000000-0000-0000-0000-000000000000"
pytestmark = pytest.mark.filterwarnings("ignore::libtea.exceptions.TeaInsecureTransportWarning")


@pytest.fixture(scope="module")
def service(sqlite_template, tmp_path_factory, unused_tcp_port_factory):
    """A service with a worker and a product that has a package URL; give its port."""
    folder = tmp_path_factory.mktemp("tea")
    shutil.copyfile(sqlite_template, folder / "store.sqlite3")
    url = f"sqlite:///{folder / 'store.sqlite3'}"
    asyncio.run(take(sell_clairdash, url))
    port = unused_tcp_port_factory()
    names = {"LIFECYCLE_BASE_URL": f"http://localhost:{port}", "LIFECYCLE_PORT": str(port)}
    with Server(url, folder, command=("serve",), **names) as server:
        server.ready()
        with httpx.Client(base_url=server.address, headers=AS_ADMIN) as client:
            facts = {"slug": "clairdash", "identifiers": [PURL]}
            client.put(CLAIRDASH, json=facts).raise_for_status()
        yield port


@pytest.fixture(scope="module")
def tea(service):
    """Give the client that finds the service by its domain."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TeaInsecureTransportWarning)
        with TeaClient.from_well_known("localhost", scheme="http", port=service) as client:
            yield client


def test_a_product_is_found_by_its_package_url_and_its_lifecycle_read(tea):
    (product,) = tea.search_products("PURL", PURL).results
    lifecycle = tea.get_product_cle(product.uuid)

    assert product.name == "clairdash"
    ended = [event for event in lifecycle.events if event.type == "endOfSupport"]
    assert {event.versions[0].range for event in ended if event.support_id == "enterprise"} == {
        f"vers:semver/>=3.{minor}.0|<3.{minor + 1}.0" for minor in range(1, 6)
    }
    assert {each.id for each in lifecycle.definitions.support} == {"enterprise", "pro"}


def test_a_release_is_discovered_and_tells_what_concerns_it_alone(tea):
    (found,) = tea.discover(TEI)
    release = tea.get_product_release(found.product_release_uuid)
    lifecycle = tea.get_product_release_cle(release.uuid)

    assert release.version == "3.9.0"
    assert [(each.id_type, each.id_value) for each in release.identifiers] == [
        ("PURL", f"{PURL}@3.9.0")
    ]
    told = {(event.type.value, event.version or event.support_id) for event in lifecycle.events}
    told -= {("componentRenamed", None)}  # where the worker was faster than the package URL
    assert told == {("released", "3.9.0"), ("supersededBy", None), ("endOfSupport", "pro")}
    (component,) = release.components
    assert tea.get_component_release(component.release).release.version == "3.9.0"
    assert tea.get_component_release_cle(component.release) == lifecycle


def test_pages_hold_what_was_asked_for_and_lead_through_all(tea):
    (product,) = tea.list_products().results
    listed = list(tea.iter_releases_for_product(product.uuid, page_size=3))

    assert [release.version for release in listed] == [f"3.{minor}.0" for minor in range(10, 0, -1)]
    assert tea.search_product_releases("PURL", f"{PURL}@3.4.0").total_results == 1
    assert tea.search_products("CPE", "cpe:2.3:a:acme:web").total_results == 0


def test_the_client_s_own_suite_finds_nothing_wrong(service):
    result = run_conformance(f"http://localhost:{service}/tea/v0.4.0", tei=TEI)

    assert [check for check in result.checks if check.status.value in {"fail", "warn"}] == []
    skipped = {check.name for check in result.checks if check.status.value == "skip"}
    assert skipped == {"get_artifact", "artifact_formats_required"}  # there are no artifacts


def test_what_is_not_there_or_not_meant_is_said_as_the_specification_wants(tea, service):
    with pytest.raises(TeaNotFoundError) as missing:
        tea.get_product(NOWHERE)
    with pytest.raises(TeaRequestError, match="is not a TEI"):
        tea.discover("clairdash")
    with pytest.raises(TeaRequestError, match="idType"):
        tea.search_products("NAME", "clairdash")
    refused = httpx.get(f"http://localhost:{service}/tea/product/clairdash")

    assert missing.value.error_type == "OBJECT_UNKNOWN"
    assert refused.status_code == 400


def test_answers_have_the_shapes_of_the_official_description(tea, service, standards):
    description = yaml.safe_load((standards / "cle/tea-openapi.yaml").read_text())
    schemas = msgspec.to_builtins(description["components"]["schemas"])  # its examples have dates

    def faults(name, path):
        answer = httpx.get(f"http://localhost:{service}/tea/{path}")
        answer.raise_for_status()
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        check = jsonschema_rs.validator_for(schema, validate_formats=True)
        return [f"{path}: {e.instance_path}: {e.message}" for e in check.iter_errors(answer.json())]

    (product,) = tea.list_products().results
    release = tea.get_product_releases(product.uuid).results[0]
    (component,) = release.components
    shapes = {
        "products": "paginated-product-response",
        "productReleases": "paginated-product-release-response",
        "components": "paginated-component-response",
        "componentReleases": "paginated-component-release-response",
        f"product/{product.uuid}": "product",
        f"product/{product.uuid}/cle": "cle",
        f"product/{product.uuid}/releases": "paginated-product-release-response",
        f"productRelease/{release.uuid}": "productRelease",
        f"productRelease/{release.uuid}/cle": "cle",
        f"productRelease/{release.uuid}/collection/latest": "collection",
        f"component/{component.uuid}": "component",
        f"componentRelease/{component.release}": "component-release-with-collection",
    }
    assert [fault for path, name in shapes.items() for fault in faults(name, path)] == []
