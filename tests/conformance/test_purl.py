"""The official tests and definitions of package URLs, with each difference explained."""

import json

import pytest
from packageurl import PackageURL

from lifecycle.catalogue.package_types import TYPES, Presence, rules_of
from lifecycle.catalogue.package_urls import canonical, read_purl, type_faults

PARTS = ("type", "namespace", "name", "version", "qualifiers", "subpath")

# Keys of qualifiers in upper case: the tests of gem and rpm want them refused, those of maven want
# them taken in lower case. They are taken: what tools write is better read than passed over.
UPPER_CASE_KEYS = [
    "pkg:gem/jruby-launcher@1.1.2?Platform=java",
    "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25",
]

# Tools write pkg:golang/stdlib.
OTHER_NAMESPACE = {"golang": Presence.OPTIONAL}

# By its definition, case counts; by the tests, it does not.
LOWERED_ALL_THE_SAME = {("git", "namespace"), ("git", "name")}


@pytest.fixture(scope="module")
def cases(standards):
    folder = standards / "purl" / "tests"
    files = [folder / "spec" / "specification-test.json", *sorted(folder.glob("types/*.json"))]
    found = [case for file in files for case in json.loads(file.read_text("utf-8"))["tests"]]
    assert len(found) > 500
    return found


@pytest.fixture(scope="module")
def definitions(standards):
    folder = standards / "purl" / "types"
    found = {}
    for file in folder.glob("*-definition.json"):
        definition = json.loads(file.read_text("utf-8"))
        found[definition["type"]] = definition
    assert len(found) > 40
    return found


def parts(purl):
    return {name: getattr(purl, name) or None for name in PARTS}


def built(given):
    """Build a package URL of its parts; None where they cannot be any's."""
    members = {name: given.get(name) for name in PARTS}
    try:
        PackageURL(**members)
    except ValueError:
        return None
    return canonical(PackageURL(**members, normalize_purl=False))


def test_every_package_url_is_read_or_refused_as_the_specification_says(cases):
    for case in cases:
        given = case["input"]
        purl = built(given) if case["test_type"] == "build" else read_purl(given)
        faults = ["is none"] if purl is None else list(type_faults(purl))
        if not case["expected_failure"]:
            wanted = case["expected_output"]
            # Nothing here writes package URLs out: two texts agree where their parts do.
            wanted = wanted if case["test_type"] == "parse" else parts(read_purl(wanted))
            assert (parts(purl), faults) == (wanted, []), case["description"]
        elif given in UPPER_CASE_KEYS:
            assert faults == []
        else:
            assert faults, given


def test_every_type_has_the_rules_of_its_definition(definitions):
    # generic has no rules; gitlab is known to tools, and not defined.
    assert definitions.keys() - {"generic"} == TYPES.keys() - {"gitlab"}
    for kind, definition in definitions.items():
        rules = rules_of(kind)
        namespace = definition["namespace_definition"].get("requirement")
        assert rules.namespace == OTHER_NAMESPACE.get(kind, namespace), kind
        for part in ("namespace", "name", "version"):
            caseless = not definition.get(f"{part}_definition", {}).get("case_sensitive", True)
            lowered = part in rules.lower
            assert lowered == (caseless or (kind, part) in LOWERED_ALL_THE_SAME), (kind, part)
        repository = (definition.get("repository") or {}).get("default_repository_url")
        if repository:
            assert rules.repository == repository.rstrip("/"), kind
        for qualifier in definition.get("qualifiers_definition") or ():
            key, default = qualifier["key"], qualifier.get("default_value")
            assert (key in rules.required) == (qualifier.get("requirement") == "required")
            if default and key != "repository_url":
                assert rules.defaults[key] == default
