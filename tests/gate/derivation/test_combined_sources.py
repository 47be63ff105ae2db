"""What several sources say of a release becomes one manifest, or is refused."""

from __future__ import annotations

from datetime import date

import pytest

from lifecycle.gate.derivation import Derived, NotDerived, combine
from lifecycle.gate.manifests import InvalidManifest, Manifest


def test_pieces_of_several_sources_make_one_manifest():
    pieces = [
        Derived(version="3.10", removes=("a",), breaks=("b",), uncompared=("b", "e")),
        Derived(removes=("a", "c"), breaks=("c", "b"), uncompared=("a", "e"), stages={"d": "ga"}),
    ]

    manifest = combine(pieces, product="p", version=None, day=date(2026, 12, 1))

    assert manifest == Manifest(
        product="p",
        version="3.10",
        day=date(2026, 12, 1),
        removes=("a", "c"),
        breaks=("b",),
        uncompared=("e",),
        stages={"d": "ga"},
    )


def test_a_version_given_is_above_a_derived_one():
    assert combine([Derived(version="1.0")], product="p", version="2.0").version == "2.0"


def test_a_release_without_a_version_is_refused():
    with pytest.raises(NotDerived, match="give --version, or --from-git"):
        combine([Derived(removes=("a",))], product="p", version=None)


@pytest.mark.parametrize(
    "other", [Derived(stages={"a": "beta"}), Derived(removes=("a",))], ids=["stage", "removal"]
)
def test_sources_that_contradict_each_other_are_refused(other):
    with pytest.raises(NotDerived, match=r"a is .* by one source and .* by another"):
        combine([Derived(stages={"a": "ga"}), other], product="p", version="1")


def test_what_is_derived_is_checked_as_what_is_written():
    with pytest.raises(InvalidManifest) as caught:
        combine([Derived(removes=("b c",))], product="P", version="1")

    assert [problem.field for problem in caught.value.problems] == ["product", "removes[0]"]
