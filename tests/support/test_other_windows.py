from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.lengths import Length
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
from lifecycle.support.intervals import End
from lifecycle.support.status import Status, answer_line, answer_release
from testkit.coverage_samples import (
    FIVE_MINORS,
    TODAY,
    coverage,
    declared_line,
    minors,
    policy,
    release,
)

DAY = timedelta(days=1)
EIGHTEEN = Length(months=18)
END_OF_LIFE = Declared((Phase.END_OF_LIFE,))


def answer(covered, line, at=TODAY, tier="enterprise"):
    return answer_line(covered, line, tier=tier, at=at)


def answered(rule, releases, line="1.0", at=TODAY, **more):
    return answer(coverage(releases, policy(rule), **more), line, at)


def test_a_length_from_the_lines_release_clamps_at_a_short_month():
    releases = [release("1.0.0", date(2024, 8, 31))]

    found = answered(For(EIGHTEEN, Since.LINE_RELEASE), releases, at=date(2026, 2, 27))

    assert (found.status, found.end, found.supported_until) == (
        Status.ENDING,
        End.FIXED,
        date(2026, 2, 27),
    )
    later = answered(For(EIGHTEEN, Since.LINE_RELEASE), releases, at=date(2026, 2, 28))
    assert later.status is Status.UNSUPPORTED


def test_a_length_from_each_release_answers_per_release():
    releases = [release("1.0.0", date(2025, 1, 1)), release("1.0.1", date(2026, 6, 1))]
    covered = coverage(releases, policy(For(Length(months=12), Since.RELEASE)))

    older, newer = (answer_release(covered, r, tier="enterprise", at=TODAY) for r in releases)

    assert (older.status, older.supported_until) == (Status.UNSUPPORTED, date(2025, 12, 31))
    assert newer.supported_until == date(2027, 5, 31)
    assert answer(covered, "1.0") == newer


def test_n_minus_one_is_covered_for_six_months_after_it_is_superseded():
    rule = For(Length(months=6), Since.SUPERSEDED)
    releases = [release("1.0.0", date(2026, 1, 1)), release("1.1.0", date(2026, 3, 31))]

    old, new = (answered(rule, releases, line) for line in ("1.0", "1.1"))

    assert (old.end, old.supported_until) == (End.FIXED, date(2026, 9, 29))
    assert (new.end, new.supported_until) == (End.RULE, None)
    assert new.at_least_until == date(2026, 12, 31)


def test_a_withdrawn_successor_supersedes_nothing_from_then_on():
    rule = For(Length(days=10), Since.SUPERSEDED)
    releases = [
        release("1.0.0", date(2026, 1, 1)),
        release("1.1.0", date(2026, 3, 1), withdrawn_on=date(2026, 4, 1)),
    ]

    days = [date(2026, 3, 10), date(2026, 3, 11), date(2026, 4, 1)]
    found = [answered(rule, releases, at=day) for day in days]

    assert [a.status for a in found] == [Status.ENDING, Status.UNSUPPORTED, Status.SUPPORTED]
    assert found[2].end is End.RULE


@pytest.mark.parametrize(
    ("declares", "at", "status", "until", "end"),
    [
        ({"end_of_life": date(2026, 7, 1)}, TODAY, Status.ENDING, date(2026, 7, 1), End.FIXED),
        (
            {"end_of_life": date(2026, 6, 30)},
            TODAY,
            Status.UNSUPPORTED,
            date(2026, 6, 30),
            End.FIXED,
        ),
        ({"end_of_life": date(2030, 1, 1)}, TODAY, Status.SUPPORTED, date(2030, 1, 1), End.FIXED),
        ({"end_of_life": True}, TODAY, Status.UNSUPPORTED, None, End.UNKNOWN),
        ({"end_of_life": False}, TODAY, Status.SUPPORTED, None, End.UNKNOWN),
        ({}, TODAY, Status.UNKNOWN, None, End.UNKNOWN),
        ({"active_support": date(2020, 1, 1)}, TODAY, Status.UNKNOWN, None, End.UNKNOWN),
    ],
)
def test_a_declared_day_true_false_and_nothing_are_told_apart(declares, at, status, until, end):
    line = declared_line("1.0", first=date(2020, 1, 1), **declares)

    found = answered(END_OF_LIFE, [], lines=[line], line_by="declared", at=at)

    assert (found.status, found.supported_until, found.end) == (status, until, end)


def test_of_a_list_of_phases_the_first_one_given_counts():
    rule = Declared((Phase.EXTENDED_SUPPORT, Phase.END_OF_LIFE))
    both = declared_line(
        "1.0",
        end_of_life=date(2026, 1, 1),
        extended_support=date(2028, 1, 1),
        first=date(2020, 1, 1),
    )
    one = declared_line("2.0", end_of_life=date(2027, 1, 1), first=date(2021, 1, 1))
    covered = coverage([], policy(rule), lines=[both, one], line_by="declared")

    assert answer(covered, "1.0").supported_until == date(2028, 1, 1)
    assert answer(covered, "2.0").supported_until == date(2027, 1, 1)


def test_lts_may_begin_on_a_day():
    line = declared_line("1.0", lts=date(2026, 6, 1))
    releases = [release("1.0.0", date(2026, 1, 1))]

    before = answered(LtsOnly(), releases, lines=[line], at=date(2026, 5, 31))
    after = answered(LtsOnly(), releases, lines=[line])

    assert before.status is Status.UNSUPPORTED
    assert (after.status, after.end, after.supported_from) == (
        Status.SUPPORTED,
        End.NONE,
        date(2026, 6, 1),
    )


def test_best_effort_is_neither_supported_nor_unsupported():
    found = answered(BestEffort(), minors(6))

    assert (found.status, found.end) == (Status.BEST_EFFORT, End.NONE)
    assert answered(Nothing(), minors(6)).status is Status.UNSUPPORTED


def test_a_floor_keeps_a_line_that_the_count_has_left():
    window = Window(FIVE_MINORS, at_least=Length(months=6))

    pushed_out = answered(window, minors(9), "1.1", at=date(2026, 6, 18))
    newest = answered(window, minors(9), "1.8")

    assert (pushed_out.end, pushed_out.supported_until) == (End.FIXED, date(2026, 7, 21))
    assert (newest.end, newest.supported_until) == (End.RULE, None)
    assert newest.at_least_until == date(2026, 12, 17)
    assert newest.projected_until.earliest >= newest.at_least_until
    assert "at least 6 months" in pushed_out.reason


def test_all_of_ends_with_whichever_ends_first_and_says_when_that_is_open():
    rule = AllOf((FIVE_MINORS, For(EIGHTEEN, Since.LINE_RELEASE)))

    newest = answered(rule, minors(9), "1.8")
    oldest = answered(rule, minors(9), "1.0")

    assert (newest.status, newest.end, newest.supported_until) == (Status.SUPPORTED, End.RULE, None)
    assert newest.projected_until.latest <= date(2027, 12, 17)
    assert (oldest.status, oldest.supported_until) == (Status.UNSUPPORTED, date(2026, 4, 15))


def test_after_notice_support_goes_on_until_an_end_is_announced():
    window = Window(FIVE_MINORS, ends=Ends.AFTER_NOTICE)

    found = answered(window, minors(9), "1.0")

    assert (found.status, found.end, found.supported_from) == (
        Status.SUPPORTED,
        End.NONE,
        date(2026, 1, 1),
    )
    assert "announced" in found.reason


class TestAPromiseNeverShrinks:
    releases = minors(9)
    generous = policy(FIVE_MINORS, version="1")
    stingy = policy(Newest(2, Granularity.MINOR), version="2", since=date(2026, 4, 20))

    def test_a_line_of_before_keeps_what_the_earlier_policy_promised(self):
        covered = coverage(self.releases, self.generous, self.stingy)

        found = answer(covered, "1.4")

        assert found.status is Status.SUPPORTED
        assert found.reason.endswith("This was promised under promise 1.")

    def test_a_line_of_after_has_the_new_policy_alone(self):
        covered = coverage(self.releases, self.generous, self.stingy)

        assert answer(covered, "1.6").status is Status.UNSUPPORTED
        assert answer(covered, "1.8").status is Status.SUPPORTED

    def test_a_longer_policy_counts_from_its_first_day_on(self):
        covered = coverage(
            self.releases,
            policy(Newest(1, Granularity.MINOR)),
            policy(FIVE_MINORS, version="2", since=date(2026, 6, 1)),
        )

        statuses = [
            answer(covered, "1.5", day).status for day in (date(2026, 5, 31), date(2026, 6, 1))
        ]

        assert statuses == [Status.UNSUPPORTED, Status.SUPPORTED]

    def test_before_the_first_policy_nothing_is_known(self):
        covered = coverage(self.releases, policy(FIVE_MINORS, since=date(2026, 3, 1)))

        before = answer(covered, "1.0", date(2026, 2, 28))

        assert (before.status, before.end) == (Status.UNKNOWN, End.UNKNOWN)
        assert answer(covered, "1.0", date(2026, 3, 1)).supported_from == date(2026, 3, 1)


SPAN = 700
START = date(2025, 1, 1)
HISTORY = [*minors(9, first=START), release("2.0.0", START + 300 * DAY)]

leaves = st.one_of(
    st.builds(Newest, st.integers(1, 4), st.sampled_from([Granularity.MINOR, Granularity.MAJOR])),
    st.builds(
        For,
        st.builds(Length, st.integers(0, 6), st.integers(1, 40)),
        st.sampled_from([Since.LINE_RELEASE, Since.SUPERSEDED]),
    ),
    st.just(END_OF_LIFE),
    st.just(LtsOnly()),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
    ),
    max_leaves=6,
)
declared_days = st.one_of(
    st.none(), st.booleans(), st.integers(0, SPAN).map(lambda n: START + n * DAY)
)
NOT, OVER, UNKNOWN, COVERED = range(4)


def by_hand(rule, line, eol, lts, at):
    """Evaluate a rule for one line on one day, straight from the words of the design."""
    first = min(r.day for r in HISTORY if r.line == line)
    out = {r.line: r for r in HISTORY if r.day <= at}
    if at < first:
        return NOT
    match rule:
        case AnyOf(parts):
            return max(by_hand(p, line, eol, lts, at) for p in parts)
        case AllOf(parts):
            return min(by_hand(p, line, eol, lts, at) for p in parts)
        case Newest(count, of):
            index = 1 if of is Granularity.MINOR else 0
            units = sorted({tuple(map(int, r.units[index].split("."))) for r in out.values()})
            mine = tuple(map(int, out[line].units[index].split(".")))
            return COVERED if mine in units[-count:] else NOT
        case For(length, Since.LINE_RELEASE):
            return COVERED if at < length.after(first) else NOT
        case For(length, _):
            higher = [r.day for r in out.values() if r.rank > out[line].rank]
            return COVERED if not higher or at < length.after(min(higher)) else NOT
        case LtsOnly():
            return COVERED if lts is True or (lts and at >= lts) else NOT
    if isinstance(eol, date):
        return COVERED if at <= eol else NOT
    return {None: UNKNOWN, True: OVER, False: COVERED}[eol]


STATUSES = {
    NOT: {Status.UNSUPPORTED},
    OVER: {Status.UNSUPPORTED},
    UNKNOWN: {Status.UNKNOWN},
    COVERED: {Status.SUPPORTED, Status.ENDING},
}


@given(
    rules,
    declared_days,
    declared_days,
    st.sampled_from([r.line for r in HISTORY]),
    st.integers(0, SPAN),
)
def test_any_combination_of_rules_agrees_with_evaluating_it_by_hand(rule, eol, lts, line, offset):
    declares = {} if eol is None else {"end_of_life": eol}
    lines = [declared_line(line, lts=lts, **declares)]
    covered = coverage(HISTORY, policy(rule), lines=lines, today=START + SPAN * DAY)
    at = START + offset * DAY

    found = answer(covered, line, at)

    if found.status is Status.PLANNED:
        assert at < min(r.day for r in HISTORY if r.line == line)
    else:
        assert found.status in STATUSES[by_hand(rule, line, eol, lts, at)]


@given(rules, declared_days, st.sampled_from([r.line for r in HISTORY]), st.integers(0, SPAN))
def test_a_fixed_last_day_is_covered_and_the_next_is_not(rule, eol, line, offset):
    declares = {} if eol is None else {"end_of_life": eol}
    lines = [declared_line(line, **declares)]
    covered = coverage(HISTORY, policy(rule), lines=lines, today=START + 200 * DAY)
    promised = {Status.SUPPORTED, Status.ENDING}

    found = answer(covered, line, START + offset * DAY)

    if found.supported_until is not None:
        assert found.end is End.FIXED
        assert answer(covered, line, found.supported_until).status in promised
        assert answer(covered, line, found.supported_until + DAY).status not in promised
    if found.status in promised and found.end is not End.FIXED:
        assert found.supported_until is None


def test_a_line_all_of_whose_releases_are_withdrawn_is_covered_no_longer_until_one_is_back():
    withdrawn_on, restored_on = date(2026, 5, 1), date(2026, 6, 1)
    rule = For(Length(months=24), Since.LINE_RELEASE)
    first = release("1.0.0", date(2026, 2, 1), withdrawn_on=withdrawn_on)
    gone = [first]
    back = [release("1.0.0", first.day, withdrawn_on=withdrawn_on, restored_on=restored_on)]

    before, over = (answered(rule, gone, at=day) for day in (withdrawn_on - DAY, TODAY))
    assert (before.status, before.supported_until) == (Status.ENDING, withdrawn_on - DAY)
    assert (over.status, over.supported_until) == (Status.WITHDRAWN, withdrawn_on - DAY)
    assert over.reason == "1.0.0 was withdrawn on 1 May 2026."
    assert answered(rule, back, at=restored_on - DAY).status is Status.WITHDRAWN
    again = answered(rule, back)
    assert (again.status, again.supported_from) == (Status.SUPPORTED, restored_on)
    goes_on = answered(rule, [first, release("1.0.1", date(2026, 4, 1))])
    assert (goes_on.status, goes_on.supported_from) == (Status.SUPPORTED, first.day)
