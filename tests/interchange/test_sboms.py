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
        [] if version is SchemaVersion.V1_1 else [Component("shop", "7", is_subject=True)]
    )  # 1.1 says nothing about what is described
    assert set(sbom.components) == {
        *described,
        Component("cache", "2.0", (CACHE.to_string(),)),
        Component("web", "1.2.3", (WEB.to_string(),)),
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
        purls = (part.purl.to_string(),) if part.purl else ()
        is_subject = part is read.metadata.component
        expected.add(Component(part.name, part.version, purls, is_subject=is_subject))
    assert set(read_sbom(text, file="bom").components) == expected


@pytest.mark.parametrize(
    ("document", "form"),
    [(SPDX, "SPDX"), (SPDX_3, "SPDX 3")],
)
def test_spdx_is_read_as_json(document, form):
    text = json.dumps(document).encode()

    sbom = read_sbom(text, file="sbom.json")

    assert (is_sbom(text), sbom.form) == (True, form)
    assert sbom.components[0] == Component("web", "1.2.3", (WEB.to_string(),))
    assert len(sbom.components) == 2


def test_what_nobody_asks_for_may_be_wrong():
    odd = {"name": "web", "purl": WEB.to_string(), "hashes": [{"alg": "NEW"}], "type": "robot"}
    text = json.dumps({"bomFormat": "CycloneDX", "specVersion": "9", "components": [odd]}).encode()

    assert read_sbom(text, file="bom").components == (Component("web", None, (WEB.to_string(),)),)


WHOLE = {"name": "whole", "version": "1.0", "purl": "pkg:npm/whole"}


def cyclonedx(*parts):
    return json.dumps({"bomFormat": "CycloneDX", "components": [*parts, WHOLE]}).encode()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            {"name": "web", "version": 3, "purl": "pkg:npm/web"},
            Component("web", None, ("pkg:npm/web",), "components[0].version is a number, not text"),
        ),
        (
            {"name": "web", "purl": ["pkg:npm/web"]},
            Component("web", None, ("pkg:npm/web",), "components[0].purl is a list, not text"),
        ),
        (
            {"name": {"a": 1}},
            Component("{'a': 1}", fault="components[0].name is a mapping, not text"),
        ),
        ("web", Component("web", fault="components[0] is text, not a mapping")),
        (None, Component("", fault="components[0] is null, not a mapping")),
        (
            {"name": "web", "version": "1\x1b[2J", "purl": "pkg:npm/web"},
            Component(
                "web",
                None,
                ("pkg:npm/web",),
                "components[0].version holds the control character U+001B",
            ),
        ),
        (
            {"name": "web", "purl": "pkg:npm/" + "w" * 2000},
            Component(
                "web",
                purls=("pkg:npm/" + "w" * 1992,),
                fault="components[0].purl has 2,008 characters; at most 2,000 are read",
            ),
        ),
        (
            {"name": "web", "components": {"name": "inner"}},
            Component("web", fault="components[0].components is a mapping, not a list"),
        ),
    ],
)
def test_an_odd_element_costs_that_element_alone_and_is_named(part, expected):
    read = read_sbom(cyclonedx(part), file="bom").components

    assert expected in read
    assert read[-1] == Component("whole", "1.0", ("pkg:npm/whole",))


def test_what_stands_within_an_odd_element_is_read():
    odd = {"name": "web", "version": 3, "components": [{"name": "inner", "version": "1"}]}

    assert Component("inner", "1") in read_sbom(cyclonedx(odd), file="bom").components


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "web", "versionInfo": 3},
        {"name": "web", "externalRefs": [{"referenceType": "purl", "referenceLocator": None}]},
        {"name": "web", "externalRefs": "pkg:npm/web"},
        "web",
    ],
)
def test_an_odd_package_of_spdx_costs_that_package_alone(odd):
    document = SPDX | {"packages": [odd, *SPDX["packages"]]}

    first, *rest = read_sbom(json.dumps(document).encode(), file="sbom").components

    assert (first.name, first.fault is not None) == ("web", True)
    assert rest[0] == Component("web", "1.2.3", (WEB.to_string(),))


def test_a_group_belongs_to_the_name():
    read = read_sbom(cyclonedx({"group": "@acme", "name": "web"}), file="bom").components

    assert read[0].name == "@acme/web"


@pytest.mark.parametrize(
    "kind", ["purl", "http://spdx.org/rdf/references/purl", "https://spdx.org/rdf/references/purl"]
)
def test_every_package_url_of_an_spdx_package_is_read_however_its_type_is_written(kind):
    others = [PackageURL("generic", None, "web", "1.2.3"), WEB]
    references = [
        {"referenceType": kind, "referenceLocator": other.to_string()} for other in others
    ]
    package = {"name": "web", "versionInfo": "1.2.3", "externalRefs": references}

    read = read_sbom(json.dumps(SPDX | {"packages": [package]}).encode(), file="sbom").components

    assert read[0].purls == tuple(other.to_string() for other in others)


@pytest.mark.parametrize("document", [SPDX, SPDX_3])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda each: {"sbom": each},
        lambda each: {"_type": "https://in-toto.io/Statement/v1", "predicate": each},
        lambda each: {"predicate": {"sbom": each}},
    ],
)
def test_what_wraps_a_bill_is_taken_off(document, wrap):
    plain, text = json.dumps(document).encode(), json.dumps(wrap(document)).encode()

    assert is_sbom(text)
    assert read_sbom(text, file="a") == read_sbom(plain, file="a")


def spdx_3(*elements, **more):
    document = {"@context": SPDX_3["@context"], "@graph": elements} | more
    return read_sbom(json.dumps(document).encode(), file="sbom").components


PACKAGE = {"type": "software_Package", "name": "web", "software_packageUrl": "pkg:npm/web"}
READ = Component("web", None, ("pkg:npm/web",))


@pytest.mark.parametrize(
    "kind", ["software_Package", "ai_AIPackage", "dataset_DatasetPackage", "acme_Package"]
)
def test_every_kind_of_package_of_spdx_3_is_one(kind):
    assert spdx_3(PACKAGE | {"type": kind}) == (READ,)


def test_an_spdx_3_document_may_be_one_element():
    root = {"@context": SPDX_3["@context"]}

    alone = json.dumps(root | PACKAGE).encode()
    within = json.dumps(root | {"type": "SpdxDocument", "rootElement": [PACKAGE]}).encode()

    assert read_sbom(alone, file="a").components == (READ,)
    assert read_sbom(within, file="a").components == (READ,)


def test_what_an_spdx_3_element_refers_to_by_its_id_is_read():
    identifier = {"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/web"}
    element = {"type": "software_Package", "name": "web", "externalIdentifier": ["_:1"]}

    assert spdx_3(element, {"@id": "_:1", **identifier}) == (READ,)


def test_all_package_urls_of_an_spdx_3_package_are_read():
    identifier = {"externalIdentifierType": "packageUrl", "identifier": "pkg:generic/web"}

    (read,) = spdx_3(PACKAGE | {"externalIdentifier": [identifier]})

    assert read.purls == ("pkg:npm/web", "pkg:generic/web")


def test_an_odd_element_of_spdx_3_costs_that_element_alone():
    read = spdx_3(PACKAGE | {"software_packageVersion": 3}, "pkg:npm/cache", PACKAGE)

    assert set(read) == {
        Component("pkg:npm/cache", fault="@graph[1] is text, not a mapping"),
        Component("web", None, ("pkg:npm/web",), "@graph[0].version is a number, not text"),
        READ,
    }


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("form", OutputFormat)
def test_utf_16_with_its_mark_is_read(bom, form, encoding):
    plain = written(bom, form, SchemaVersion.V1_6)
    text = ("\ufeff" + plain.decode()).encode(encoding)

    assert is_sbom(text)
    assert read_sbom(text, file="bom") == read_sbom(plain, file="bom")


def test_an_sbom_that_nests_without_end_is_refused():
    text = (
        b'{"bomFormat":"CycloneDX","components":' + b'[{"components":' * 150 + b"[]" + b"}]" * 150
    )

    with pytest.raises(UnreadableDocument, match="nested too deeply"):
        read_sbom(text + b"}", file="bom")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"{}", "is not a supported SBOM"),
        (b'{"bomFormat": "CycloneDX", "components": [{"name": "a"', "cut short"),
        (b'{"bomFormat": "CycloneDX", "components": {}}', "components is a mapping, not a list"),
        (b'{"bomFormat": "CycloneDX", "components": [}', "not valid JSON at line 1, column 43"),
        (b'{"bomFormat": "CycloneDX", "components": []}}', "not valid JSON at line 1, column 45"),
        (b'{"bomFormat": "\xff"}', "not UTF-8 text"),
        (b"\xff\xfe{\x00\x00\xd8", "not UTF-16 text"),
        (b"[" * 100_000, "SBOM"),
        (b'{"bomFormat":"CycloneDX","components":' + b'[{"components":' * 9000, "SBOM"),
        (b"<bom xmlns='http://cyclonedx.org/schema/bom/1.6'><components>", "cut short"),
        (b"<html><body>Sign in</body></html>", "not CycloneDX"),
        (b"<bom><a></b></bom>", "not well-formed XML at line 1"),
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
    assert ("cut short" in refused.value.detail) == ("cut short" in words)


@pytest.mark.parametrize("text", [b"- product: web\n", b'[{"product": "web"}]', b"", b'{"a": 1}'])
def test_a_list_is_no_sbom(text):
    assert not is_sbom(text)


def test_an_sbom_cut_short_is_still_taken_for_one():
    assert is_sbom(json.dumps(SPDX).encode()[:100])
