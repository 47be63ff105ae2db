"""SBOMs that the formats' own libraries write and judge: CycloneDX' and SPDX'."""

import contextlib
import io
import json
from datetime import date, datetime

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as Part
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    Package,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx3.bump_from_spdx2.spdx_document import bump_spdx_document
from spdx_tools.spdx3.writer.json_ld.json_ld_writer import write_payload

from lifecycle.interchange.enriched_cyclonedx import FIRST_WITH_PROPERTIES, Milestones, enrich
from lifecycle.interchange.sboms import Component, read_sbom
from testkit.cyclonedx_validity import cyclonedx_faults

WEB, CACHE = "pkg:npm/%40acme/web@1.2.3", "pkg:deb/debian/cache@1:2.0-1?arch=amd64"
KNOWN = Milestones(date(2026, 8, 1), date(2027, 1, 13), date(2027, 6, 30))
CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 -- the library takes no zone
COMPONENTS = (
    Component("web", "1.2.3", (WEB,)),
    Component("cache", "1:2.0-1", (CACHE,)),
    Component("notes"),
)


@pytest.mark.parametrize(
    "version",
    [each for each in SchemaVersion if each.value >= FIRST_WITH_PROPERTIES],
    ids=lambda version: version.to_version(),
)
def test_what_cyclonedx_library_writes_is_valid_enriched_and_it_reads_the_milestones(version):
    bill = Bom(components=[Part(name=name, version=v, purl=purl_of(p)) for name, v, p in parts()])
    text = make_outputter(bill, OutputFormat.JSON, version).output_as_string().encode()
    milestones = dict.fromkeys(read_sbom(text, file="bill.json").components, KNOWN)

    enriched = enrich(text, milestones, file="bill.json")

    assert cyclonedx_faults(enriched.decode(), version.to_version()) is None
    for component in Bom.from_json(json.loads(enriched)).components:
        assert {each.name: each.value for each in component.properties} == KNOWN.properties


def parts():
    return [(each.name, each.version, next(iter(each.purls), None)) for each in COMPONENTS]


def purl_of(text):
    return PackageURL.from_string(text) if text else None


@pytest.fixture(params=["SPDX-2.2", "SPDX-2.3"])
def document(request):
    """Write a document with SPDX' library, which finds no fault in it."""
    creators = [Actor(ActorType.ORGANIZATION, "Acme")]
    written = Document(
        CreationInfo(
            request.param, "SPDXRef-DOCUMENT", "bill", "https://acme.example/", creators, CREATED
        ),
        packages=[package(*part) for part in parts()],
        relationships=[Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-web")],
    )
    assert validate_full_spdx_document(written) == []
    return written


def package(name, version, purl):
    kind = ExternalPackageRefCategory.PACKAGE_MANAGER
    return Package(
        f"SPDXRef-{name}",
        name,
        SpdxNoAssertion(),
        version=version,
        license_concluded=SpdxNoAssertion(),
        license_declared=SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
        external_references=[ExternalPackageRef(kind, "purl", purl)] if purl else [],
    )


def test_what_spdx_library_writes_is_read(document):
    text = json.dumps(DocumentConverter().convert(document)).encode()

    sbom = read_sbom(text, file="bill.json")

    assert (sbom.form, sbom.components) == ("SPDX", COMPONENTS)


def test_what_spdx_library_makes_of_it_in_version_3_is_read(document, tmp_path):
    with contextlib.redirect_stderr(io.StringIO()):  # it tells what its version 3 lacks
        write_payload(bump_spdx_document(document), str(tmp_path / "bill"))

    sbom = read_sbom((tmp_path / "bill.jsonld").read_bytes(), file="bill.jsonld")

    assert (sbom.form, sbom.components) == ("SPDX 3", COMPONENTS)
