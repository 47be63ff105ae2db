"""Every operation of an API has a key that a feature may have, and that is no other's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.documents.patterns import KEY
from lifecycle.gate.derivation.operation_keys import LONGEST, operation_key, positional

METHODS = st.sampled_from(["get", "post", "GET", "query", "Copy", "m-search", "x y", ""])
PATHS = st.one_of(
    st.text(max_size=150).map("/{}".format),
    st.lists(
        st.sampled_from(["a", "b", "_", "-", "{x}", "{y}", "a.b", "a.", "", "..", "a_b", "{x}.a"]),
        max_size=6,
    ).map(lambda segments: "/" + "/".join(segments)),
)


@given(METHODS, PATHS)
def test_every_operation_has_a_key_that_a_feature_may_have(method, path):
    assert re.fullmatch(KEY, operation_key(method, path))


@given(METHODS, PATHS, METHODS, PATHS)
def test_two_operations_have_one_key_only_if_they_are_the_same(method, path, other, place):
    same = (method.lower(), positional(path)) == (other.lower(), positional(place))

    assert (operation_key(method, path) == operation_key(other, place)) == same


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", "get."),
        ("/users", "get.users"),
        ("/users/", "get.users."),
        ("/users/{id}", "get.users._"),
        ("/users/{}", "get.users._"),
        ("/Users/{id}/user_groups/{group-id}", "get.Users._.user_groups._"),
        ("/v1.2/users.list", "get.v1..2.users..list"),
        ("/" + "a" * (LONGEST - 4), "get." + "a" * (LONGEST - 4)),
    ],
)
def test_the_keys_of_plain_paths_can_be_read(path, key):
    assert operation_key("get", path) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [("/_", "/{x}"), ("/a.b", "/a..b"), ("/a/b", "/a.b"), ("/a//b", "/a/b"), ("/a", "/a/"),
     ("/a?x=1", "/a?x=2"), ("/" + "a" * 200, "/" + "a" * 199), ("/{x}{y}", "/{x}"), ("/é", "/è"),
     ("/a.-b", "/a/-b"), ("/{x}.json", "/{x}-json")],
)  # fmt: skip
def test_operations_that_look_alike_have_keys_of_their_own(one, other):
    assert operation_key("get", one) != operation_key("get", other)
