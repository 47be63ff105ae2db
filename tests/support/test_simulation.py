from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lifecycle.calendar.lengths import Length
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import (
    Declared,
    For,
    Granularity,
    Newest,
    Phase,
    Since,
    Window,
)
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import End, State, span_on
from lifecycle.support.line_timelines import line_timeline
from lifecycle.support.simulation import (
    compare_releases,
    simulate,
    with_entered,
    with_line,
    with_policy,
)
from lifecycle.support.status import Status
from testkit.coverage_samples import (
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
from testkit.coverage_strategies import FIRST, registered, windows
from testkit.scales import examples

NEXT = date(2026, 7, 20)


def both_tiers():
    tiers = (Tier("pro", 1, Window(MOST_RECENT)), Tier("enterprise", 2, Window(FIVE_MINORS)))
    return Policy(name="promise", version="1", in_force_from=date(2000, 1, 1), tiers=tiers)


def ends(simulation):
    return {(end.line, end.tier): end.effective_on for end in simulation.implied_ends}


def test_the_next_minor_ends_the_fifth_line_and_the_most_recent_version():
    before = facts(minors(9), both_tiers())
    after = with_release(before, release("1.9.0", NEXT, planned=True))

    simulation = simulate(before, after, at=NEXT, today=TODAY)

    assert ends(simulation) == {("1.4", "enterprise"): NEXT, ("1.8", "pro"): NEXT}
    assert simulation.implied_ends[0].days_ahead == 19


@pytest.mark.parametrize("day", [TODAY, date(2026, 7, 2)])
def test_a_release_ends_support_on_the_first_day_of_the_policy_that_covers_it(day):
    new_policy = msgspec.structs.replace(both_tiers(), in_force_from=TODAY)
    before = facts(minors(9), new_policy)
    after = with_release(before, release("1.9.0", day, planned=day > TODAY))

    simulation = simulate(before, after, at=day, today=TODAY)

    assert ends(simulation) == {("1.4", "enterprise"): day, ("1.8", "pro"): day}


def test_a_release_planned_for_the_policys_first_day_ends_what_that_policy_would_cover():
    tomorrow = date(2026, 7, 2)
    before = facts(minors(9), msgspec.structs.replace(both_tiers(), in_force_from=tomorrow))
    after = with_release(before, release("1.9.0", tomorrow, planned=True))

    simulation = simulate(before, after, at=tomorrow, today=TODAY)

    assert ends(simulation) == {("1.4", "enterprise"): tomorrow, ("1.8", "pro"): tomorrow}


def test_a_release_of_before_the_policys_first_day_registered_on_it_ends_support_that_day():
    yesterday = date(2026, 6, 30)
    before = facts(minors(9), msgspec.structs.replace(both_tiers(), in_force_from=TODAY))
    after = with_release(before, release("1.9.0", yesterday))

    simulation = simulate(before, after, at=yesterday, today=TODAY)

    assert ends(simulation) == {("1.4", "enterprise"): TODAY, ("1.8", "pro"): TODAY}


def test_a_policy_not_in_force_yet_has_no_support_that_a_release_could_end():
    tomorrow = date(2026, 7, 2)
    before = facts(minors(9), msgspec.structs.replace(both_tiers(), in_force_from=tomorrow))
    after = with_release(before, release("1.9.0", TODAY))

    assert simulate(before, after, at=TODAY, today=TODAY).implied_ends == ()


def test_the_second_policys_first_day_ends_what_only_that_policy_covers():
    longer = policy(Newest(6, Granularity.MINOR), version="2", since=TODAY)
    before = facts(minors(9), policy(FIVE_MINORS), longer)
    after = with_release(before, release("1.9.0", TODAY))

    assert ends(simulate(before, after, at=TODAY, today=TODAY)) == {("1.3", "enterprise"): TODAY}


def test_a_patch_ends_nothing_as_supersession_within_a_line_is_advice():
    before = facts(minors(9), both_tiers())
    after = with_release(before, release("1.8.1", NEXT, planned=True))

    assert simulate(before, after, at=NEXT, today=TODAY).implied_ends == ()


def test_a_backport_changes_nothing():
    before = facts(minors(9), both_tiers())
    after = with_release(before, release("1.4.1", NEXT, planned=True))

    assert simulate(before, after, at=NEXT, today=TODAY).changes == ()


def test_a_successor_fixes_the_end_of_the_line_it_supersedes():
    rule = For(Length(months=6), Since.SUPERSEDED)
    before = facts(minors(1), policy(rule))
    after = with_release(before, release("1.1.0", NEXT, planned=True))

    assert ends(simulate(before, after, at=NEXT, today=TODAY)) == {
        ("1.0", "enterprise"): date(2027, 1, 20)
    }


def test_a_shorter_policy_takes_nothing_from_the_lines_there_are():
    before = facts(minors(9))
    shorter = policy(Newest(2, Granularity.MINOR), version="2", since=NEXT)

    simulation = simulate(before, with_policy(before, shorter, today=TODAY), at=NEXT, today=TODAY)

    assert simulation.implied_ends == ()


def test_a_longer_policy_covers_lines_again():
    before = facts(minors(9))
    longer = policy(Newest(7, Granularity.MINOR), version="2", since=NEXT)

    simulation = simulate(before, with_policy(before, longer, today=TODAY), at=NEXT, today=TODAY)

    assert {c.line for c in simulation.changes if c.after.status is Status.SUPPORTED} == {
        "1.2",
        "1.3",
    }


def test_a_policy_with_a_new_tier_shows_it_as_new():
    before = facts(minors(3))
    renamed = msgspec.structs.replace(both_tiers(), in_force_from=NEXT, version="2")

    changes = simulate(
        before, with_policy(before, renamed, today=TODAY), at=NEXT, today=TODAY
    ).changes

    assert {(c.line, c.before) for c in changes if c.tier == "pro"} == {
        ("1.0", None),
        ("1.1", None),
        ("1.2", None),
    }


def test_a_declared_day_brought_forward_is_an_implied_end():
    rule = policy(Declared((Phase.END_OF_LIFE,)))
    line = declared_line("1.0", end_of_life=date(2027, 12, 31))
    before = facts(minors(1), rule, lines=[line])
    moved = declared_line("1.0", end_of_life=date(2026, 12, 31))

    simulation = simulate(before, with_line(before, moved), at=TODAY, today=TODAY)

    assert ends(simulation) == {("1.0", "enterprise"): date(2027, 1, 1)}
    assert simulation.changes[0].after.end is End.FIXED


@settings(max_examples=examples(300), deadline=None)
@given(registered())
def test_answering_for_the_lines_that_move_finds_what_answering_for_all_finds(case):
    known, added = case
    assume(added)
    others = tuple(release for release in known.releases if release.version not in added)
    before = msgspec.structs.replace(known, releases=others)
    at = max(release.day for release in known.releases if release.version in added)

    quick = compare_releases(*(Coverage(each, today=TODAY) for each in (before, known)), added)

    assert quick == simulate(before, known, at=at, today=TODAY)


@given(registered(), windows, st.integers(0, 18).map(lambda tens: FIRST + timedelta(10 * tens)))
@settings(max_examples=examples(150), deadline=None)
def test_no_policy_of_today_takes_anything_from_what_is_out(known_and_added, window, today):
    known, _ = known_and_added
    assume(known.policies[-1].in_force_from < today)
    tiers = (Tier("pro", 0, window), Tier("enterprise", 1, window))
    succeeding = Policy(name="promise", version="new", in_force_from=today, tiers=tiers)

    before = Coverage(known, today=today)
    after = Coverage(with_entered(known, succeeding, today=today), today=today)

    for line in before.line_names():
        if (before.subject(line).first or today) <= today:
            for tier in ("pro", "enterprise"):
                then = line_timeline(before, line, tier=tier)
                now = line_timeline(after, line, tier=tier)
                days = {today, *(span.first for span in (*then, *now) if span.first > today)}
                assert {day for day in days if is_covered(then, day)} <= {
                    day for day in days if is_covered(now, day)
                }


def is_covered(timeline, day):
    span = span_on(timeline, day)
    return span is not None and span.state is State.COVERED


def test_what_is_out_when_a_policy_of_its_day_is_entered_keeps_what_was_promised():
    generous, stingy = policy(FIVE_MINORS), policy(MOST_RECENT, version="2", since=TODAY)
    out = facts([*minors(3), release("1.3.0", TODAY)], generous)
    corrected = policy(FIVE_MINORS, version="2", since=TODAY)

    after = with_release(with_policy(out, stingy, today=TODAY), release("1.4.0", TODAY))
    again = with_entered(with_entered(after, corrected, today=TODAY), stingy, today=TODAY)

    for known in (after, again):
        covered = Coverage(with_release(known, release("1.5.0", NEXT)), today=NEXT)
        names = {n: len(covered.promises("enterprise", n, None)) for n in ("1.2", "1.3", "1.4")}
        assert names == {"1.2": 2, "1.3": 2, "1.4": 1}
    ahead = with_policy(out, policy(MOST_RECENT, version="2", since=NEXT), today=TODAY)
    assert not any(release.precedes_policy for release in ahead.releases)
