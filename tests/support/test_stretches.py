from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, settings

from lifecycle.policy.windows import BestEffort, Declared, Phase
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import AnnouncedEnd
from lifecycle.support.intervals import End
from lifecycle.support.status import Status, answer_line
from lifecycle.support.stretches import COVERED, StretchState, stretches
from testkit.announced_vendors import vendors
from testkit.coverage_samples import (
    FIVE_MINORS,
    MOST_RECENT,
    TODAY,
    coverage,
    declared_line,
    facts,
    minors,
    policy,
    release,
)
from testkit.coverage_strategies import days
from testkit.scales import examples

DAY = timedelta(days=1)
STATES = {
    Status.SUPPORTED: COVERED,
    Status.ENDING: COVERED,
    Status.BEST_EFFORT: {StretchState.BEST_EFFORT},
    Status.UNSUPPORTED: {StretchState.UNSUPPORTED},
    Status.UNKNOWN: {StretchState.UNKNOWN},
    Status.WITHDRAWN: {StretchState.UNSUPPORTED},
}


covered = vendors().map(lambda known: Coverage(known, today=TODAY))


def around(cut):
    """Give the days on which something changes, those beside them, and some far away."""
    edges = {stretch.first for stretch in cut} | {each.until for each in cut if each.until}
    near = {edge + step * DAY for edge in edges for step in (-1, 0, 1)}
    return sorted(near | {TODAY, date(2024, 2, 29), date(2031, 1, 1)})


def stretch_on(cut, day):
    return next((s for s in cut if s.first <= day and (s.until is None or day <= s.until)), None)


@settings(max_examples=examples(150))
@given(covered)
def test_stretches_say_of_every_day_what_the_answer_says(coverage):
    for line in coverage.line_names():
        first = coverage.subject(line).first
        for tier in ("pro", "enterprise"):
            cut = stretches(coverage, line, tier=tier)
            for day in around(cut):
                stretch = stretch_on(cut, day)
                if first is not None and day < first:
                    assert stretch is None
                elif day >= coverage.facts.policies[0].in_force_from:
                    answer = answer_line(coverage, line, tier=tier, at=day)
                    assert stretch.state in STATES[answer.status], (day, stretch, answer)


@settings(max_examples=examples(150))
@given(covered)
def test_the_last_of_covered_days_ends_as_the_answer_on_it_does(coverage):
    for line in coverage.line_names():
        for tier in ("pro", "enterprise"):
            cut = stretches(coverage, line, tier=tier)
            for stretch, following in zip(cut, [*cut[1:], None], strict=True):
                ends = following is None or following.state not in COVERED
                if stretch.state in COVERED and ends:
                    day = stretch.until or max(stretch.first, TODAY)
                    answer = answer_line(coverage, line, tier=tier, at=day)
                    last = stretch.last
                    assert (last.day, last.end) == (answer.supported_until, answer.end)
                    assert last.projected == answer.projected_until
                    assert last.at_least == answer.at_least_until


@settings(max_examples=examples(150))
@given(covered)
def test_an_answer_about_a_line_has_ended_on_the_last_day_of_a_stretch(coverage):
    for line in coverage.line_names():
        for tier in ("pro", "enterprise"):
            cut = stretches(coverage, line, tier=tier)
            answer = answer_line(coverage, line, tier=tier, at=TODAY)
            if answer.status is Status.UNSUPPORTED:
                over = [each for each in cut if each.state in COVERED and each.first <= TODAY]
                assert answer.supported_until == (over[-1].until if over else None)


@given(covered)
def test_stretches_leave_no_gap_and_differ_from_their_neighbours(coverage):
    for line in coverage.line_names():
        cut = stretches(coverage, line, tier="pro")
        for stretch, following in pairwise(cut):
            assert following.first == stretch.until + DAY
            assert following.state is not stretch.state
        assert not cut or cut[-1].until is None


def spelled(cut):
    return [(stretch.state.value, stretch.first, stretch.last.day) for stretch in cut]


def test_an_announcement_that_comes_later_than_the_window_extends():
    end = AnnouncedEnd("one", TODAY, {"enterprise": date(2026, 9, 1)}, frozenset({"1.0"}))
    lines = [declared_line("1.0", end_of_life=date(2026, 7, 10))]
    known = facts([release("1.0.0", date(2026, 1, 1))], policy(Declared((Phase.END_OF_LIFE,))))
    known = msgspec.structs.replace(known, lines=tuple(lines), ends=(end,))

    cut = stretches(Coverage(known, today=TODAY), "1.0", tier="enterprise")

    assert spelled(cut) == [
        ("supported", date(2026, 1, 1), date(2026, 7, 10)),
        ("extended", date(2026, 7, 11), date(2026, 8, 31)),
        ("unsupported", date(2026, 9, 1), None),
    ]


def test_best_effort_goes_on_until_an_announced_end():
    end = AnnouncedEnd("one", TODAY, {"enterprise": date(2026, 9, 1)}, frozenset({"1.0"}))
    known = facts([release("1.0.0", date(2026, 1, 1))], policy(BestEffort()))
    known = msgspec.structs.replace(known, ends=(end,))

    cut = stretches(Coverage(known, today=TODAY), "1.0", tier="enterprise")

    assert spelled(cut) == [
        ("best_effort", date(2026, 1, 1), date(2026, 8, 31)),
        ("unsupported", date(2026, 9, 1), None),
    ]


def test_a_line_covered_release_by_release_is_one_stretch_until_a_higher_line():
    releases = [*minors(2), release("1.0.1", date(2026, 1, 9)), release("1.0.2", date(2026, 2, 9))]

    cut = stretches(coverage(releases, policy(MOST_RECENT)), "1.0", tier="enterprise")

    assert spelled(cut) == [
        ("supported", date(2026, 1, 1), date(2026, 1, 21)),
        ("unsupported", date(2026, 1, 22), None),
    ]


def test_days_before_the_first_policy_are_unknown():
    releases = minors(2)
    since = date(2026, 1, 15)

    cut = stretches(coverage(releases, policy(FIVE_MINORS, since=since)), "1.0", tier="enterprise")

    assert spelled(cut)[0] == ("unknown", date(2026, 1, 1), date(2026, 1, 14))
    assert (cut[1].state, cut[1].last.end) == (StretchState.SUPPORTED, End.RULE)


def test_the_releases_of_a_line_are_followed_however_many_they_are():
    releases = [release(f"1.0.{n}", date(2020, 1, 1) + n * DAY) for n in range(2000)]
    answered = coverage(releases, policy(MOST_RECENT))

    assert len(stretches(answered, "1.0", tier="enterprise")) == 1


@given(covered, days)
def test_stretches_since_a_day_are_those_of_the_days_from_it_on(coverage, since):
    for line in coverage.line_names():
        cut = stretches(coverage, line, tier="pro")

        recent = stretches(coverage, line, tier="pro", since=since)

        kept = [stretch for stretch in cut if stretch.until is None or stretch.until >= since]
        assert [stretch.last for stretch in recent] == [stretch.last for stretch in kept]
        assert [stretch.first for stretch in recent] == [max(s.first, since) for s in kept]


def test_a_line_that_two_plans_carry_on_is_certain_until_the_second():
    plans = [
        release(version, TODAY + ahead, planned=True)
        for version, ahead in (("2.0.0", 9 * DAY), ("2.0.1", 19 * DAY))
    ]
    known = coverage([release("1.0.0", date(2026, 1, 1)), *plans], policy(MOST_RECENT))

    first, second = (
        answer_line(known, "2.0", tier="enterprise", at=TODAY + ahead * DAY) for ahead in (9, 19)
    )
    lanes = stretches(known, "2.0", tier="enterprise")

    lane = next(each for each in lanes if each.state in COVERED)
    assert lane.last.at_least == first.at_least_until == TODAY + 18 * DAY
    assert second.at_least_until is None  # it would be over already
