"""What tools and people do to SBOMs: every package URL is still found, or its absence is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.cli.check_sources import read_source
from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.sboms import read_sbom

if TYPE_CHECKING:
    from pathlib import Path

OLD = "pkg:npm/%40acme/web@1.0.0"
NEW = "pkg:npm/%40acme/web@3.0.0"
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
TERMS = "https://spdx.org/rdf/3.0.1/terms"
XML = '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>{}</components></bom>'

EVIDENCE = (
    f"<component><evidence><identity><concludedValue>{OLD}</concludedValue></identity></evidence>"
    "</component>"
)


def cyclonedx(*components: Any, **more: Any) -> str:
    return json.dumps({"bomFormat": "CycloneDX", "components": components} | more)


def spdx(*references: tuple[str, str]) -> str:
    told = [{"referenceType": kind, "referenceLocator": purl} for kind, purl in references]
    return json.dumps(
        {"spdxVersion": "SPDX-2.3", "packages": [{"name": "x", "externalRefs": told}]}
    )


def graph(*elements: Any) -> str:
    return json.dumps({"@context": CONTEXT, "@graph": elements})


def purls(text: str) -> list[str]:
    found = read_sbom(text.encode(), file="sbom").components
    return [purl for each in found for purl in each.purls]


@pytest.mark.parametrize(
    "kind",
    ["purl", " PURL ", "http://spdx.org/rdf/references/purl/", "x#purl", "packageUrl", "url", ""],
)
def test_a_package_url_of_spdx_is_found_however_its_type_is_spelled(kind: str) -> None:
    assert purls(spdx((kind, OLD))) == [OLD]


def test_a_reference_of_another_kind_is_no_package_url() -> None:
    assert purls(spdx(("cpe23Type", "cpe:2.3:a:acme:web:1.0.0"))) == []


@pytest.mark.parametrize(
    "element",
    [
        {"type": ["software_Package"], "software_packageUrl": OLD},
        {"@type": ["x", f"{TERMS}/Software/Package"], f"{TERMS}/Software/packageUrl": OLD},
        {"type": "software:Package", "software:packageUrl": OLD},
        {"@type": [f"{TERMS}/AI/AIPackage"], f"{TERMS}/Software/packageUrl": [{"@value": OLD}]},
        {"type": "software_Package", "externalIdentifier": [{"identifier": OLD}]},
        {
            "type": "software_Package",
            "externalIdentifier": {"externalIdentifierType": ["packageURL"], "identifier": OLD},
        },
        {"type": "software_Package", "externalRef": [{"externalRefType": "x", "locator": [OLD]}]},
        {"type": "software_Package", "externalIdentifier": {"@id": "_:1"}},
    ],
)
def test_a_package_of_spdx_3_is_found_however_its_terms_are_spelled(element: Any) -> None:
    blank = {"@id": "_:1", "type": "ExternalIdentifier", "identifier": OLD}
    assert purls(graph(element, blank)) == [OLD]


@pytest.mark.parametrize(
    "component",
    [
        {"evidence": {"identity": [{"field": "purl", "concludedValue": OLD}]}},
        {"evidence": {"identity": {"field": "purl", "concludedValue": OLD}}},
        {"evidence": {"identity": [7, {"concludedValue": OLD}]}},
        {"bom-ref": OLD},
    ],
)
def test_a_component_without_purl_has_that_of_its_evidence_or_reference(component: Any) -> None:
    assert purls(cyclonedx({"name": "x"} | component)) == [OLD]


def test_a_reference_counts_only_where_there_is_no_other_package_url() -> None:
    assert purls(cyclonedx({"name": "x", "purl": NEW, "bom-ref": OLD})) == [NEW]
    component = f'<component bom-ref="{OLD}"><name>x</name><purl>{NEW}</purl></component>'
    assert purls(XML.format(component)) == [NEW]


@pytest.mark.parametrize(
    "component",
    [
        f'<component xmlns=""><name>x</name><purl>{OLD}</purl></component>',
        f"<component><name>x</name><purl><b/>{OLD}</purl></component>",
        f'<component bom-ref="{OLD}"><name>x</name></component>',
        EVIDENCE,
    ],
)
def test_an_odd_component_in_xml_keeps_its_package_url(component: str) -> None:
    assert purls(XML.format(component)) == [OLD]


def test_all_package_urls_of_a_component_in_xml_count() -> None:
    component = f"<component><name>x</name><purl>{NEW}</purl><purl>{OLD}</purl></component>"
    assert purls(XML.format(component)) == [NEW, OLD]


@pytest.mark.parametrize(
    "text",
    [
        cyclonedx(metadata=[{"component": {"purl": OLD}}]),
        cyclonedx(metadata={"component": [{"purl": OLD}]}),
        cyclonedx([{"purl": OLD}]),
        cyclonedx({"name": "x", "components": {"purl": OLD}}),
        cyclonedx({"name": "x", "purl": f"{OLD}?a={'b' * 3000}"}),
        cyclonedx({"name": "x", "purl": OLD.replace("/web", "/\x07web")}),
    ],
)
def test_what_cannot_be_read_in_full_still_says_which_package_it_may_be(text: str) -> None:
    found = read_sbom(text.encode(), file="sbom").components
    odd = [each for each in found if each.fault]
    assert [each.purls for each in odd] == [(OLD,)]


@pytest.mark.parametrize(
    "text",
    [
        f'{{"bomFormat": "CycloneDX", "components": [{{"purl": "{OLD}"}}], "components": []}}',
        f'{{"bomFormat": "CycloneDX", "components": [{{"purl": "{OLD}", "purl": "{NEW}"}}]}}',
        '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "x"}], "packages": []}',
        f'{{"sbom": {cyclonedx({"purl": OLD})}, "sbom": {cyclonedx({"purl": NEW})}}}',
        f'{{"@context": "spdx.org", "@graph": [{{"software_packageUrl": "{OLD}"}}], "@graph": []}}',
    ],
)
def test_what_is_given_twice_and_could_be_checked_once_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDocument, match="is given twice in one object"):
        read_sbom(text.encode(), file="sbom")


def test_what_is_given_twice_and_never_read_costs_nothing() -> None:
    text = '{"bomFormat": "CycloneDX", "components": [{"name": "x", "scope": "a", "scope": "b"}]}'
    assert [component.name for component in read_sbom(text.encode(), file="sbom").components] == [
        "x"
    ]


@pytest.mark.parametrize("value", ["1e999", "-1e999", "9" * 5000])
@pytest.mark.parametrize("place", ["version", "custom"])
def test_a_number_beyond_all_bounds_costs_at_most_its_component(value: str, place: str) -> None:
    odd = f'{{"name": "odd", "{place}": {value}}}'
    text = f'{{"bomFormat": "CycloneDX", "components": [{odd}, {{"purl": "{OLD}"}}]}}'
    first, second = read_sbom(text.encode(), file="sbom").components
    wanted = {"version": "components[0].version is a number, not text"}
    assert (first.fault, second.purls) == (wanted.get(place), (OLD,))
    assert purls(f'{{"@context": "{CONTEXT}", "n": {value}, "software_packageUrl": "{OLD}"}}') == [
        OLD
    ]


def test_half_a_character_costs_nothing_but_itself() -> None:
    text = f'{{"bomFormat": "CycloneDX", "components": [{{"name": "x\\ud800", "purl": "{OLD}"}}]}}'
    assert [component.name for component in read_sbom(text.encode(), file="sbom").components] == [
        "x?"
    ]
    assert purls(text) == [OLD]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "01"])
def test_what_is_not_json_is_said_not_to_be(value: str) -> None:
    text = f'{{"bomFormat": "CycloneDX", "components": [{{"name": "x", "version": {value}}}]}}'
    with pytest.raises(UnreadableDocument, match="is not valid JSON"):
        read_sbom(text.encode(), file="sbom")


def test_no_package_url_of_a_component_with_very_many_is_left_out(tmp_path: Path) -> None:
    many = [("purl", f"pkg:npm/alias-{number}") for number in range(60)]
    (tmp_path / "sbom.json").write_text(spdx(*many, ("purl", OLD)))
    asked = read_source(str(tmp_path / "sbom.json"), must_be_sbom=True).components
    assert [purl for each in asked for purl in (each["purl"], *each["aliases"])] == [
        *(purl for _, purl in many),
        OLD,
    ]
