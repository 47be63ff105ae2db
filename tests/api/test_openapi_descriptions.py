"""The description of the API leaves no field unexplained, and its examples are valid."""

import asyncio
import contextlib
import re

import jsonschema_rs
from test_wording import faults_in

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.database.store import open_store
from lifecycle.server import openapi_schemas
from lifecycle.server.field_descriptions import field_texts


def read_description():
    """Make the description, which needs no store."""
    with contextlib.closing(asyncio.new_event_loop()):
        unused = open_store("sqlite:///unused")
        application = create_app(settings.load({}, database_url="unused"), unused).litestar
    return openapi_schemas.described(application, application.openapi_schema.to_schema())


DESCRIPTION = read_description()
SCHEMAS = DESCRIPTION["components"]["schemas"]
FIELDS = [
    (schema, field)
    for schema, component in SCHEMAS.items()
    for field in component.get("properties", {})
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
