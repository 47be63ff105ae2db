"""What a release changes is read off two descriptions of an API."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date

import pytest

from lifecycle.gate.derivation import Derived, NotDerived, openapi
from lifecycle.gate.derivation.specifications import InvalidSpecification

LIST = {
    "operationId": "listUsers",
    "parameters": [
        {"in": "query", "name": "limit"},
        {"$ref": "#/components/parameters/Sort"},
    ],
    "responses": {
        "200": {"content": {"application/json": {"schema": {"type": "array", "items": {
            "$ref": "#/components/schemas/User"}}}}},
    },
}  # fmt: skip
CREATE = {
    "operationId": "createUser",
    "requestBody": {"$ref": "#/components/requestBodies/User"},
    "responses": {"201": {"description": "made"}},
}
SPECIFICATION = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/users": {"get": LIST, "post": CREATE},
        "/users/{id}": {
            "parameters": [{"in": "path", "name": "id", "required": True}],
            "delete": {"responses": {}},
        },
    },
    "components": {
        "parameters": {"Sort": {"in": "query", "name": "sort", "required": False}},
        "requestBodies": {"User": {"content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/User"}}}}},
        "schemas": {
            "User": {"allOf": [{"$ref": "#/components/schemas/Named"}], "required": ["id"],
                     "properties": {"id": {}, "boss": {"$ref": "#/components/schemas/User"}}},
            "Named": {"properties": {"name": {"type": "string"}, "address": {
                "properties": {"city": {}, "street": {}}}}, "required": ["name"]},
        },
    },
}  # fmt: skip
LISTS = ("paths", "/users", "get")
CREATES = ("paths", "/users", "post")
USER = ("components", "schemas", "User")
NAMED = ("components", "schemas", "Named")


def changed(*changes):
    """Give the specification with values set at paths; an Ellipsis takes one out."""
    specification = deepcopy(SPECIFICATION)
    for path, value in changes:
        part = specification
        for key in path[:-1]:
            part = part[key]
        if value is ...:
            del part[path[-1]]
        else:
            part[path[-1]] = value
    return specification


@pytest.fixture
def derive(tmp_path):
    def derive(old, new):
        files = tmp_path / "old.json", tmp_path / "new.json"
        for file, each in zip(files, (old, new), strict=True):
            file.write_text(each if isinstance(each, str) else json.dumps(each))
        return openapi.derive(*files)

    return derive


def test_a_description_that_stays_changes_nothing(derive):
    derived = derive(SPECIFICATION, SPECIFICATION)

    assert derived == Derived()


def test_operations_that_are_gone_are_removed_and_new_ones_brought(derive):
    new = changed(
        ((*LISTS,), ...),
        (("paths", "/teams"), {"get": {"responses": {}, "x-stability-level": "draft"}}),
        (("paths", "/teams/{id}"), {"put": {"operationId": "put/team", "responses": {}}}),
    )

    derived = derive(SPECIFICATION, new)

    assert derived.removes == ("get.users",)
    assert derived.stages == {"get.teams": "experimental", "put.teams._": "ga"}
    assert derived.notes == ("GET /users (get.users) is gone.",)


@pytest.mark.parametrize(
    ("before", "after", "stage"),
    [
        ({}, {"deprecated": True}, "deprecated"),
        ({"x-stability-level": "beta"}, {"x-stability-level": "stable"}, "ga"),
        ({"x-stability-level": "beta"}, {}, "ga"),
        ({}, {"x-stability-level": "alpha"}, "alpha"),
        ({"deprecated": True}, {}, "ga"),
        ({"x-stability-level": "alpha"}, {"x-stability-level": "beta", "deprecated": True},
         "deprecated"),
    ],
)  # fmt: skip
def test_deprecation_and_stability_are_stages(derive, before, after, stage):
    derived = derive(changed((LISTS, LIST | before)), changed((LISTS, LIST | after)))

    assert derived.stages == {"get.users": stage}
    assert (derived.removes, derived.breaks) == ((), ())


@pytest.mark.parametrize(
    "sunset", ["2027-03-01", '"2027-03-01"', "2027-03-01T00:00:00Z", '"2027-03-01T10:00:00+02:00"']
)
def test_a_sunset_may_be_quoted_or_not_a_day_or_an_instant(derive, sunset):
    text = "openapi: 3.0.0\npaths:\n  /a:\n    get:\n      responses: {200: {description: OK}}\n"

    derived = derive(text, f"{text}      deprecated: true\n      x-sunset: {sunset}\n")

    assert derived.notes == (
        "GET /a (get.a) is to go on 2027-03-01: see that its removal is announced.",
    )


@pytest.mark.parametrize(
    ("sunset", "breaks"),
    [("2027-02-28", True), (None, True), ("2027-03-01", False), ("2027-03-02", False)],
)
def test_a_sunset_taken_back_or_moved_earlier_breaks_its_operation(derive, sunset, breaks):
    old = LIST | {"deprecated": True, "x-sunset": "2027-03-01"}
    new = LIST | {"deprecated": True} | ({"x-sunset": sunset} if sunset else {})

    derived = derive(changed((LISTS, old)), changed((LISTS, new)))

    assert derived.breaks == (("get.users",) if breaks else ())


def test_a_sunset_goes_with_the_deprecation(derive):
    old = LIST | {"deprecated": True, "x-sunset": "2027-03-01"}

    assert derive(changed((LISTS, old)), SPECIFICATION).breaks == ()


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("components", "parameters", "Sort", "required"), True,
         "the query parameter sort is required now"),
        (("paths", "/users", "parameters"), [{"in": "header", "name": "X-Key", "required": True}],
         "the header parameter X-Key is required now"),
        (("components", "requestBodies", "User", "required"), True, "a body is required now"),
        (("components", "requestBodies", "User", "content"), {"text/csv": {}},
         "a body is no longer taken as application/json"),
        ((*USER, "required"), ["id", "boss"], "in its body boss is required now"),
        ((*NAMED, "properties", "address", "required"), ["city"],
         "in its body address.city is required now"),
        ((*NAMED, "properties", "name"), ..., "in its answer [].name is gone"),
        ((*NAMED, "required"), [], "in its answer [].name may be missing now"),
        ((*CREATES, "responses"), {"202": {}}, "it no longer answers 201"),
        ((*LISTS, "responses", "200", "content"), {"text/csv": {}},
         "its answer is no longer given as application/json"),
    ],
)  # fmt: skip
def test_what_breaks_callers_breaks_the_operation(derive, path, value, told):
    derived = derive(SPECIFICATION, changed((path, value)))

    assert derived.breaks
    assert not derived.removes
    assert any(told in note for note in derived.notes), derived.notes


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ((*LISTS, "parameters"), [{"$ref": "#/components/parameters/Sort"}],
         "the query parameter limit is gone"),
        ((*NAMED, "properties", "address", "properties", "city"), ...,
         "in its body address.city is gone"),
        ((*NAMED, "properties", "address", "properties", "city"), ...,
         "in its answer [].address.city is gone"),
    ],
)  # fmt: skip
def test_what_callers_may_miss_is_a_note(derive, path, value, told):
    derived = derive(SPECIFICATION, changed((path, value)))

    assert (derived.breaks, derived.uncompared) == ((), ())
    assert any(told in note for note in derived.notes), derived.notes


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*LISTS, "parameters"), [*LIST["parameters"], {"in": "query", "name": "page"}]),
        ((*USER, "properties", "age"), {"type": "integer"}),
        ((*NAMED, "properties", "phone"), {"properties": {"n": {}}, "required": ["n"]}),
        ((*LISTS, "responses", "404"), {"description": "none"}),
        ((*CREATES, "requestBody"), {"content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/User"}},
            "text/csv": {}}}),
    ],
)  # fmt: skip
def test_what_is_only_added_breaks_nobody(derive, path, value):
    assert derive(SPECIFICATION, changed((path, value))).breaks == ()


def test_an_operation_stays_itself_when_its_variable_is_renamed_or_it_gains_an_id(derive):
    renamed = changed(
        (("paths", "/users/{id}"), ...),
        (("paths", "/users/{user}"), {"delete": {"operationId": "d", "responses": {}}}),
        ((*LISTS, "operationId"), "users/list"),
    )

    assert derive(SPECIFICATION, renamed) == Derived()


def test_an_operation_that_moves_to_another_path_goes_and_another_comes(derive):
    moved = changed((LISTS, ...), (("paths", "/people"), {"get": LIST}))

    derived = derive(SPECIFICATION, moved)

    assert (derived.removes, derived.breaks) == (("get.users",), ())
    assert derived.stages == {"get.people": "ga"}


def test_swagger_2_is_read_too(derive):
    def spec(required):
        body = {"in": "body", "name": "b", "schema": {"properties": {"a": {}}} | required}
        return {"swagger": "2.0", "paths": {"/a": {"post": {"parameters": [body]}}}}

    derived = derive(spec({}), spec({"required": ["a"]}))

    assert derived.notes == ("POST /a (post.a) breaks its callers: in its body a is required now.",)


def test_references_lead_into_files_beside_the_description(derive, tmp_path):
    (tmp_path / "parts").mkdir()
    part = {"get": {"operationId": "there", "deprecated": True, "responses": {}}}
    (tmp_path / "parts" / "paths.json").write_text(json.dumps({"x": part}))
    new = changed((("paths", "/there"), {"$ref": "parts/paths.json#/x"}))

    assert derive(SPECIFICATION, new).stages == {"get.there": "deprecated"}


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("#/components/nothing", "The reference #/components/nothing leads nowhere"),
        ("missing.json", "cannot be read: No such file"),
        ("../outside.json", "only files in the description's folder are read"),
        ("/etc/passwd", "only files in the description's folder are read"),
        ("http://127.0.0.1:1/spec.json", "only files in the description's folder are read"),
        ("#/paths/~1round", "References form a cycle"),
        (7, "The reference 7 leads nowhere"),
    ],
)
def test_references_that_lead_nowhere_are_refused(derive, reference, told):
    new = changed((("paths", "/round"), {"$ref": reference}))

    with pytest.raises(InvalidSpecification, match=told):
        derive(SPECIFICATION, new)


def test_everything_wrong_with_the_operations_is_said_at_once(derive):
    wrong = {"x-sunset": "soon", "x-stability-level": "banana", "responses": {}}
    new = changed((("paths", "/a-b"), {"get": wrong}), (("paths", "/a/{x}"), {"get": {}}),
                  (("paths", "/a/{y}"), {"get": {}}))  # fmt: skip

    with pytest.raises(InvalidSpecification, match=r"new.json has 3 mistakes") as caught:
        derive(SPECIFICATION, new)

    assert [
        (problem.field, problem.message.split(";")[0][:20]) for problem in caught.value.problems
    ] == [
        ("GET /a-b", "x-stability-level mu"),
        ("GET /a-b", "x-sunset must be a d"),
        ("GET /a/{y}", "is the same operatio"),
    ]


@pytest.mark.parametrize(
    "sunset", ["2027-13-01", "20270301", "", "invalid", 5, ["2027-03-01"], {"day": "2027-03-01"}]
)
def test_a_sunset_that_is_no_day_is_refused(derive, sunset):
    with pytest.raises(InvalidSpecification, match="1 mistake"):
        derive(SPECIFICATION, changed(((*LISTS, "x-sunset"), sunset)))


@pytest.mark.parametrize("text", ["", "[]", "a: 1", "<html>", "openapi: [", "openapi: &a 3\nb: *a"])
def test_what_is_no_description_is_refused(derive, text):
    with pytest.raises(InvalidSpecification):
        derive(SPECIFICATION, text)


@pytest.mark.parametrize("paths", [{}, None, [], {"/a": None}, {"/a": {"x-note": {}}}])
def test_a_description_of_nothing_cannot_be_what_was_there_before(derive, paths):
    with pytest.raises(NotDerived, match="describes no operation"):
        derive({"openapi": "3.0.0", "paths": paths}, SPECIFICATION)


def test_sunsets_are_told_where_they_change(derive):
    old = changed((LISTS, LIST | {"deprecated": True, "x-sunset": str(date(2027, 3, 1))}))

    assert derive(old, old).notes == ()


def test_schemas_that_refer_around_in_long_circles_are_compared_once(derive):
    def spec(*, required):
        schemas = {
            f"S{n}": {"properties": {"next": {
                "$ref": f"#/components/schemas/S{(n + 1) % 3000}", "title": "beside"}}}
            for n in range(3000)
        }  # fmt: skip
        schemas["S2999"]["required"] = ["next"] if required else []
        answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}
        get = {"operationId": "get", "responses": {"200": answer}}
        return {"openapi": "3.1.0", "paths": {"/": {"get": get}},
                "components": {"schemas": schemas}}  # fmt: skip

    derived = derive(spec(required=True), spec(required=False))

    assert derived.breaks == ("get.",)


def test_files_may_refer_to_each_other_in_a_circle(derive, tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        schema = {"properties": {"other": {"$ref": f"{other}.json", "title": "beside"}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    content = {"application/json": {"schema": {"$ref": "a.json"}}}
    new = changed(((*CREATES, "requestBody"), {"content": content}))

    assert derive(new, new).breaks == ()
