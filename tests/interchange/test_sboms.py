import json

import pytest
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component as Part
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.sboms import Component, is_sbom, read_sbom

WEB = PackageURL("npm", "@acme", "web", "1.2.3")
CACHE = PackageURL("deb", "debian", "cache", "1:2.0-1", {"arch": "amd64"})
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {
            "name": "web",
            "versionInfo": "1.2.3",
            "externalRefs": [
                {"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:acme:web"},
                {"referenceType": "purl", "referenceLocator": WEB.to_string()},
            ],
        },
        {"name": "notes", "versionInfo": "NOASSERTION"},
    ],
}
SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "specVersion": "3.0.1"},
        {
            "type": "software_Package",
            "name": "web",
            "software_packageVersion": "1.2.3",
            "software_packageUrl": WEB.to_string(),
        },
        {
            "type": "software_Package",
            "name": "cache",
            "externalIdentifier": [
                {"externalIdentifierType": "packageUrl", "identifier": CACHE.to_string()}
            ],
        },
    ],
}


@pytest.fixture
def bom():
    """A bill of a web server that holds a cache, which holds another copy of the server."""
    inner = Part(name="web", version="1.2.3", purl=WEB, bom_ref="inner")
    cache = Part(name="cache", version="2.0", purl=CACHE, components=[inner], bom_ref="cache")
    notes = Part(name="notes", bom_ref="notes")
    shop = Part(name="shop", version="7", bom_ref="shop")
    bill = Bom(components=[cache, notes], metadata=BomMetaData(component=shop))
    bill.register_dependency(shop, [cache, notes])
    return bill


def written(bom, form, version):
    return make_outputter(bom, form, version).output_as_string().encode()


FORMS = [
    (form, version)
    for form in OutputFormat
    for version in SchemaVersion
    if not (form is OutputFormat.JSON and version in {SchemaVersion.V1_0, SchemaVersion.V1_1})
    and version is not SchemaVersion.V1_0
]


@pytest.mark.parametrize(("form", "version"), FORMS)
def test_cyclonedx_is_read_with_what_is_nested(bom, form, version):
    text = written(bom, form, version)

    sbom = read_sbom(text, file="bom")

    assert is_sbom(text)
    assert sbom.form == "CycloneDX"
    described = (
        [] if version is SchemaVersion.V1_1 else [Component("shop", "7", None)]
    )  # 1.1 says nothing about what is described
    assert set(sbom.components) == {
        *described,
        Component("cache", "2.0", CACHE.to_string()),
        Component("web", "1.2.3", WEB.to_string()),
        Component("notes"),
    }


@pytest.mark.parametrize("version", [SchemaVersion.V1_4, SchemaVersion.V1_6])
def test_what_is_read_is_what_cyclonedx_s_own_library_reads(bom, version):
    text = written(bom, OutputFormat.JSON, version)

    read = Bom.from_json(json.loads(text))

    expected, waiting = set(), [read.metadata.component, *read.components]
    while waiting:
        part = waiting.pop()
        waiting += part.components
        purl = part.purl.to_string() if part.purl else None
        expected.add(Component(part.name, part.version, purl))
    assert set(read_sbom(text, file="bom").components) == expected


@pytest.mark.parametrize(
    ("document", "form"),
    [(SPDX, "SPDX"), (SPDX_3, "SPDX 3")],
)
def test_spdx_is_read_as_json(document, form):
    text = json.dumps(document).encode()

    sbom = read_sbom(text, file="sbom.json")

    assert (is_sbom(text), sbom.form) == (True, form)
    assert sbom.components[0] == Component("web", "1.2.3", WEB.to_string())
    assert len(sbom.components) == 2


def test_what_nobody_asks_for_may_be_wrong():
    odd = {"name": "web", "purl": WEB.to_string(), "hashes": [{"alg": "NEW"}], "type": "robot"}
    text = json.dumps({"bomFormat": "CycloneDX", "specVersion": "9", "components": [odd]}).encode()

    assert read_sbom(text, file="bom").components[0].purl == WEB.to_string()


def test_what_is_no_text_for_a_version_is_left_out():
    parts = [{"name": "a", "version": "1\x1b[2J", "purl": "pkg:npm/a"}, {"name": "b" * 500}]
    text = json.dumps({"bomFormat": "CycloneDX", "components": parts}).encode()

    assert read_sbom(text, file="bom").components == (
        Component("a", None, "pkg:npm/a"),
        Component("", None, None),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"{}", "is no SBOM that is read here"),
        (b'{"bomFormat": "CycloneDX", "components": [{"name": "a"', "cut short"),
        (b'{"bomFormat": "CycloneDX", "components": {}}', "cannot be read as an SBOM"),
        (b'{"bomFormat": "CycloneDX", "components": [{"version": 3}]}', "components[0].version"),
        (b'{"bomFormat": "\xff"}', "write"),
        (b"[" * 100_000, "SBOM"),
        (b'{"bomFormat":"CycloneDX","components":' + b'[{"components":' * 9000, "SBOM"),
        (b"<bom xmlns='http://cyclonedx.org/schema/bom/1.6'><components>", "cut short"),
        (b"<html><body>Sign in</body></html>", "no CycloneDX"),
        (b"<!DOCTYPE bom [<!ENTITY a 'a'>]><bom>&a;</bom>", "DTD"),
        (b"SPDXVersion: SPDX-2.3\nPackageName: web\n", "write it as JSON"),
        (b"\x00\x01\x02", "SBOM"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence_with_its_file(text, words):
    with pytest.raises(UnreadableDocument) as refused:
        read_sbom(text, file="bom.json")

    assert refused.value.detail.startswith("bom.json ")
    assert words in refused.value.detail


@pytest.mark.parametrize("text", [b"- product: web\n", b'[{"product": "web"}]', b"", b'{"a": 1}'])
def test_a_list_is_no_sbom(text):
    assert not is_sbom(text)


def test_an_sbom_cut_short_is_still_taken_for_one():
    assert is_sbom(json.dumps(SPDX).encode()[:100])
