"""What is worked out from a product that differs in a few releases is what is built anew."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.policy.windows import Granularity
from lifecycle.support.coverage import Coverage
from lifecycle.support.status import answer_line, answer_release
from testkit.coverage_samples import FIVE_MINORS, MOST_RECENT, TODAY, facts, minors, policy, release
from testkit.coverage_strategies import days, registered

RANK = attrgetter("rank")


def ranked(known, releases):
    return msgspec.structs.replace(known, releases=tuple(sorted(releases, key=RANK)))


def known_of(coverage):
    """Give all that is asked of a coverage and of its ladders."""
    told = []
    for granularity in Granularity:
        ladder = coverage.horizon.ladder(granularity)
        told += [ladder.rungs, ladder.position, ladder.arrivals, ladder.ascended]
        told += [coverage.horizon.ascents(granularity), ladder.last_ascent]
        told += [
            [ladder.newest(rung.key, count) for rung in ladder.rungs] for count in (1, 2, 3, 5)
        ]
    told += [coverage.horizon.superseded, coverage.horizon.counted, coverage.line_names()]
    for tier in ("pro", "enterprise"):
        for line in coverage.line_names():
            told.append(coverage.timeline(tier, line, coverage.newest_in(line, TODAY)))
            told.append(answer_line(coverage, line, tier=tier, at=TODAY))
        told += [
            answer_release(coverage, each, tier=tier, at=TODAY) for each in coverage.facts.releases
        ]
    return [*told, coverage.newest_on(TODAY)]


@st.composite
def exchanges(draw):
    """Give a product, the same with some releases gone, and with some come in their places."""
    known, some = draw(registered())
    come = [each for each in known.releases if each.version in some]
    stay = [each for each in known.releases if each.version not in some]
    gone = draw(st.lists(st.sampled_from(stay), max_size=2, unique=True)) if stay else []
    moved = draw(st.lists(st.sampled_from(gone), max_size=1)) if gone else []
    come += [msgspec.structs.replace(each, day=draw(days)) for each in moved]
    come.sort(key=RANK)
    after = ranked(known, [*(each for each in stay if each not in gone), *come])
    return ranked(known, stay), after, gone, come


@settings(max_examples=300, deadline=None)
@given(exchanges())
def test_a_coverage_with_a_few_releases_exchanged_is_the_one_built_anew(case):
    before, after, gone, come = case
    coverage = Coverage(before, today=TODAY)
    known_of(coverage)

    assert known_of(coverage.exchanged(after, gone, come)) == known_of(Coverage(after, today=TODAY))
    assert known_of(coverage) == known_of(Coverage(before, today=TODAY))


@settings(max_examples=100, deadline=None)
@given(exchanges())
def test_what_was_exchanged_can_be_exchanged_again(case):
    before, after, gone, come = case
    middle = ranked(before, [each for each in before.releases if each not in gone])
    coverage = Coverage(before, today=TODAY).exchanged(middle, gone, ())

    assert known_of(coverage.exchanged(after, (), come)) == known_of(Coverage(after, today=TODAY))


def test_a_new_minor_leaves_what_ended_before_it_as_it_was():
    known = facts(minors(30, every=5), policy(FIVE_MINORS), policy(MOST_RECENT, tier="pro"))
    coverage = Coverage(known, today=TODAY)
    new = release("1.30.0", TODAY + timedelta(days=1))
    after = ranked(known, [*known.releases, new])

    ladder = coverage.exchanged(after, (), [new]).horizon.ladder(Granularity.MINOR)

    before = coverage.horizon.ladder(Granularity.MINOR)
    assert ladder.newest("1.3", 5) is before.newest("1.3", 5)
    assert ladder.newest("1.25", 5) == [(*before.newest("1.25", 5)[0][:1], new.day)]
