from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.days import write_day
from lifecycle.calendar.lengths import Length
from lifecycle.policy.windows import BestEffort, Declared, Ends, Phase, Window
from lifecycle.support.announced_ends import ended
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import NOT_YET, AnnouncedEnd
from lifecycle.support.intervals import End, Span, State
from lifecycle.support.status import Status, answer_line, answer_release
from testkit.coverage_samples import (
    FIVE_MINORS,
    MOST_RECENT,
    TODAY,
    declared_line,
    facts,
    minors,
    policy,
    release,
)

DAY = timedelta(days=1)
IN_A_MONTH = TODAY + 30 * DAY


def end(day, *, lines=("1.3",), announced_on=TODAY, **more):
    return AnnouncedEnd(
        "one", announced_on, {"enterprise": day}, frozenset(lines) if lines else None, **more
    )


def told(*ends, releases=None, rules=None, lines=(), today=TODAY):
    known = facts(releases or minors(7), *(rules or [policy(FIVE_MINORS)]), lines=lines)
    return Coverage(msgspec.structs.replace(known, ends=ends), today=today)


def test_an_announced_end_is_fixed_and_ending_from_its_announcement_on():
    coverage = told(end(IN_A_MONTH, announced_on=TODAY - 7 * DAY))

    before = answer_line(coverage, "1.3", tier="enterprise", at=TODAY - 8 * DAY)
    now = answer_line(coverage, "1.3", tier="enterprise", at=TODAY)

    assert (before.status, before.end) == (Status.ENDING, End.FIXED)  # ends within 90 days anyway
    assert (now.status, now.supported_until, now.end) == (
        Status.ENDING,
        IN_A_MONTH - DAY,
        End.FIXED,
    )
    assert now.projected_until is None
    announced = "An end of support, announced on 24 June 2026, takes effect on 31 July 2026"
    assert announced in now.reason
    after = answer_line(coverage, "1.3", tier="enterprise", at=IN_A_MONTH)
    assert announced in after.reason  # a calendar that is read today has that day ahead


def test_other_lines_and_tiers_are_not_concerned():
    coverage = told(end(IN_A_MONTH))

    assert answer_line(coverage, "1.4", tier="enterprise", at=TODAY).end is End.RULE


def test_a_window_that_a_day_fixes_is_not_cut_without_a_waiver():
    rule = policy(Declared((Phase.END_OF_LIFE,)))
    line = declared_line("1.3", end_of_life=date(2027, 12, 31))
    early = end(IN_A_MONTH)

    plain = told(early, rules=[rule], lines=[line])
    waived = told(msgspec.structs.replace(early, waived=True), rules=[rule], lines=[line])

    found = answer_line(plain, "1.3", tier="enterprise", at=TODAY)
    cut = answer_line(waived, "1.3", tier="enterprise", at=TODAY)
    assert found.supported_until == date(2027, 12, 31)
    assert cut.supported_until == IN_A_MONTH - DAY


def test_a_release_that_slips_keeps_the_line_covered():
    announced = end(IN_A_MONTH)

    late = told(announced, today=IN_A_MONTH + 5 * DAY)

    found = answer_line(late, "1.3", tier="enterprise", at=IN_A_MONTH + 5 * DAY)
    assert (found.supported_until, found.end) == (None, End.RULE)


def test_an_end_within_a_floor_that_is_promised_takes_a_waiver():
    rule = policy(Window(FIVE_MINORS, at_least=Length(months=12)))
    early = end(IN_A_MONTH)

    plain = answer_line(told(early, rules=[rule]), "1.3", tier="enterprise", at=TODAY)
    bare = answer_line(told(rules=[rule]), "1.3", tier="enterprise", at=TODAY)
    waived = told(msgspec.structs.replace(early, waived=True), rules=[rule])
    beyond = told(end(bare.at_least_until + DAY), rules=[rule])

    assert (plain.end, plain.at_least_until) == (End.RULE, bare.at_least_until)
    assert "for 31 July 2026, does not end it: more is promised." in plain.reason
    for coverage, last_day in ((waived, IN_A_MONTH - DAY), (beyond, bare.at_least_until)):
        found = answer_line(coverage, "1.3", tier="enterprise", at=TODAY)
        assert (found.end, found.supported_until) == (End.FIXED, last_day)


@pytest.mark.parametrize("waived", [False, True])
def test_a_release_that_comes_early_leaves_the_line_covered_until_the_announced_day(waived):
    pushed = [*minors(7), release("1.7.0", TODAY - 2 * DAY), release("1.8.0", TODAY - DAY)]

    announced = end(IN_A_MONTH, announced_on=TODAY - 60 * DAY, waived=waived)

    coverage = told(announced, releases=pushed)

    found = answer_line(coverage, "1.3", tier="enterprise", at=TODAY)
    assert (found.status, found.supported_until) == (Status.ENDING, IN_A_MONTH - DAY)
    gone = answer_line(coverage, "1.3", tier="enterprise", at=IN_A_MONTH)
    assert gone.status is Status.UNSUPPORTED


def test_an_end_announced_after_the_windows_own_covers_again_from_its_announcement_on():
    coverage = told(end(IN_A_MONTH, lines=("1.0",)))

    before = answer_line(coverage, "1.0", tier="enterprise", at=TODAY - DAY)
    now = answer_line(coverage, "1.0", tier="enterprise", at=TODAY)

    assert before.status is Status.UNSUPPORTED
    assert (now.status, now.supported_from) == (Status.ENDING, TODAY)
    assert "An announcement of 1 July 2026 extends support to 30 July 2026." in now.reason


def test_support_that_only_an_announcement_ends_ends_with_it():
    rule = policy(Window(FIVE_MINORS, ends=Ends.AFTER_NOTICE))

    coverage = told(end(IN_A_MONTH, lines=("1.0",)), rules=[rule])

    found = answer_line(coverage, "1.0", tier="enterprise", at=TODAY)
    assert (found.supported_until, found.end) == (IN_A_MONTH - DAY, End.FIXED)
    assert answer_line(coverage, "1.1", tier="enterprise", at=TODAY).end is End.NONE


def test_best_effort_ends_with_an_announced_end_of_support():
    coverage = told(end(IN_A_MONTH), rules=[policy(BestEffort())])

    assert answer_line(coverage, "1.3", tier="enterprise", at=TODAY).status is Status.BEST_EFFORT
    over = answer_line(coverage, "1.3", tier="enterprise", at=IN_A_MONTH)
    assert over.status is Status.UNSUPPORTED


def test_an_end_of_the_whole_product_ends_every_line():
    coverage = told(end(IN_A_MONTH, lines=None))

    for line in ("1.2", "1.6"):
        assert answer_line(coverage, line, tier="enterprise", at=TODAY).supported_until == (
            IN_A_MONTH - DAY
        )


def test_a_range_ends_its_releases_and_leaves_the_others_of_the_line():
    releases = [*minors(7), release("1.6.1", TODAY - DAY)]
    within = end(IN_A_MONTH, lines=None, versions=frozenset({"1.6.0"}))

    coverage = told(within, releases=releases)

    old, new = (
        answer_release(
            coverage, next(r for r in releases if r.version == v), tier="enterprise", at=TODAY
        )
        for v in ("1.6.0", "1.6.1")
    )
    assert (old.supported_until, new.end) == (IN_A_MONTH - DAY, End.RULE)


def test_an_extension_of_a_line_does_not_revive_what_was_superseded_in_it():
    releases = [*minors(4), release("1.3.1", TODAY - DAY)]

    coverage = told(end(IN_A_MONTH), releases=releases, rules=[policy(MOST_RECENT)])

    found = answer_release(coverage, releases[3], tier="enterprise", at=TODAY)
    assert found.status is Status.UNSUPPORTED


def test_the_nearest_of_several_ends_decides():
    later = end(IN_A_MONTH + 60 * DAY, lines=None)

    found = answer_line(told(later, end(IN_A_MONTH)), "1.3", tier="enterprise", at=TODAY)

    assert found.supported_until == IN_A_MONTH - DAY


def test_an_end_that_came_with_a_release_and_without_a_word_says_so():
    entered = TODAY - 2 * DAY
    live = [*minors(6), release("1.6.0", entered, registered_on=entered)]
    imported = [*minors(6), release("1.6.0", entered, registered_on=TODAY)]

    silent = answer_line(told(releases=live), "1.1", tier="enterprise", at=TODAY)
    history = answer_line(told(releases=imported), "1.1", tier="enterprise", at=TODAY)
    spoken = answer_line(
        told(end(entered, lines=("1.1",), announced_on=TODAY - 40 * DAY), releases=live),
        "1.1",
        tier="enterprise",
        at=TODAY,
    )

    assert "no notice was given" in silent.reason
    assert "no notice was given" not in history.reason
    assert "no notice was given" not in spoken.reason


def test_what_a_release_that_is_looked_ahead_to_ends_lies_ahead_even_today():
    releases = [*minors(6), release("1.6.0", TODAY, registered_on=NOT_YET)]

    ahead = answer_line(told(releases=releases), "1.1", tier="enterprise", at=TODAY)

    assert f"When 1.6 comes out on {write_day(TODAY)}, 1.1 will no longer be among" in ahead.reason
    assert "no notice was given" not in ahead.reason


DAYS = st.dates(date(2026, 1, 1), date(2028, 1, 1))
SPANS = st.builds(
    lambda first, length, kind: Span(
        first, first + length * DAY if kind is End.FIXED else None, end=kind
    ),
    DAYS,
    st.integers(1, 700),
    st.sampled_from([End.FIXED, End.NONE, End.UNKNOWN, End.RULE]),
)


@given(SPANS, DAYS, DAYS)
def test_without_a_waiver_no_fixed_day_is_taken_back(span, announced_on, day):
    if day < announced_on:
        announced_on, day = day, announced_on

    found = ended((span,), end(day, announced_on=announced_on), tier="enterprise", today=TODAY)

    if span.end is End.FIXED:
        covered = [each for each in found if each.state is State.COVERED]
        assert covered[-1].until >= span.until


@given(SPANS, DAYS)
def test_a_waived_end_leaves_nothing_on_or_after_its_day(span, day):
    waived = end(day, waived=True)

    found = ended((span,), waived, tier="enterprise", today=TODAY)

    assert all(each.until is not None and each.until <= day for each in found)


@pytest.mark.parametrize("kind", [End.NONE, End.UNKNOWN])
def test_what_no_window_ends_ends_on_the_announced_day(kind):
    found = ended(
        (Span(TODAY - 9 * DAY, None, end=kind),), end(IN_A_MONTH), tier="enterprise", today=TODAY
    )

    assert found == (Span(TODAY - 9 * DAY, IN_A_MONTH),)
