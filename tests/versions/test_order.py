from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.versions import place, scheme
from lifecycle.versions.order import HIGHEST, STEP

PEP440 = scheme("pep440")
DECLARED = scheme("declared")

versions = st.builds(
    lambda parts: ".".join(map(str, parts)), st.lists(st.integers(0, 6), min_size=1, max_size=3)
)


def placed(scheme, ordered, new):
    """The order after placing, as (rank, version) pairs."""
    placement = place(scheme, ordered, new)
    known = {version: rank for rank, version in ordered}
    return sorted(
        (rank, version) for version, rank in (known | placement.moved | placement.ranks).items()
    )


def assert_sound(scheme, ordered):
    for (low, lower), (high, higher) in pairwise(ordered):
        a, b = scheme.parse(lower).key, scheme.parse(higher).key
        assert (low < high) == (a < b)
        assert (low == high) == (a == b)
    assert all(0 < rank <= HIGHEST for rank, _ in ordered)


def test_the_first_versions_are_ranked_in_their_order():
    ranks = place(PEP440, [], ["3.10", "3.9", "3.10rc1"]).ranks

    assert sorted(ranks, key=ranks.__getitem__) == ["3.9", "3.10rc1", "3.10"]


def test_equal_versions_share_a_rank():
    ranks = place(PEP440, [(7, "8")], ["9", "9.0", "8.0.0"]).ranks

    assert ranks["9"] == ranks["9.0"]
    assert ranks["8.0.0"] == 7


def test_a_backport_moves_no_other_version():
    ordered = [(STEP, "3.33.1"), (2 * STEP, "3.34.0"), (3 * STEP, "3.39.0")]

    placement = place(PEP440, ordered, ["3.33.2"])

    assert STEP < placement.ranks["3.33.2"] < 2 * STEP
    assert not placement.moved


def test_a_hundred_backports_to_one_line_move_no_other_version():
    ordered = placed(PEP440, [], ["3.33.0", "3.34.0"])

    for patch in range(1, 101):
        placement = place(PEP440, ordered, [f"3.33.{patch}"])
        assert not placement.moved
        ordered = sorted([*ordered, (placement.ranks[f"3.33.{patch}"], f"3.33.{patch}")])

    assert_sound(PEP440, ordered)


def test_where_a_gap_runs_out_the_known_are_renumbered():
    ordered = [(1, "1"), (1, "1.0"), (2, "3")]

    placement = place(PEP440, ordered, ["2", "0.1", "3.0"])

    assert set(placement.moved) == {"1", "1.0", "3"}
    assert placement.ranks["3.0"] == placement.moved["3"]
    assert placement.moved["1"] == placement.moved["1.0"]
    assert placement.ranks["0.1"] < placement.moved["1"] < placement.ranks["2"]


@pytest.mark.parametrize("edge", [1, HIGHEST])
def test_the_ends_of_the_ranks_are_never_passed(edge):
    after = placed(PEP440, [(edge, "1")], ["0", "2"])

    assert [version for _, version in after] == ["0", "1", "2"]
    assert_sound(PEP440, after)


def test_declared_versions_follow_in_the_order_given():
    ordered = placed(DECLARED, [], ["bookworm", "trixie"])

    after = placed(DECLARED, ordered, ["forky", "bookworm", "duke"])

    assert [version for _, version in after] == ["bookworm", "trixie", "forky", "duke"]


def test_a_few_new_versions_read_only_a_few_of_the_known(monkeypatch):
    known = [f"1.{number}" for number in range(5_000)]
    ordered = placed(PEP440, [], known)
    read = []
    monkeypatch.setattr(
        PEP440, "parse", lambda version: read.append(version) or type(PEP440).parse(PEP440, version)
    )

    place(PEP440, ordered, ["1.2500.1"])

    assert len(set(read)) < 20


def test_placing_nothing_changes_nothing():
    placement = place(PEP440, [(1, "1")], [])

    assert (placement.ranks, placement.moved) == ({}, {})


@given(st.lists(st.lists(versions, max_size=6), max_size=6), st.booleans())
def test_the_order_does_not_depend_on_how_versions_arrive(batches, tight):
    ordered = [(1, "1"), (2, "3"), (3, "5")] if tight else []
    arrived = {version for _, version in ordered}

    for batch in batches:
        fresh = [version for version in batch if version not in arrived]
        ordered = placed(PEP440, ordered, fresh)
        arrived.update(fresh)

    assert {version for _, version in ordered} == arrived
    assert_sound(PEP440, ordered)


def test_a_declared_version_follows_the_one_it_is_said_to_come_after():
    known = [(100, "11.0"), (200, "11.1"), (300, "12.0")]

    placed = place(scheme("declared"), known, ["11.2", "13.0"], after={"11.2": "11.1"})

    assert 200 < placed.ranks["11.2"] < 300 < placed.ranks["13.0"]
