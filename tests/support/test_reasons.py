from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.policy.windows import Declared, Granularity, Newest, Phase
from lifecycle.support.intervals import End
from lifecycle.support.status import Status, answer_line, answer_release
from testkit.coverage_samples import (
    MOST_RECENT,
    TODAY,
    coverage,
    declared_line,
    minors,
    policy,
    release,
)

DAY = timedelta(days=1)
END_OF_LIFE = Declared((Phase.END_OF_LIFE,))


def test_the_reason_for_an_end_that_came_under_an_earlier_policy_names_that_policy():
    succeeded = date(2026, 6, 1)
    earlier = policy(Newest(5, Granularity.MINOR))
    later = policy(Newest(2, Granularity.MINOR), version="2", since=succeeded)
    covered = coverage([*minors(7), release("1.7.0", date(2026, 6, 20))], earlier, later)

    found = answer_line(covered, "1.2", tier="enterprise", at=TODAY)

    assert (found.status, found.supported_until) == (Status.UNSUPPORTED, date(2026, 6, 19))
    assert found.reason == (
        "1.2 is not among the 5 newest minor versions that enterprise covers, since 1.7 came out"
        " on 2026-06-20. This was promised under promise 1."
    )


def test_the_reason_for_the_most_recent_version_says_what_comes_next():
    plan = release("1.5.0", TODAY + 20 * DAY, planned=True)
    covered = coverage([*minors(5), plan], policy(MOST_RECENT))

    found = answer_line(covered, "1.4", tier="enterprise", at=TODAY)

    assert found.supported_until == plan.day - DAY
    assert found.reason.endswith(f"until 1.5.0 comes out on {plan.day}.")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (TODAY, "bookworm reaches its end of life with 2028-06-30."),
        (date(2029, 1, 1), "bookworm reached its end of life with 2028-06-30."),
    ],
)
def test_a_line_keeps_its_name_in_the_reason_and_reaches_its_end_of_life(at, said):
    line = declared_line("bookworm", first=date(2023, 6, 10), end_of_life=date(2028, 6, 30))
    covered = coverage([], policy(END_OF_LIFE), lines=[line], line_by="declared")

    assert answer_line(covered, "bookworm", tier="enterprise", at=at).reason == said


def test_a_release_in_no_line_is_told_that_no_line_could_declare_a_day():
    adrift = release("1.0.0", date(2026, 1, 1), line=None)
    covered = coverage([adrift], policy(END_OF_LIFE), line_by="declared")

    found = answer_release(covered, adrift, tier="enterprise", at=TODAY)

    assert (found.status, found.end) == (Status.UNKNOWN, End.UNKNOWN)
    assert found.reason == "1.0.0 belongs to no line that could declare a day for end of life."


def test_before_the_first_policy_nothing_is_known_of_any_version():
    since = date(2026, 6, 1)
    plan = release("2.0.0", TODAY + 20 * DAY, planned=True)
    early = release("1.9.0rc1", date(2026, 1, 1))
    covered = coverage([*minors(5), early, plan], policy(MOST_RECENT, since=since))

    found = [
        answer_release(covered, each, tier="enterprise", at=since - DAY)
        for each in covered.facts.releases
    ]

    assert {(each.status, each.end) for each in found} == {(Status.UNKNOWN, End.UNKNOWN)}
    assert answer_line(covered, "2.0", tier="enterprise", at=since - DAY).status is Status.UNKNOWN


def test_an_estimate_does_not_end_support_before_it_begins():
    later = policy(Newest(2, Granularity.MINOR), version="2", since=TODAY + 60 * DAY)
    covered = coverage(minors(9), policy(MOST_RECENT), later)

    found = answer_line(covered, "1.7", tier="enterprise", at=TODAY + 60 * DAY)

    assert found.supported_from == TODAY + 60 * DAY
    assert found.projected_until.earliest >= found.supported_from
