from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import (
    FIVE_MINORS,
    MOST_RECENT,
    TODAY,
    declared_line,
    facts,
    minors,
    policy,
    release,
    with_release,
)

from lifecycle.calendar.lengths import Length
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import (
    AllOf,
    AnyOf,
    BestEffort,
    Declared,
    Ends,
    For,
    Granularity,
    LtsOnly,
    Newest,
    Nothing,
    Phase,
    Since,
    Window,
)
from lifecycle.support.coverage import Coverage
from lifecycle.support.dependents import lines_moved_by
from lifecycle.support.simulation import simulate, simulate_releases

FIRST = date(2026, 1, 1)
NEXT = date(2026, 7, 20)

days = st.integers(-20, 30).map(lambda tens: FIRST + timedelta(days=10 * tens))
lengths = st.integers(1, 18).map(lambda months: Length(months=months))
rules = st.recursive(
    st.one_of(
        st.builds(Newest, st.integers(1, 3), st.sampled_from(Granularity)),
        st.builds(For, lengths, st.sampled_from(Since)),
        st.builds(Declared, st.just((Phase.END_OF_LIFE,))),
        st.sampled_from([LtsOnly(), BestEffort(), Nothing()]),
    ),
    lambda parts: st.builds(
        lambda kind, some: kind(tuple(some)),
        st.sampled_from([AnyOf, AllOf]),
        st.lists(parts, min_size=2, max_size=3),
    ),
    max_leaves=3,
)
windows = st.builds(
    Window,
    rules,
    at_least=st.none() | lengths,
    ends=st.sampled_from([Ends.ON_SCHEDULE, Ends.ON_SCHEDULE, Ends.AFTER_NOTICE]),
)


@st.composite
def some_policies(draw):
    begun = sorted(draw(st.sets(days, min_size=1, max_size=2)))
    return [
        Policy(
            name="promise",
            version=str(place),
            in_force_from=day,
            tiers=tuple(
                Tier(name, rank, draw(windows)) for rank, name in enumerate(("pro", "enterprise"))
            ),
        )
        for place, day in enumerate(begun)
    ]


@st.composite
def some_releases(draw, line_by):
    places = st.tuples(st.integers(1, 2), st.integers(0, 4), st.integers(0, 2), st.booleans())
    found = []
    for major, minor, patch, early in sorted(
        draw(st.sets(places, min_size=2, max_size=12)), key=lambda each: (*each[:3], not each[3])
    ):
        made = release(
            f"{major}.{minor}.{patch}{'rc1' if early and draw(st.booleans()) else ''}", draw(days)
        )
        line = {
            "major": made.units[0],
            "minor": made.units[1],
            "patch": made.units[2],
            "declared": draw(st.sampled_from(["a", "b", "c", None])),
        }[line_by]
        gone = draw(st.none() | st.none() | days)
        back = draw(st.none() | st.just(gone + timedelta(days=40))) if gone else None
        found.append(
            msgspec.structs.replace(
                made,
                line=line,
                planned=made.day > TODAY or draw(st.integers(0, 9)) == 0,
                withdrawn_on=gone,
                restored_on=back,
                registered_on=draw(st.none() | st.just(made.day)),
            )
        )
    return list({each.version: each for each in found}.values())


@st.composite
def registered(draw):
    """Give a product, and the versions of it that were registered just now."""
    line_by = draw(st.sampled_from(["major", "minor", "minor", "patch", "declared"]))
    releases = draw(some_releases(line_by))
    names = sorted({each.line for each in releases if each.line})
    lines = [
        declared_line(name, first=draw(st.none() | days), lts=draw(st.booleans()), end_of_life=day)
        for name in names
        if (day := draw(st.none() | days)) is not None
    ]
    known = facts(releases, *draw(some_policies()), lines=lines, line_by=line_by)
    added = draw(st.sets(st.sampled_from([each.version for each in releases]), max_size=3))
    return known, frozenset(added)


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
