"""Each kind of change to an API's description is judged as the manual's table says."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date

import pytest

from lifecycle.gate.derivation import openapi
from lifecycle.manual import contents

DAY = date(2027, 3, 1)
BREAK, NOTE, NOTHING, UNSURE = "break", "note", "nothing", "not compared"
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def described(*, sent=None, given=None, version="3.1.0", document=None, shared=None, **operation):
    """Describe an API of one operation by the schema of its body and of its answer."""
    body, answer = {"content": {}}, {"content": {}}
    if sent is not None:
        body["content"]["application/json"] = {"schema": sent}
    if given is not None:
        answer["content"]["application/json"] = {"schema": given}
    stated = {"requestBody": body, "responses": {"200": answer}} | operation
    paths = {"/a/{id}": {"post": stated} | (shared or {})}
    return {"openapi": version, "paths": paths} | (document or {})


@pytest.fixture
def judge(tmp_path):
    def judge(old, new):
        files = tmp_path / "old.json", tmp_path / "new.json"
        for file, each in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(each))
        derived = openapi.derive(*files, day=DAY)
        for verdict, keys in ((BREAK, derived.breaks), (UNSURE, derived.uncompared)):
            if keys:
                return verdict
        return NOTE if derived.notes else NOTHING

    return judge


def with_properties(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties}


TAGGED = [with_properties(["k"], k={"const": tag}) for tag in (1, 2, 3)]
KINDS = {
    "type": [
        (STRING, INTEGER, BREAK, BREAK),
        (INTEGER, {"type": "number"}, NOTHING, BREAK),
        (INTEGER, {"type": ["integer", "string"]}, NOTHING, BREAK),
        (STRING, {}, NOTHING, BREAK),
        ({"enum": ["a"]}, {"type": "string", "enum": ["a"]}, NOTHING, NOTHING),
    ],
    "format": [
        (STRING, STRING | {"format": "date"}, BREAK, NOTHING),
        (STRING | {"format": "date"}, STRING | {"format": "uuid"}, BREAK, BREAK),
        (INTEGER | {"format": "int32"}, INTEGER | {"format": "int64"}, NOTHING, BREAK),
        (STRING, STRING | {"format": "password"}, NOTHING, NOTHING),
    ],
    "enum": [
        (STRING | {"enum": ["a"]}, STRING | {"enum": ["a", "b"]}, NOTHING, NOTE),
        (STRING | {"enum": ["a"]}, STRING, NOTHING, NOTE),
        (STRING | {"enum": ["a", "b"]}, STRING | {"enum": ["b", "a"]}, NOTHING, NOTHING),
        (STRING | {"x-extensible-enum": ["a", "b"]}, STRING | {"x-extensible-enum": ["a"]},
         BREAK, NOTHING),
    ],
    "const": [
        ({"const": "a"}, {"const": "b"}, BREAK, BREAK),
        ({"const": "a"}, STRING, NOTHING, BREAK),
        ({"const": 1}, {"const": True}, BREAK, BREAK),
    ],
    "limits": [
        (STRING | {"maxLength": 5}, STRING | {"maxLength": 9}, NOTHING, BREAK),
        (STRING | {"minLength": 5}, STRING | {"minLength": 2}, NOTHING, BREAK),
        (STRING, STRING | {"minLength": 0}, NOTHING, NOTHING),
        (STRING, STRING | {"maximum": 3}, NOTHING, NOTHING),
        (INTEGER | {"minimum": 5}, INTEGER | {"minimum": 2}, NOTHING, BREAK),
        (INTEGER | {"exclusiveMaximum": 5}, INTEGER | {"maximum": 5}, NOTHING, BREAK),
        (INTEGER | {"maximum": 5, "exclusiveMaximum": True}, INTEGER | {"exclusiveMaximum": 5},
         NOTHING, NOTHING),
        (INTEGER | {"multipleOf": 4}, INTEGER | {"multipleOf": 2}, NOTHING, BREAK),
        (INTEGER | {"multipleOf": 4}, INTEGER | {"multipleOf": 3}, BREAK, BREAK),
        ({"type": "array", "uniqueItems": True}, {"type": "array"}, NOTHING, BREAK),
        ({"type": "array", "maxItems": 1}, {"type": "array", "maxItems": 2}, NOTHING, BREAK),
        (with_properties() | {"minProperties": 1}, with_properties(), NOTHING, BREAK),
    ],
    "pattern": [
        (STRING, STRING | {"pattern": "^a"}, BREAK, NOTHING),
        (STRING | {"pattern": "^a"}, STRING | {"pattern": "^b"}, UNSURE, UNSURE),
        (STRING | {"pattern": "^a"}, STRING | {"pattern": ".*"}, NOTHING, BREAK),
    ],
    "null": [
        (STRING, STRING | {"nullable": True}, NOTHING, BREAK),
        (STRING | {"nullable": True}, {"type": ["string", "null"]}, NOTHING, NOTHING),
        (STRING | {"nullable": True}, {"oneOf": [STRING, {"type": "null"}]}, NOTHING, NOTHING),
        (STRING | {"enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]},
         NOTHING, BREAK),
    ],
    "items": [
        ({"type": "array", "items": STRING}, {"type": "array", "items": INTEGER}, BREAK, BREAK),
        ({"type": "array", "items": INTEGER}, {"type": "array", "items": {"type": "number"}},
         NOTHING, BREAK),
    ],
    "prefixItems": [
        ({"type": "array", "prefixItems": [STRING], "items": False},
         {"type": "array", "prefixItems": [STRING, INTEGER], "items": False}, NOTHING, BREAK),
        ({"type": "array", "prefixItems": [STRING, INTEGER]},
         {"type": "array", "prefixItems": [INTEGER, STRING]}, BREAK, BREAK),
    ],
    "contains": [
        ({"type": "array"}, {"type": "array", "contains": STRING}, BREAK, NOTHING),
        ({"type": "array", "contains": STRING, "minContains": 2},
         {"type": "array", "contains": STRING}, NOTHING, BREAK),
    ],
    "properties": [
        (with_properties(a=STRING), with_properties(a=STRING, b=INTEGER), NOTHING, NOTHING),
        (with_properties(a=STRING, b=STRING), with_properties(a=STRING), NOTE, NOTE),
        (with_properties(["a"], a=STRING, b=STRING), with_properties(b=STRING), NOTE, BREAK),
        (with_properties(a=STRING, b=STRING),
         with_properties(a=STRING) | {"additionalProperties": False}, BREAK, NOTE),
        (with_properties(a=with_properties(b=STRING)),
         with_properties(a=with_properties(b=INTEGER)), BREAK, BREAK),
    ],
    "required": [
        (with_properties(a=STRING), with_properties(["a"], a=STRING), BREAK, NOTHING),
        (with_properties(a=STRING), with_properties(["b"], a=STRING, b=STRING), BREAK, NOTHING),
        ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}, BREAK, NOTHING),
    ],
    "additionalProperties": [
        ({"type": "object"}, {"type": "object", "additionalProperties": False}, BREAK, NOTHING),
        ({"type": "object", "additionalProperties": INTEGER},
         {"type": "object", "additionalProperties": STRING}, BREAK, BREAK),
        (with_properties(a=STRING), with_properties(a=STRING) | {"unevaluatedProperties": False},
         BREAK, NOTHING),
        ({"type": "object"}, {"type": "object", "patternProperties": {"^a": STRING}},
         BREAK, NOTHING),
        ({"type": "object"}, {"type": "object", "propertyNames": {"maxLength": 3}}, BREAK, NOTHING),
    ],
    "allOf": [
        (STRING, {"allOf": [STRING]}, NOTHING, NOTHING),
        ({"allOf": [STRING]}, {"allOf": [STRING, {"maxLength": 3}]}, BREAK, NOTHING),
        ({"allOf": [STRING]}, {"allOf": [STRING, {"description": "a"}]}, NOTHING, NOTHING),
    ],
    "oneOf and anyOf": [
        ({"oneOf": [STRING, INTEGER]}, {"oneOf": [STRING]}, BREAK, NOTHING),
        ({"oneOf": [INTEGER]}, {"oneOf": [INTEGER, {"type": "number"}]}, BREAK, BREAK),
        ({"anyOf": [STRING, INTEGER]}, {"anyOf": [INTEGER, STRING]}, NOTHING, NOTHING),
        ({"anyOf": [STRING]}, {"anyOf": [STRING, INTEGER]}, NOTHING, BREAK),
        ({"anyOf": [STRING, INTEGER]}, {"type": ["string", "integer"]}, NOTHING, NOTHING),
        ({"oneOf": [TAGGED[0], TAGGED[1]]}, {"oneOf": TAGGED}, NOTHING, BREAK),
        (STRING | {"enum": ["a", "b"]}, {"oneOf": [{"const": "a"}, {"const": "b"}]},
         NOTHING, NOTHING),
    ],
    "not": [
        (STRING, STRING | {"not": {"const": "a"}}, BREAK, NOTHING),
        (STRING | {"not": {"const": "a"}}, STRING | {"not": {"const": "b"}}, UNSURE, UNSURE),
    ],
    "if": [
        (STRING, STRING | {"if": {"maxLength": 3}, "then": {"pattern": "^a"}}, BREAK, NOTHING),
        (STRING | {"if": {"maxLength": 3}, "then": {"pattern": "^a"}},
         STRING | {"if": {"maxLength": 4}, "then": {"pattern": "^a"}}, UNSURE, UNSURE),
    ],
    "dependentSchemas": [
        ({"type": "object"}, {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}},
         BREAK, NOTHING),
    ],
    "content": [
        (STRING, STRING | {"contentEncoding": "base64"}, BREAK, NOTHING),
        (STRING | {"contentMediaType": "text/csv"}, STRING | {"contentMediaType": "text/html"},
         BREAK, BREAK),
        (STRING, STRING | {"contentSchema": INTEGER}, BREAK, NOTHING),
    ],
    "unknown keyword": [
        (STRING, STRING | {"shape": "round"}, UNSURE, UNSURE),
        (STRING | {"shape": "round"}, STRING | {"shape": "round"}, NOTHING, NOTHING),
        (STRING, STRING | {"$dynamicRef": "#node"}, UNSURE, UNSURE),
        ({"type": "file"}, {"type": "blob"}, UNSURE, UNSURE),
    ],
    "annotations": [
        (STRING, STRING | {"title": "A", "description": "a", "example": "b", "default": "c",
                           "examples": ["d"], "deprecated": True, "x-note": 1}, NOTHING, NOTHING),
    ],
    "readOnly and writeOnly": [
        (with_properties(a=STRING | {"readOnly": True}),
         with_properties(["a"], a=INTEGER | {"readOnly": True}), NOTHING, BREAK),
        (with_properties(["a"], a=STRING | {"writeOnly": True}),
         with_properties(a=STRING | {"writeOnly": True, "maxLength": 3}), BREAK, NOTHING),
        (with_properties(["a"], a=STRING), with_properties(["a"], a=STRING | {"readOnly": True}),
         NOTE, NOTHING),
    ],
}  # fmt: skip
"""Pairs by keyword: before and after, the verdict on a request and the one on an answer."""

SCHEMAS = [
    pytest.param(*pair, id=f"{kind} {number}")
    for kind, pairs in KINDS.items()
    for number, pair in enumerate(pairs)
]


@pytest.mark.parametrize(("old", "new", "sent", "given"), SCHEMAS)
def test_a_change_of_a_schema_is_judged_by_its_direction(judge, old, new, sent, given):
    assert judge(described(sent=old), described(sent=new)) == sent
    assert judge(described(given=old), described(given=new)) == given


@pytest.mark.parametrize(("old", "new", "sent", "given"), SCHEMAS)
def test_a_webhook_is_sent_by_the_vendor_so_its_body_is_an_answer(judge, old, new, sent, given):
    def calling(schema):
        webhooks = {"made": described(sent=schema)["paths"]["/a/{id}"]}
        return described(document={"webhooks": webhooks})

    assert judge(calling(old), calling(new)) == given


SUNSET = {"deprecated": True, "x-sunset": "2027-03-01"}
LATER = {"deprecated": True, "x-sunset": "2027-03-02"}
QUERY = {"in": "query", "name": "q", "schema": STRING}
LIST = {"type": "array", "items": STRING}
OPERATIONS = {
    "parameter": [
        ({"parameters": [QUERY]}, {"parameters": []}, NOTE),
        ({"parameters": [QUERY | SUNSET]}, {"parameters": []}, NOTE),
        ({"parameters": [QUERY | LATER]}, {"parameters": []}, BREAK),
        ({"parameters": [QUERY | LATER]}, {"parameters": [QUERY | SUNSET]}, BREAK),
        ({"parameters": [QUERY | LATER]}, {"parameters": [QUERY | {"deprecated": True}]}, BREAK),
        ({"parameters": []}, {"parameters": [QUERY]}, NOTHING),
        ({"parameters": []}, {"parameters": [QUERY | {"required": True}]}, BREAK),
        ({"parameters": [QUERY]}, {"parameters": [QUERY | {"required": True}]}, BREAK),
        ({"parameters": [QUERY]}, {"parameters": [QUERY | {"schema": INTEGER}]}, BREAK),
        ({"parameters": [QUERY | {"schema": INTEGER}]}, {"parameters": [QUERY]}, NOTHING),
        ({"parameters": [QUERY]}, {"shared": {"parameters": [QUERY]}}, NOTHING),
        ({"parameters": [QUERY]}, {"parameters": [QUERY | {"style": "form", "explode": False}]},
         NOTHING),
        ({"parameters": [QUERY | {"schema": LIST}]},
         {"parameters": [QUERY | {"schema": LIST, "explode": False}]}, BREAK),
    ],
    "header parameter": [
        ({"parameters": [QUERY | {"in": "header", "name": "X-Key"}]},
         {"parameters": [QUERY | {"in": "header", "name": "x-key"}]}, NOTHING),
        ({"parameters": []},
         {"parameters": [QUERY | {"in": "header", "name": "Accept", "required": True}]}, NOTHING),
    ],
    "body": [
        ({}, {"requestBody": {"required": True, "content": {}}}, BREAK),
        ({"requestBody": {"content": {"application/json": {}}}}, {"requestBody": None}, BREAK),
        ({"requestBody": {"content": {"application/json": {}}}},
         {"requestBody": {"content": {"Application/JSON; charset=utf-8": {}}}}, NOTHING),
        ({"requestBody": {"content": {"text/csv": {}}}},
         {"requestBody": {"content": {"text/*": {}}}}, NOTHING),
        ({"requestBody": {"content": {"text/*": {}}}},
         {"requestBody": {"content": {"text/csv": {}}}}, BREAK),
        ({"requestBody": {"content": {"text/csv": {}}}},
         {"requestBody": {"content": {"text/csv": {"encoding": {"a": {"style": "form"}}}}}},
         UNSURE),
    ],
    "answer": [
        ({"responses": {"200": {}, "202": {}}}, {"responses": {"200": {}}}, BREAK),
        ({"responses": {"200": {}, "404": {}}}, {"responses": {"200": {}}}, NOTHING),
        ({"responses": {"200": {}}}, {"responses": {"2XX": {}}}, NOTHING),
        ({"responses": {"2XX": {}}}, {"responses": {"200": {}}}, NOTHING),
        ({"responses": {"200": {}}}, {"responses": {"default": {}}}, BREAK),
        ({"responses": {"200": {"content": {"text/csv": {}}}}},
         {"responses": {"200": {"content": {"text/*": {}}}}}, BREAK),
        ({"responses": {"200": {"content": {"text/*": {}}}}},
         {"responses": {"200": {"content": {"text/csv": {}}}}}, NOTHING),
        *(({"responses": {status: {"content": {"application/json": {"schema": STRING}}}}},
           {"responses": {other: {"content": {"application/json": {"schema": INTEGER}}}}}, BREAK)
          for status, other in (("default", "default"), ("200", "2XX"), ("2xx", "2XX"),
                                ("2XX", "200"), ("404", "404"), ("404", "4XX"))),
    ],
    "answer's header": [
        ({"responses": {"200": {"headers": {"X-A": {"required": True}}}}},
         {"responses": {"200": {}}}, BREAK),
        ({"responses": {"200": {"headers": {"X-A": {}}}}}, {"responses": {"200": {}}}, NOTE),
        ({"responses": {"200": {"headers": {"X-A": {"required": True}}}}},
         {"responses": {"200": {"headers": {"x-a": {}}}}}, BREAK),
        ({"responses": {"200": {"headers": {"X-A": {"schema": INTEGER}}}}},
         {"responses": {"200": {"headers": {"x-a": {"schema": STRING}}}}}, BREAK),
    ],
    "security": [
        ({"security": [{"key": []}]}, {"security": [{"key": []}, {"token": []}]}, NOTHING),
        ({"security": [{"key": []}, {"token": []}]}, {"security": [{"key": []}]}, BREAK),
        ({"security": [{"token": ["read"]}]}, {"security": [{"token": ["read", "write"]}]}, BREAK),
        ({"security": [{"token": ["read", "write"]}]}, {"security": [{"token": ["read"]}]},
         NOTHING),
        ({"security": [{"key": []}]}, {"document": {"security": [{"key": []}]}}, NOTHING),
        ({}, {"security": [{"key": []}]}, NOTE),
    ],
    "sunset of a property": [
        ({"given": with_properties(["a"], a=STRING | SUNSET)}, {"given": with_properties()}, NOTE),
        ({"given": with_properties(a=STRING | LATER)}, {"given": with_properties()}, BREAK),
        ({"sent": with_properties(a=STRING | LATER)}, {"sent": with_properties()}, BREAK),
        ({"sent": with_properties(a=STRING | LATER)}, {"sent": with_properties(a=STRING | SUNSET)},
         BREAK),
    ],
    "callbacks": [
        ({}, {"callbacks": {"done": {"{$request.body#/url}": {"post": {"responses": {}}}}}},
         UNSURE),
    ],
    "descriptions": [
        ({}, {"operationId": "a", "summary": "b", "tags": ["c"], "description": "d",
              "externalDocs": {"url": "e"}, "x-note": 1}, NOTHING),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        pytest.param(*pair, id=f"{kind} {number}")
        for kind, pairs in OPERATIONS.items()
        for number, pair in enumerate(pairs)
    ],
)
def test_a_change_of_an_operation_is_judged_as_oasdiff_does(judge, old, new, verdict):
    assert judge(described(**old), described(**new)) == verdict


def test_the_manual_has_a_row_for_each_kind():
    page = contents.get_topic("manifest").text
    table = page.partition("| kind | what breaks callers")[2].partition("\n\n")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]

    assert rows == [*KINDS, *OPERATIONS]


def test_a_webhook_that_is_gone_is_removed(judge, tmp_path):
    old, new = described(document={"webhooks": {"made": {"post": {}}}}), described()
    judge(old, new)

    derived = openapi.derive(tmp_path / "old.json", tmp_path / "new.json")

    assert derived.notes[0].startswith("POST webhook made (")
    assert derived.removes


def test_what_refers_to_itself_is_compared_to_the_end(judge):
    def node(leaf):
        schema = {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]}
        node = with_properties(next=schema, all={"type": "array", "items": schema}, leaf=leaf)
        root = {"allOf": [{"$ref": "#/components/schemas/Node"}, node]}
        return described(
            sent={"$ref": "#/components/schemas/Node"},
            document={"components": {"schemas": {"Node": root}}},
        )

    assert judge(node(STRING), node(deepcopy(STRING))) == NOTHING
    assert judge(node(STRING), node(INTEGER)) == BREAK


def test_media_types_and_form_fields_of_swagger_2_are_compared(judge):
    def swagger(*, produces, schema):
        form = {"in": "formData", "name": "f", **schema}
        answers = {"200": {"schema": STRING}}
        operation = {"parameters": [form], "responses": answers, "produces": produces}
        return {"swagger": "2.0", "paths": {"/a": {"post": operation}}}

    old = swagger(produces=["text/csv"], schema=INTEGER)
    assert judge(old, swagger(produces=["text/csv", "text/html"], schema=STRING)) == NOTHING
    assert judge(old, swagger(produces=["text/html"], schema=INTEGER)) == BREAK
    assert judge(old, swagger(produces=["text/csv"], schema={"type": "boolean"})) == BREAK


@pytest.mark.parametrize("schema", [5, "a", [], {"type": 7}, {"properties": []}, {"allOf": {}},
    {"enum": "a"}, {"required": 5}, {"maxLength": "long"}, {"minimum": []}, {"items": 5},
    {"pattern": 5}, {"oneOf": [5]}, {"not": "a"}, {"patternProperties": {"(": {}}},
    {"dependentRequired": {"a": 5}}, {"prefixItems": {}}, {"multipleOf": 0}])  # fmt: skip
def test_schemas_of_any_shape_are_compared_or_said_not_to_be(judge, schema):
    known = with_properties(["a"], a=STRING) | {"maxLength": 1, "minimum": 1, "pattern": "a"}

    assert judge(described(sent=schema), described(sent=deepcopy(schema))) == NOTHING
    judge(described(sent=schema, given=known), described(sent=known, given=schema))
