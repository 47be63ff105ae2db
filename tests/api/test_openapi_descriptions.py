"""The description of the API leaves no field unexplained, and its examples are valid."""

import re

import jsonschema_rs
from test_wording import faults_in

from lifecycle.manual.contents import list_topics
from lifecycle.manual.problem_kinds import problem_kinds
from lifecycle.server.field_descriptions import field_texts
from lifecycle.server.operation_descriptions import keys_of, parameter_texts
from testkit.described_api import description

DESCRIPTION = description()
SCHEMAS = DESCRIPTION["components"]["schemas"]
FIELDS = [
    (schema, field)
    for schema, component in SCHEMAS.items()
    for field in component.get("properties", {})
]
OPERATIONS = [
    (f"{method.upper()} {path}", path, operation)
    for path, item in DESCRIPTION["paths"].items()
    for method, operation in item.items()
]
PARAMETERS = [
    (path, parameter) for _, path, said in OPERATIONS for parameter in said.get("parameters", ())
]
SENTENCE = re.compile(r"[A-Z`].*[.]", re.DOTALL)


def refers_to_fields(schema):
    """Say whether a schema holds others with fields, which have examples themselves."""
    if isinstance(schema, dict):
        named = schema.get("$ref", "").removeprefix("#/components/schemas/")
        has_fields = bool(named) and "properties" in SCHEMAS[named]
        return has_fields or any(map(refers_to_fields, schema.values()))
    return isinstance(schema, list) and any(map(refers_to_fields, schema))


def faults_of(schema, field):
    """Yield what is missing in what is said of a field."""
    content = SCHEMAS[schema]["properties"][field]
    described = content.get("description", "")
    if not SENTENCE.fullmatch(described):
        yield "is not described by a sentence"
    yield from faults_in(described)
    if "examples" not in content and not refers_to_fields(content):
        yield "has no example"


def test_every_field_is_described():
    """What is missing goes into lifecycle/server/openapi_fields.yaml."""
    faults = [
        f"{schema}.{field} {fault}"
        for schema, field in FIELDS
        for fault in faults_of(schema, field)
    ]

    assert not faults, "\n".join(faults)


def test_a_field_of_which_nothing_is_said_would_be_found(monkeypatch):
    content = SCHEMAS["VersionTierOut"]["properties"]["supported_until"]
    monkeypatch.delitem(content, "description")
    monkeypatch.delitem(content, "examples")

    assert len(list(faults_of("VersionTierOut", "supported_until"))) == 2


def invalid_examples():
    """Yield the examples that their fields' schemas do not allow, all checked at once."""
    schemas = {
        f"{schema}.{field}": SCHEMAS[schema]["properties"][field] for schema, field in FIELDS
    }
    examples = {name: schema.get("examples", ()) for name, schema in schemas.items()}
    lists = {name: {"type": "array", "items": schema} for name, schema in schemas.items()}
    whole = {"properties": lists, "components": {"schemas": SCHEMAS}}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    for error in validator.iter_errors({name: list(given) for name, given in examples.items()}):
        yield f"{error.instance_path}: {error.message}"


def test_every_example_is_valid_for_its_field():
    assert list(invalid_examples()) == []


def test_an_example_that_is_not_valid_would_be_found(monkeypatch):
    content = SCHEMAS["VersionTierOut"]["properties"]["supported_until"]
    monkeypatch.setitem(content, "examples", ["2027-02-30"])

    assert len(list(invalid_examples())) == 1


def test_every_entry_of_the_table_is_used_and_none_repeats_another():
    used = {
        f"{schema}.{field}" if f"{schema}.{field}" in field_texts() else field
        for schema, field in FIELDS
    }
    general = {name: text for name, text in field_texts().items() if "." not in name}
    repeated = [
        name
        for name, text in field_texts().items()
        if "." in name and general.get(name.partition(".")[2]) == text
    ]

    assert field_texts().keys() - used == set()
    assert repeated == []


def test_every_operation_has_a_summary_in_words_and_a_description():
    summaries = [operation["summary"] for _, _, operation in OPERATIONS]
    wordless = [
        f"{label}: {operation['summary']!r}"
        for label, _, operation in OPERATIONS
        if not re.fullmatch(r"[A-Z][a-z]+ [a-zA-Z' ]{3,45}", operation["summary"])
        or faults_in(operation["summary"])
    ]

    assert wordless == []
    assert sorted(set(summaries)) == sorted(summaries), "two are called the same"
    assert [
        label for label, _, said in OPERATIONS if not SENTENCE.search(said["description"])
    ] == []


def test_every_parameter_is_described_and_has_a_valid_example():
    faults = []
    for path, parameter in PARAMETERS:
        schema = parameter["schema"]
        examples = [*schema.get("examples", ()), *filter(None, [parameter.get("example")])]
        valid = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid
        if not SENTENCE.fullmatch(parameter.get("description", "")):
            faults.append(f"{path} {parameter['name']} is not described by a sentence")
        if len(examples) != 1 or not valid(examples[0]):
            faults.append(f"{path} {parameter['name']} has no valid example: {examples}")

    assert not faults, "\n".join(faults)


def test_every_entry_of_the_table_of_parameters_is_used():
    used = {
        next(key for key in keys_of(path, parameter) if key in parameter_texts())
        for path, parameter in PARAMETERS
    }

    assert parameter_texts().keys() - used == set()


def test_every_refusal_leads_to_the_pages_of_its_kinds():
    described = description("/below")["components"]["responses"]
    paths = re.findall(
        r"\]\(([^)]*)\)", "".join(said["description"] for said in described.values())
    )

    assert all(said["description"].count("](") for said in described.values())
    pages = {f"/below/problems/{kind}" for kind in problem_kinds()}
    pages |= {f"/below/manual/{topic.name}" for topic in list_topics()}
    assert {path.partition("#")[0] for path in paths} <= pages


def test_every_refusal_of_an_operation_is_one_of_those():
    refusals = DESCRIPTION["components"]["responses"]
    referred = {
        response["$ref"].rpartition("/")[2]
        for _, _, operation in OPERATIONS
        for status, response in operation["responses"].items()
        if status >= "4" and "$ref" in response
    }
    own = {
        (label, status)
        for label, _, operation in OPERATIONS
        for status, response in operation["responses"].items()
        if status >= "4" and "$ref" not in response
    }

    assert referred == refusals.keys()
    assert own == {
        ("POST /ofrep/v1/evaluate/flags", "400"),
        ("POST /ofrep/v1/evaluate/flags/{flag}", "400"),
        ("POST /ofrep/v1/evaluate/flags/{flag}", "404"),
    }


def test_every_group_of_operations_leads_to_its_topic_of_the_manual():
    groups = {group["name"]: group["externalDocs"]["url"] for group in DESCRIPTION["tags"]}

    assert groups.keys() == {tag for _, _, operation in OPERATIONS for tag in operation["tags"]}
    assert set(groups.values()) <= {f"/manual/{topic.name}" for topic in list_topics()}


def headers_of(operation):
    """Give the names of an operation's headers, of what it answers and of shared refusals."""
    for answer in operation["responses"].values():
        name = answer.get("$ref", "").rpartition("/")[2]
        shared = DESCRIPTION["components"]["responses"][name] if name else answer
        yield from shared.get("headers", {})


def test_headers_are_described_and_stand_with_the_answers_that_have_them():
    described = DESCRIPTION["components"]["headers"]
    by_operation = {label: set(headers_of(operation)) for label, _, operation in OPERATIONS}
    version = by_operation["GET /v1/products/{product}/versions/{version}"]

    assert set().union(*by_operation.values()) == described.keys()
    assert {"Deprecation", "Sunset", "Link", "ETag", "Cache-Control"} <= version
    assert "Location" in by_operation["POST /v1/deprecations"]
    assert "Location" not in by_operation["GET /v1/deprecations"]
    assert all("WWW-Authenticate" in names for names in by_operation.values())
    for header in described.values():
        assert SENTENCE.fullmatch(header["description"])
        assert list(faults_in(header["description"])) == []
