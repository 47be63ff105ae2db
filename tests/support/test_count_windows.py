from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.policy.windows import Granularity, Newest
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import End
from lifecycle.support.status import Status, answer_line, answer_release
from testkit.coverage_samples import (
    FIVE_MINORS,
    LONG_AGO,
    MOST_RECENT,
    TODAY,
    coverage,
    declared_line,
    facts,
    minors,
    policy,
    release,
)

DAY = timedelta(days=1)


def answer(covered, line, at=TODAY, tier="enterprise"):
    return answer_line(covered, line, tier=tier, at=at)


def covered_lines(covered, at=TODAY, tier="enterprise"):
    supported = {Status.SUPPORTED, Status.ENDING}
    return {n for n in covered.line_names() if answer(covered, n, at, tier).status in supported}


def test_the_last_five_minors_are_covered_across_majors():
    versions = ["2.32.0", "2.33.0", "3.0.0", "3.1.0", "3.2.0"]
    releases = [release(v, date(2026, 1, n + 1)) for n, v in enumerate(["2.31.0", *versions])]

    covered = coverage(releases)

    assert covered_lines(covered) == {"2.32", "2.33", "3.0", "3.1", "3.2"}


def test_a_backport_to_an_older_line_changes_nothing():
    releases = minors(8)
    without = coverage(releases)

    covered = coverage([*releases, release("1.1.9", date(2026, 6, 20))])

    assert covered_lines(covered) == covered_lines(without)


def test_a_minor_pushes_out_the_fifth_line_on_its_day():
    covered = coverage(minors(6))

    before = answer(covered, "1.0", date(2026, 4, 15))
    after = answer(covered, "1.0", date(2026, 4, 16))

    assert (before.status, before.supported_until, before.end) == (
        Status.ENDING,
        date(2026, 4, 15),
        End.FIXED,
    )
    assert (after.status, after.supported_from) == (Status.UNSUPPORTED, date(2026, 1, 1))


def test_prereleases_make_no_line_and_count_in_no_window():
    releases = [*minors(5), release("1.9.0b1", date(2026, 6, 1))]

    covered = coverage(releases)

    assert "1.9" not in covered.line_names()
    assert answer(covered, "1.0").status is Status.SUPPORTED
    assert answer(covered, "1.9").status is Status.PRERELEASE
    assert answer_release(covered, releases[-1], tier="enterprise", at=TODAY).status is (
        Status.PRERELEASE
    )


def test_withdrawing_all_of_a_line_covers_the_line_it_pushed_out_again():
    withdrawn = release("1.5.0", date(2026, 4, 16), withdrawn_on=date(2026, 4, 20))
    covered = coverage([*minors(5), withdrawn])

    days = [date(2026, 4, 15), date(2026, 4, 16), date(2026, 4, 19), date(2026, 4, 20)]
    statuses = [answer(covered, "1.0", day).status for day in days]

    assert statuses == [
        Status.ENDING,
        Status.UNSUPPORTED,
        Status.UNSUPPORTED,
        Status.SUPPORTED,
    ]
    assert answer(covered, "1.0").end is End.RULE


def test_a_withdrawn_release_is_still_answered_and_names_its_day():
    withdrawn = release("1.4.1", date(2026, 4, 1), withdrawn_on=date(2026, 4, 10))
    covered = coverage([*minors(5), withdrawn])

    found = answer_release(covered, withdrawn, tier="enterprise", at=TODAY)

    assert found.status is Status.WITHDRAWN
    assert found.supported_until == date(2026, 4, 9)
    assert "10 April 2026" in found.reason


def test_a_restored_release_counts_again_from_that_day():
    releases = [
        *minors(5),
        release(
            "1.5.0", date(2026, 4, 16), withdrawn_on=date(2026, 4, 20), restored_on=date(2026, 5, 1)
        ),
    ]

    covered = coverage(releases)

    assert answer(covered, "1.0", date(2026, 4, 30)).status is Status.ENDING
    assert answer(covered, "1.0", date(2026, 5, 1)).status is Status.UNSUPPORTED


def test_only_the_most_recent_version_answers_per_release_and_the_line_speaks_for_its_newest():
    releases = [release("3.39.0", date(2026, 6, 1)), release("3.39.1", date(2026, 6, 10))]
    covered = coverage(releases, policy(MOST_RECENT, tier="pro"))

    older, newer = (answer_release(covered, r, tier="pro", at=TODAY) for r in releases)

    assert older.status is Status.UNSUPPORTED
    assert older.supported_until == date(2026, 6, 9)
    assert newer.status is Status.SUPPORTED
    line = answer(covered, "3.39", tier="pro")
    assert (line.supported_from, older.supported_from) == (date(2026, 6, 1), date(2026, 6, 1))
    assert msgspec.structs.replace(line, supported_from=newer.supported_from) == newer


def test_a_plan_fixes_the_end_while_its_day_lies_ahead():
    plan = release("1.5.0", TODAY + 20 * DAY, planned=True)
    covered = coverage([*minors(5), plan])

    found = answer(covered, "1.0")

    assert (found.status, found.end, found.supported_until) == (
        Status.ENDING,
        End.FIXED,
        plan.day - DAY,
    )
    assert answer(covered, "1.5").status is Status.PLANNED


@pytest.mark.parametrize("late", [0, 1, 30])
def test_a_plan_past_its_day_and_unconfirmed_counts_nowhere(late):
    plan = release("1.5.0", TODAY - late * DAY, planned=True)
    covered = coverage([*minors(5), plan])

    assert answer(covered, "1.0").end is End.RULE
    assert answer_release(covered, plan, tier="enterprise", at=TODAY).status is Status.PLANNED
    assert answer(covered, "1.5").status is Status.PLANNED
    assert covered.line_names() == ["1.0", "1.1", "1.2", "1.3", "1.4"]


def test_a_rule_end_is_projected_from_the_products_own_cadence():
    covered = coverage(minors(9), today=date(2026, 6, 20))

    oldest, newest = answer(covered, "1.4"), answer(covered, "1.8")

    assert oldest.supported_until is None
    assert oldest.projected_until.median == date(2026, 7, 8)
    assert newest.projected_until.median == date(2026, 7, 8) + 4 * 21 * DAY


def test_too_short_a_history_projects_nothing():
    found = answer(coverage(minors(3)), "1.0")

    assert (found.end, found.projected_until) == (End.RULE, None)


def test_windows_count_majors_patches_and_lines_too():
    releases = [*minors(3), release("2.0.0", date(2026, 5, 1)), release("2.0.1", date(2026, 5, 9))]

    majors = coverage(releases, policy(Newest(1, Granularity.MAJOR)))
    patches = coverage(releases, policy(Newest(2, Granularity.PATCH)))
    lines = coverage(releases, policy(Newest(2, Granularity.LINE)))

    assert covered_lines(majors) == {"2.0"}
    assert covered_lines(patches) == {"2.0"}
    assert covered_lines(lines) == {"1.2", "2.0"}


def test_the_reason_names_what_pushes_a_line_out_and_when():
    plan = release("1.6.0", TODAY + 20 * DAY, planned=True)
    covered = coverage([*minors(6), plan])

    assert answer(covered, "1.1").reason == (
        "1.1 is the 5th of the 5 newest minor versions that enterprise covers,"
        " until 1.6 comes out on 21 July 2026."
    )
    assert answer(covered, "1.0").reason == (
        "1.0 is not among the 5 newest minor versions that enterprise covers,"
        " since 1.5 came out on 16 April 2026."
    )


def test_equal_versions_stand_on_one_rung():
    releases = [release("9.0", date(2026, 1, 1)), release("9.0.0", date(2026, 1, 1))]

    covered = coverage(releases, policy(MOST_RECENT))

    statuses = [answer_release(covered, r, tier="enterprise", at=TODAY).status for r in releases]
    assert statuses == [Status.SUPPORTED, Status.SUPPORTED]


days = st.integers(0, 400).map(lambda n: date(2026, 1, 1) + n * DAY)
versions = st.tuples(st.integers(1, 3), st.integers(0, 6), st.integers(0, 4))


@st.composite
def histories(draw):
    chosen = draw(
        st.lists(st.tuples(versions, days), min_size=1, max_size=25, unique_by=lambda p: p[0])
    )
    withdrawn = draw(st.lists(st.integers(0, 30), min_size=len(chosen), max_size=len(chosen)))
    return [
        release(".".join(map(str, v)), day, withdrawn_on=day + n * DAY if n < 10 else None)
        for (v, day), n in zip(chosen, withdrawn, strict=True)
    ]


LAST = date(2027, 12, 31)


def brute_force(releases, count, at):
    """Name the ``count`` highest minors with a stable release standing on the day."""
    standing = {
        tuple(map(int, r.line.split(".")))
        for r in releases
        if r.day <= at and (r.withdrawn_on is None or at < r.withdrawn_on)
    }
    return {".".join(map(str, line)) for line in sorted(standing)[-count:]}


@given(histories(), st.integers(1, 6), days)
def test_a_count_window_agrees_with_counting_by_hand(releases, count, at):
    covered = coverage(releases, policy(Newest(count, Granularity.MINOR)), today=LAST)

    assert covered_lines(covered, at) == brute_force(releases, count, at)


@given(histories(), st.randoms(use_true_random=False), days)
def test_the_order_in_which_facts_arrive_changes_no_answer(releases, random, at):
    shuffled = random.sample(releases, len(releases))

    one, other = coverage(releases, today=LAST), coverage(shuffled, today=LAST)

    for line in one.line_names():
        assert answer(one, line, at) == answer(other, line, at)


def covered_days(covered, line):
    start = LONG_AGO
    return {
        start + n * DAY
        for span in covered.timeline("enterprise", line)
        for n in range((span.first - start).days, ((span.until or LAST) - start).days)
    }


@given(histories(), versions, days)
def test_adding_a_release_never_lengthens_another_line_and_withdrawing_it_undoes_that(
    releases, version, day
):
    added = release(".".join(map(str, version)), day)
    others = [r for r in releases if r.version != added.version]
    undone = release(added.version, day, withdrawn_on=day)

    without = coverage(others, today=LAST)
    given_it = coverage([*others, added], today=LAST)
    withdrawn = coverage([*others, undone], today=LAST)

    for line in without.line_names():
        if line != added.line:
            assert covered_days(given_it, line) <= covered_days(without, line)
            assert covered_days(withdrawn, line) == covered_days(without, line)


@given(histories(), st.integers(1, 6))
def test_the_spans_of_a_line_ascend_and_never_overlap(releases, count):
    covered = coverage(releases, policy(Newest(count, Granularity.MINOR)), today=LAST)

    for line in covered.line_names():
        spans = covered.timeline("enterprise", line)
        assert all(span.until is None or span.first < span.until for span in spans)
        assert all(a.until <= b.first for a, b in pairwise(spans))


@pytest.mark.parametrize("at", [date(1, 1, 1), date(1900, 1, 1), date(9999, 12, 31)])
def test_the_calendars_ends_are_answered(at):
    covered = Coverage(facts(minors(6), policy(FIVE_MINORS, since=date.min)), today=TODAY)

    found = {line: answer(covered, line, at) for line in covered.line_names()}

    expected = Status.PLANNED if at.year < 2000 else Status.SUPPORTED
    assert found["1.5"].status is expected


@pytest.mark.parametrize("line_by", ["major", "declared"])
def test_a_count_of_what_is_finer_than_a_line_tells_the_releases_of_a_line_apart(line_by):
    releases = [msgspec.structs.replace(minor, line="1") for minor in minors(9)]
    covered = coverage(releases, line_by=line_by)

    found = [
        answer_release(covered, release, tier="enterprise", at=TODAY).status for release in releases
    ]

    assert found == [Status.UNSUPPORTED] * 4 + [Status.SUPPORTED] * 5
    assert answer(covered, "1").status is Status.SUPPORTED
    assert answer(covered, "1").reason.startswith("1.8 is the 1st of the 5 newest")


def test_a_line_counts_from_the_day_it_declares_where_its_first_releases_are_not_known():
    releases = [release(f"1.{n}.9", date(2026, 6, n + 1)) for n in range(6)]
    lines = [declared_line(f"1.{n}", first=date(2026, 1, n + 1)) for n in range(6)]
    covered = coverage(releases, lines=lines, line_by="declared")

    pushed_out = answer(covered, "1.0")

    assert pushed_out.supported_until == date(2026, 1, 5)
    assert "since 1.5 came out on 6 January 2026" in pushed_out.reason


def test_a_declared_line_of_one_minor_keeps_its_end_though_a_patch_came_out_after_it():
    releases = [*minors(6), release("1.0.1", date(2026, 6, 1))]
    lines = [declared_line(f"1.{n}") for n in range(6)]

    by_minor, by_name = (
        answer(coverage(releases, lines=lines, line_by=line_by), "1.0")
        for line_by in ("minor", "declared")
    )

    assert by_name == by_minor
    assert by_name.supported_until is not None


def test_a_declared_line_of_several_minors_answers_for_its_newest_release():
    releases = [release(f"1.{n}.0", date(2026, 1, n + 1), line="one") for n in range(6)]
    covered = coverage(releases, lines=[declared_line("one")], line_by="declared")

    assert answer(covered, "one").status is Status.SUPPORTED
    older = answer_release(covered, releases[0], tier="enterprise", at=TODAY)
    assert older.supported_until == date(2026, 1, 5)
