"""Random products, policies and releases, for what must hold of coverage whatever they are."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from hypothesis import strategies as st

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
from testkit.coverage_samples import TODAY, declared_line, facts, release

FIRST = date(2026, 1, 1)

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
    names = sorted({release.line for release in releases if release.line})
    lines = [
        declared_line(name, first=draw(st.none() | days), lts=draw(st.booleans()), end_of_life=day)
        for name in names
        if (day := draw(st.none() | days)) is not None
    ]
    known = facts(releases, *draw(some_policies()), lines=lines, line_by=line_by)
    added = draw(st.sets(st.sampled_from([release.version for release in releases]), max_size=3))
    return known, frozenset(added)
