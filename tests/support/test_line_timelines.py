from __future__ import annotations

from datetime import date, timedelta

from lifecycle.support.intervals import End
from lifecycle.support.status import Status, answer_line, answer_release
from lifecycle.support.supersession import superseded_by
from testkit.coverage_samples import (
    FIVE_MINORS,
    MOST_RECENT,
    TODAY,
    coverage,
    minors,
    policy,
    release,
)

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
CADENCE = minors(7)  # 1.6.0 came out on 7 May 2026


def most_recent(*more):
    return coverage([*CADENCE, *more], policy(MOST_RECENT))


def test_a_line_whose_newest_release_was_never_covered_says_until_when_another_one_was():
    backport = release("1.2.1", date(2026, 6, 1))

    found = answer_line(most_recent(backport), "1.2", tier="enterprise", at=TODAY)

    assert found.status is Status.UNSUPPORTED
    assert (found.supported_from, found.supported_until) == (date(2026, 2, 12), date(2026, 3, 4))
    assert found.end is End.FIXED
    assert found.reason == (
        "Enterprise covers only the most recent version, which 1.2.1 never was: it came out on"
        " 1 June 2026, after 1.6.0. 1.2 was covered until 4 March 2026, by 1.2.0."
    )


def test_a_line_that_was_never_covered_has_no_day_and_nothing_to_end():
    late = [release("0.9.0", date(2026, 6, 1)), release("0.9.1", date(2026, 6, 8))]

    found = answer_line(most_recent(*late), "0.9", tier="enterprise", at=TODAY)

    assert (found.supported_from, found.supported_until, found.end) == (None, None, End.NONE)
    assert "was covered" not in found.reason


def test_a_patch_that_is_planned_ends_its_predecessor_and_not_their_line():
    plan = release("1.6.1", TOMORROW, planned=True)
    covered = most_recent(plan)

    line = answer_line(covered, "1.6", tier="enterprise", at=TODAY)
    version = answer_release(covered, CADENCE[-1], tier="enterprise", at=TODAY)

    assert (line.status, line.supported_until, line.end) == (Status.SUPPORTED, None, End.RULE)
    assert line.supported_from == CADENCE[-1].day
    assert (version.status, version.supported_until) == (Status.ENDING, TODAY)
    assert line.reason == version.reason
    assert line.reason == (
        "1.6.0 is the most recent version, the one that enterprise covers, until 1.6.1 comes out on"
        " 2 July 2026. 1.6 stays covered by 1.6.1: upgrade to it then."
    )


def test_a_minor_version_that_is_planned_ends_the_line_before_it():
    plan = release("1.7.0", TOMORROW, planned=True)

    found = answer_line(most_recent(plan), "1.6", tier="enterprise", at=TODAY)

    assert (found.status, found.supported_until, found.end) == (Status.ENDING, TODAY, End.FIXED)
    assert "stays covered" not in found.reason


def test_patches_do_not_interrupt_the_days_of_a_line():
    patches = [release("1.6.1", date(2026, 5, 20)), release("1.6.2", date(2026, 6, 1))]
    covered = most_recent(*patches)

    found = answer_line(covered, "1.6", tier="enterprise", at=TODAY)

    assert found.supported_from == CADENCE[-1].day
    assert answer_release(covered, patches[-1], tier="enterprise", at=TODAY).supported_from == (
        patches[-1].day
    )


def test_a_version_that_is_no_longer_the_most_recent_says_since_when():
    found = answer_release(most_recent(), CADENCE[2], tier="enterprise", at=TODAY)

    assert found.reason == (
        "Enterprise covers only the most recent version, no longer 1.2.0, since 1.3.0 came out on"
        " 5 March 2026."
    )


def test_a_patch_takes_the_place_of_a_version_and_a_minor_version_does_not():
    patched = most_recent(release("1.6.1", TOMORROW, planned=True))
    followed = most_recent(release("1.7.0", TOMORROW, planned=True))
    backported = most_recent(release("1.2.1", TOMORROW, planned=True))

    found = superseded_by(patched, "1.6.1")

    assert (found.line, found.version, found.tiers) == ("1.6", "1.6.0", ("enterprise",))
    assert found.day == TOMORROW
    assert superseded_by(followed, "1.7.0") is None
    assert superseded_by(backported, "1.2.1") is None


def test_where_a_tier_covers_lines_a_patch_takes_no_place():
    patched = coverage([*CADENCE, release("1.6.1", TOMORROW, planned=True)], policy(FIVE_MINORS))

    assert superseded_by(patched, "1.6.1") is None
