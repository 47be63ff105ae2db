"""What an old schema accepts and a new one refuses is never taken for unchanged."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import jsonschema_rs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from referencing import Registry

from lifecycle.gate.derivation.differences import Direction, Weight
from lifecycle.gate.derivation.schemas import Comparison
from lifecycle.gate.derivation.specifications import Part
from testkit.scales import examples

DECLARED = ("a", "b", "c")
PATTERNS = ("^a", "b$", "^[ab]+$")
VALUES = st.sampled_from(
    [None, True, False, 0, 1, 2, 3, 5, 2.5, -1, "", "a", "b", "ab", "abc", "1", [], [1], [1, 1],
     ["a", 1], ["a", "b"], {}, {"a": 1}, {"a": "a", "b": 2}, {"c": None}, {"a": {"b": "ab"}}]
)  # fmt: skip
SMALL = st.integers(0, 3)


def objects(schema):
    names = st.lists(st.sampled_from(DECLARED), unique=True, max_size=2)
    return st.fixed_dictionaries(
        {"properties": st.fixed_dictionaries(dict.fromkeys(DECLARED, schema))},
        optional={
            "required": names,
            "additionalProperties": schema,
            "propertyNames": st.just({"maxLength": 1}),
            "dependentRequired": st.dictionaries(st.sampled_from(DECLARED), names, max_size=1),
            "dependentSchemas": st.dictionaries(st.sampled_from(DECLARED), schema, max_size=1),
            "patternProperties": st.dictionaries(st.sampled_from(PATTERNS), schema, max_size=1),
            "minProperties": SMALL,
            "maxProperties": SMALL,
        },
    )


def arrays(schema):
    return st.fixed_dictionaries(
        {},
        optional={
            "items": schema,
            "prefixItems": st.lists(schema, min_size=1, max_size=2),
            "contains": schema,
            "minContains": SMALL,
            "maxContains": SMALL,
            "uniqueItems": st.booleans(),
            "minItems": SMALL,
            "maxItems": SMALL,
        },
    )


def composed(schema):
    lists = st.lists(schema, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={"anyOf": lists, "allOf": lists, "oneOf": lists, "not": schema, "if": schema,
                  "then": schema, "else": schema, "unevaluatedProperties": st.just(False)},
    )  # fmt: skip


TYPES = st.sampled_from(
    ["null", "boolean", "integer", "number", "string", "array", "object", ["string", "null"],
     ["integer", "array"]]
)  # fmt: skip
SCALARS = st.one_of(
    st.booleans(),
    st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES, "enum": st.lists(VALUES, min_size=1, max_size=3), "minimum": SMALL,
            "maximum": SMALL, "exclusiveMinimum": SMALL, "exclusiveMaximum": SMALL,
            "multipleOf": st.sampled_from([1, 2, 0.5]), "minLength": SMALL, "maxLength": SMALL,
            "pattern": st.sampled_from(PATTERNS),
        },
    ),
    st.fixed_dictionaries({"const": VALUES}),
    st.fixed_dictionaries({"type": TYPES}),
)  # fmt: skip
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        objects(inner),
        arrays(inner),
        composed(inner),
        st.builds(lambda one, other: one | other, objects(inner), composed(inner)),
    ),
    max_leaves=8,
)


HOLDERS = ("properties", "patternProperties", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLES = ("additionalProperties", "items", "contains", "not", "if", "then", "else")


def schemas_within(schema):
    """Give the schema and all that are in it."""
    yield schema
    if isinstance(schema, dict):
        inner = [schema[key] for key in SINGLES if key in schema]
        inner += [each for key in HOLDERS for each in schema.get(key, {}).values()]
        inner += [each for key in LISTS for each in schema.get(key, ())]
        for each in inner:
            yield from schemas_within(each)


@st.composite
def changes(draw):
    """Give a schema and what one change made of it."""
    old = draw(SCHEMAS)
    new = deepcopy(old)
    places = [each for each in schemas_within(new) if isinstance(each, dict)]
    other = draw(SCHEMAS)
    if not places or not isinstance(other, dict):
        return old, other
    place = draw(st.sampled_from(places))
    keys = sorted(place.keys() | other.keys())
    for key in draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2)) if keys else ():
        place.pop(key, None)
        if key in other:
            place[key] = other[key]
    return old, new


def differences(old, new, direction=Direction.SENT):
    parts = (Part(each, Registry().resolver(), {}) for each in (old, new))
    return Comparison(date(2027, 1, 1)).compare(*parts, direction)


def values_around(value):
    return [value, [value], {"a": value}, {"a": value, "b": value}]


@settings(
    max_examples=examples(300),
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(changes(), st.lists(VALUES, min_size=5, max_size=12))
def test_what_was_accepted_and_is_refused_is_a_break_or_uncompared(change, values):
    old, new = change
    first, second = map(jsonschema_rs.Draft202012Validator, (old, new))
    candidates = [near for value in values for near in values_around(value)]
    lost = [
        candidate
        for candidate in candidates
        if first.is_valid(candidate) and not second.is_valid(candidate)
    ]
    assume(lost)

    found = {difference.weight for difference in differences(old, new)}

    assert found - {Weight.NOTE}, (old, new, lost[:3])


@settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(SCHEMAS, SCHEMAS)
def test_a_schema_that_stays_or_only_widens_is_no_alarm(schema, other):
    assert differences(schema, deepcopy(schema)) == []
    assert differences(schema, {"allOf": [deepcopy(schema)]}) == []
    # The alternatives of a random `oneOf` overlap, which no vendor means.
    assume("oneOf" not in str(schema))
    assert differences(schema, {"anyOf": [deepcopy(schema), other]}) == []
    assert differences(schema, {"anyOf": [deepcopy(schema), {"type": "null"}]}) == []
