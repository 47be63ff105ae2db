"""What a type does not allow is said in words that follow from the type alone."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
from lifecycle.catalogue.catalogue_inputs import FeatureIn, LineIn, ProductIn, ReleaseIn
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.documents.mismatches import find_mismatches, find_text_mismatch, walk_mismatches
from lifecycle.documents.patterns import IN_WORDS
from lifecycle.documents.type_descriptions import UnfitValueError, members, reads

STRUCTS = (ProductIn, ReleaseIn, LineIn, FeatureIn, DeprecationIn, AccountIn, InstanceIn)

Level = Literal["major", "minor"]
Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=5, pattern="^[a-z]+$")]


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    level: Level
    day: date | bool | None = None


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    slug: Slug
    inner: tuple[Inner, ...] = ()
    days: dict[Level, date] = {}
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    at: datetime | None = None
    share: float = 0.0
    choice: Literal["any"] | dict[str, int] | list[str] = "any"


@pytest.mark.parametrize(
    ("value", "path", "message", "allowed"),
    [
        ([], (), "must be an object, not a list", "an object"),
        ({"slug": "a", "cuont": 2}, ("cuont",), "did you mean `count`?", "count"),
        ({}, ("slug",), "is required", "text"),
        ({"slug": ""}, ("slug",), "must not be empty", "text"),
        ({"slug": "abcdef"}, ("slug",), "has 6 characters; at most 5 are allowed", "text"),
        ({"slug": "A"}, ("slug",), "must be text that matches ^[a-z]+$, not 'A'", "^[a-z]+$"),
        ({"slug": 3}, ("slug",), "must be text, not 3", "text"),
        ({"slug": "a", "count": True}, ("count",), "whole number from 1 to 9", "whole number"),
        ({"slug": "a", "count": 10}, ("count",), "whole number from 1 to 9", "whole number"),
        ({"slug": "a", "share": "1"}, ("share",), "must be a number", "a number"),
        ({"slug": "a", "at": "noon"}, ("at",), "not a valid timestamp; use RFC 3339", "timestamp"),
        ({"slug": "a", "inner": [{"level": "minr"}]}, ("inner", 0, "level"), "`minor`?", "major"),
        (
            {"slug": "a", "inner": [{"level": "minor", "day": "2026-02-30"}]},
            ("inner", 0, "day"),
            "is not a valid date; use YYYY-MM-DD",
            "true or false",
        ),
        ({"slug": "a", "days": {"patch": "2026-01-01"}}, ("days",), "the key 'patch'", "major"),
        ({"slug": "a", "choice": {"b": "c"}}, ("choice", "b"), "must be a whole number", "whole"),
        (
            {"slug": "a", "choice": 3},
            ("choice",),
            "must be any, an object or a list, not 3",
            "a list",
        ),
    ],
)
def test_a_part_that_does_not_fit_is_named_with_what_is_allowed(value, path, message, allowed):
    first = find_mismatches(value, Outer)[0]

    assert first.path == path
    assert message in first.message
    assert allowed in first.allowed


def test_every_mistake_is_found_at_once_up_to_a_limit():
    value = {"slug": 1, "inner": [{"level": "x"}, {}], "count": 0}

    found = find_mismatches(value, Outer)

    assert [m.path for m in found] == [
        ("slug",),
        ("inner", 0, "level"),
        ("inner", 1, "level"),
        ("count",),
    ]
    assert len(find_mismatches(value, Outer, most=2)) == 2


def test_a_part_that_may_be_left_out_may_have_more_mistakes_than_are_usually_shown():
    value = {f"key{n}": 1 for n in range(120)}

    found = list(walk_mismatches(value, Inner | None))

    assert len(found) == 121


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("many", int, "must be a whole number, not 'many'"),
        (
            "0",
            Annotated[int, msgspec.Meta(ge=1, le=500)],
            "must be a whole number from 1 to 500, not 0",
        ),
        ("2026-02-30", date, "'2026-02-30' is not a valid date; use YYYY-MM-DD"),
        ("", date | None, "is empty; use YYYY-MM-DD"),
        ("perhaps", bool, "must be true or false, not 'perhaps'"),
        ("3", Level, "must be one of major, minor, not '3'"),
    ],
)
def test_a_parameter_is_explained_by_the_type_it_is_read_as(text, kind, message):
    assert find_text_mismatch(text, kind).message == message


KINDS = (
    Outer, Inner, Level, Slug, date, date | bool | None, dict[Level, date], list[str],
    Annotated[int, msgspec.Meta(gt=0, lt=3)], Literal["any"] | dict[str, int] | list[str],
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 12), st.floats(-1, 1), st.sampled_from(
        ["", "a", "A", "abcdef", "major", "minor", "any", "2026-01-31", "2026-02-30",
         "2026-01-31T00:00:00Z"]
    ),
)  # fmt: skip
KEYS = st.sampled_from(
    ["slug", "inner", "days", "count", "at", "share", "choice", "level", "day", "major", "odd"]
)
VALUES = st.recursive(
    LEAVES,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS, part, max_size=4),
    max_leaves=8,
)


@given(VALUES, st.sampled_from(KINDS))
def test_what_msgspec_takes_has_no_mismatch_and_what_it_refuses_has_a_named_one(value, kind):
    mismatches = find_mismatches(value, kind)

    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        assert mismatches[0].allowed is not None
    else:
        assert [m.message for m in mismatches] == ["is not valid"]


def test_a_form_is_named_in_words_where_people_read_of_it():
    (mismatch,) = find_mismatches({"slug": "Clair Dash"}, ProductIn)

    assert mismatch.allowed == "1 to 100 lower-case letters, digits, dots, dashes or underscores"


def test_every_form_of_what_comes_in_has_its_words():
    unnamed = [
        kind.pattern
        for struct in (
            ProductIn,
            ReleaseIn,
            LineIn,
            FeatureIn,
            DeprecationIn,
            AccountIn,
            InstanceIn,
        )
        for field in inspect.type_info(struct).fields
        for kind in members(field.type)
        if isinstance(kind, inspect.StrType) and kind.pattern and kind.pattern not in IN_WORDS
    ]

    assert unnamed == []


def check_even(value: object) -> None:
    if isinstance(value, int) and value % 2:
        raise UnfitValueError("is odd", "an even number")


class Between(msgspec.Struct, forbid_unknown_fields=True):
    CALLED: ClassVar[str] = "a mapping of bounds"

    low: Annotated[int, reads(check_even)]
    high: Annotated[int, reads(check_even)]

    def __post_init__(self):
        if self.low > self.high:
            raise UnfitValueError("ends before it begins", "a `low` below `high`")


class Named(msgspec.Struct):
    OTHERS: ClassVar[inspect.Type] = inspect.type_info(Between)

    first: Between


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"low": 1, "high": 3}, [("low", "is odd"), ("high", "is odd")]),
        ({"low": "1", "high": 0}, [("low", "must be a whole number, not '1'")]),
        ({"low": 4, "high": 2}, [("", "ends before it begins")]),
        ([], [("", "must be a mapping of bounds, not a list")]),
    ],
)
def test_a_type_has_its_own_reader_a_struct_refuses_contradictions_and_other_keys_a_type(
    value, found
):
    sound = {"low": 0, "high": 2}

    mismatches = find_mismatches({"first": sound, "other": value}, Named)

    assert [(".".join(map(str, m.path[1:])), m.message) for m in mismatches] == found
    assert {m.path[0] for m in mismatches} == {"other"}
