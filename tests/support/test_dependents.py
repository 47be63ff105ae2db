from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given, settings

from lifecycle.calendar.lengths import Length
from lifecycle.policy.windows import (
    For,
    Since,
)
from lifecycle.support.coverage import Coverage
from lifecycle.support.dependents import lines_moved_by
from lifecycle.support.simulation import simulate, simulate_releases
from testkit.coverage_samples import (
    FIVE_MINORS,
    MOST_RECENT,
    TODAY,
    facts,
    minors,
    policy,
    release,
    with_release,
)
from testkit.coverage_strategies import registered

NEXT = date(2026, 7, 20)


@settings(max_examples=300, deadline=None)
@given(registered())
def test_looking_at_the_lines_that_move_finds_what_looking_at_all_finds(case):
    known, added = case
    others = tuple(each for each in known.releases if each.version not in added)
    before = msgspec.structs.replace(known, releases=others)
    at = max((each.day for each in known.releases if each.version in added), default=None)

    quick = simulate_releases(known, added, today=TODAY)

    assert quick == (simulate(before, known, at=at, today=TODAY) if at else None)


def moved(before, added):
    after = with_release(before, added)
    old, new = (Coverage(each, today=TODAY) for each in (before, after))
    return lines_moved_by(frozenset({added.version}), old, new)


def test_a_patch_moves_its_own_line_alone():
    before = facts(minors(30, every=5), policy(FIVE_MINORS))

    assert moved(before, release("1.29.1", NEXT)) == ["1.29"]


def test_a_new_line_moves_itself_and_the_one_it_pushes_out():
    before = facts(minors(30, every=5), policy(FIVE_MINORS))

    assert moved(before, release("1.30.0", NEXT)) == ["1.25", "1.30"]


def test_the_most_recent_version_moves_the_line_of_the_one_before():
    before = facts(minors(30, every=5), policy(MOST_RECENT))

    assert moved(before, release("1.30.0", NEXT)) == ["1.29", "1.30"]


def test_the_first_successor_moves_the_line_it_supersedes():
    before = facts(minors(30, every=5), policy(For(Length(months=6), Since.SUPERSEDED)))

    assert moved(before, release("1.30.0", NEXT)) == ["1.29", "1.30"]


@pytest.mark.parametrize(
    "added",
    [
        release("1.30.0rc1", NEXT),
        release("1.30.0", TODAY, planned=True),
        release("9.0.0", NEXT, line=None, prerelease=True),
    ],
)
def test_what_does_not_count_moves_nothing(added):
    assert moved(facts(minors(30, every=5), policy(FIVE_MINORS)), added) == []
