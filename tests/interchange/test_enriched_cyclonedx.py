"""An enriched SBOM: milestones where they are known, and every other byte as it was."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.enriched_cyclonedx import (
    END_OF_SUPPORT,
    GENERAL_AVAILABILITY,
    Milestones,
    enrich,
)
from lifecycle.interchange.sboms import read_sbom
from testkit.cyclonedx_validity import cyclonedx_faults

SERVER = {"type": "container", "name": "server", "version": "3.8.0", "purl": "pkg:npm/server@3.8.0"}
OTHER = {
    "type": "library",
    "name": "left-pad",
    "version": "1.3.0",
    "purl": "pkg:npm/left-pad@1.3.0",
}
KNOWN = Milestones(date(2026, 8, 1), date(2027, 1, 13))
DAYS = {GENERAL_AVAILABILITY: "2026-08-01", END_OF_SUPPORT: "2027-01-13"}


def bill(*components, **members):
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    return document | members | {"components": list(components)}


def enriched(document, milestones=KNOWN, name="server"):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    components = read_sbom(text, file="bom.json").components
    found = {each: milestones for each in components if each.name == name}
    return enrich(text, found, file="bom.json")


def days_of(component):
    return {each["name"]: each["value"] for each in component.get("properties", ())}


def test_a_known_component_gets_its_milestones_and_the_others_stay():
    written = json.loads(enriched(bill(SERVER, OTHER)))

    server, other = written["components"]
    assert days_of(server) == DAYS
    assert {name: value for name, value in server.items() if name != "properties"} == SERVER
    assert other == OTHER


def test_components_within_others_and_the_one_described_are_enriched():
    image = {"type": "container", "name": "image", "components": [SERVER, OTHER]}
    written = json.loads(enriched(bill(image, metadata={"component": SERVER, "tools": []})))

    assert days_of(written["components"][0]["components"][0]) == DAYS
    assert days_of(written["metadata"]["component"]) == DAYS
    assert written["metadata"]["tools"] == []


def test_a_milestone_that_was_there_is_replaced_and_other_properties_stay():
    own = [{"name": "team", "value": "web"}, {"name": END_OF_SUPPORT, "value": "2020-01-01"}]
    written = json.loads(enriched(bill(SERVER | {"properties": own})))

    (server,) = written["components"]
    assert server["properties"][0] == own[0]
    assert days_of(server) == DAYS | {"team": "web"}


def test_what_is_not_known_is_not_a_milestone():
    only_released = Milestones(date(2026, 8, 1))

    written = json.loads(enriched(bill(SERVER), only_released))
    unknown = enriched(bill(SERVER), Milestones())

    assert days_of(written["components"][0]) == {GENERAL_AVAILABILITY: "2026-08-01"}
    assert json.loads(unknown) == bill(SERVER)


def test_numbers_and_texts_stay_as_they_were_written():
    text = rb"""{
  "bomFormat": "CycloneDX", "specVersion": "1.5", "x": [1.50, 1e400, "\u00e4"],
  "components": [{"name": "server", "version": "3.8.0", "weight": 10.00}]
}"""

    written = enriched(text)

    assert b"1.50" in written
    assert b"1e400" in written
    assert rb"\u00e4" in written
    assert b"10.00" in written
    assert written.startswith(b'{\n  "bomFormat"')


def test_enriching_again_changes_nothing():
    once = enriched(bill(SERVER, OTHER))

    assert enriched(once) == once


@pytest.mark.parametrize("version", ["1.3", "1.4", "1.5", "1.6"])
def test_the_library_s_schema_allows_what_is_written(version):
    written = enriched(bill(SERVER, OTHER, specVersion=version))

    assert cyclonedx_faults(written.decode(), version) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>', "only that can be enriched"),
        (b'{"spdxVersion": "SPDX-2.3"}', "only that can be enriched"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.2"}', "write it in version 1.3 or a later"),
        (b'{"bomFormat": "CycloneDX"}', "specVersion None"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.%s"}' % (b"9" * 5000), "no properties"),
        (b"[]", "only that can be enriched"),
    ],
)
def test_what_cannot_hold_milestones_is_refused(text, words):
    with pytest.raises(UnreadableDocument) as refused:
        enrich(text, {}, file="bom.json")

    assert words in str(refused.value)


@pytest.mark.parametrize("properties", [{}, "none", 1])
def test_properties_that_are_no_list_are_refused(properties):
    with pytest.raises(UnreadableDocument, match="component 'server' are not a list"):
        enriched(bill(SERVER | {"properties": properties}))


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(SERVER),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(st.sampled_from(["components", "properties", "name", "purl"]), parts)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["components", "metadata", "services"]), odd))
def test_whatever_is_odd_in_a_bill_stays(members):
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6"} | members
    text = json.dumps(document).encode()

    assert json.loads(enrich(text, {}, file="bom.json")) == document
