from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.calendar.days import write_day
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
ACTIVE_SUPPORT = Declared((Phase.ACTIVE_SUPPORT,))


def test_the_reason_for_an_end_that_came_under_an_earlier_policy_names_that_policy():
    succeeded = date(2026, 6, 1)
    earlier = policy(Newest(5, Granularity.MINOR))
    later = policy(Newest(2, Granularity.MINOR), version="2", since=succeeded)
    covered = coverage([*minors(7), release("1.7.0", date(2026, 6, 20))], earlier, later)

    found = answer_line(covered, "1.2", tier="enterprise", at=TODAY)

    assert (found.status, found.supported_until) == (Status.UNSUPPORTED, date(2026, 6, 19))
    assert found.reason == (
        "1.2 is not among the 5 newest minor versions that enterprise covers, since 1.7 came out"
        " on 20 June 2026. The earlier policy, promise 1, still decides this."
    )


def test_the_reason_for_the_most_recent_version_says_what_comes_next():
    plan = release("1.5.0", TODAY + 20 * DAY, planned=True)
    covered = coverage([*minors(5), plan], policy(MOST_RECENT))

    found = answer_line(covered, "1.4", tier="enterprise", at=TODAY)

    assert found.supported_until == plan.day - DAY
    assert found.reason.endswith(f"until 1.5.0 comes out on {write_day(plan.day)}.")


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2028, 6, 30), "bookworm reaches its end of life on 30 June 2028."),
        (date(2028, 7, 1), "bookworm reached its end of life on 30 June 2028."),
    ],
)
def test_a_line_keeps_its_name_in_the_reason_and_reaches_its_end_of_life(today, said):
    line = declared_line("bookworm", first=date(2023, 6, 10), end_of_life=date(2028, 6, 30))
    covered = coverage([], policy(END_OF_LIFE), lines=[line], line_by="declared", today=today)

    assert answer_line(covered, "bookworm", tier="enterprise", at=TODAY).reason == said


def test_an_end_that_is_still_to_come_is_said_as_such_for_a_day_after_it():
    plan = release("1.6.0", TODAY + 20 * DAY, planned=True)
    line = declared_line("9", first=date(2023, 6, 10), active_support=date(2026, 12, 27))
    counted = coverage([*minors(6), plan], policy(Newest(5, Granularity.MINOR)))
    declared = coverage([], policy(ACTIVE_SUPPORT), lines=[line], line_by="declared")

    out = answer_line(counted, "1.1", tier="enterprise", at=plan.day)
    over = answer_line(declared, "9", tier="enterprise", at=date(2026, 12, 28))

    assert out.reason == (
        f"When 1.6 comes out on {write_day(plan.day)}, 1.1 will no longer be among the 5 newest"
        " minor versions that enterprise covers."
    )
    assert over.reason == "Active support for 9 ends on 27 December 2026."


def test_a_release_in_no_line_is_told_that_no_line_could_declare_a_day():
    adrift = release("1.0.0", date(2026, 1, 1), line=None)
    covered = coverage([adrift], policy(END_OF_LIFE), line_by="declared")

    found = answer_release(covered, adrift, tier="enterprise", at=TODAY)

    assert (found.status, found.end) == (Status.UNKNOWN, End.UNKNOWN)
    assert found.reason == "1.0.0 belongs to no line that could declare a day for end of life."

    either = policy(Declared((Phase.SECURITY_SUPPORT, Phase.END_OF_LIFE)))
    covered = coverage([adrift], either, line_by="declared")
    found = answer_release(covered, adrift, tier="enterprise", at=TODAY)

    assert found.reason.endswith("could declare a day for security support or end of life.")


def test_before_the_first_policy_nothing_is_known_of_any_version():
    since = date(2026, 6, 1)
    plan = release("2.0.0", TODAY + 20 * DAY, planned=True)
    early = release("1.9.0rc1", date(2026, 1, 1))
    covered = coverage([*minors(5), early, plan], policy(MOST_RECENT, since=since))

    found = [
        answer_release(covered, release, tier="enterprise", at=since - DAY)
        for release in covered.facts.releases
    ]

    assert {(each.status, each.end) for each in found} == {(Status.UNKNOWN, End.UNKNOWN)}
    assert answer_line(covered, "2.0", tier="enterprise", at=since - DAY).status is Status.UNKNOWN


def test_an_estimate_does_not_end_support_before_it_begins():
    later = policy(Newest(2, Granularity.MINOR), version="2", since=TODAY + 60 * DAY)
    covered = coverage(minors(9), policy(MOST_RECENT), later)

    found = answer_line(covered, "1.7", tier="enterprise", at=TODAY + 60 * DAY)

    assert found.supported_from == TODAY + 60 * DAY
    assert found.projected_until.earliest >= found.supported_from


def test_a_tier_named_after_an_abbreviation_is_written_as_pages_show_it():
    known = coverage(minors(3), policy(Newest(5, Granularity.MINOR), tier="lts-plus"))
    newest = coverage(minors(3), policy(MOST_RECENT, tier="lts-plus"))

    assert " that LTS-plus covers" in answer_line(known, "1.2", tier="lts-plus", at=TODAY).reason
    assert answer_release(
        newest, newest.facts.releases[0], tier="lts-plus", at=TODAY
    ).reason.startswith("LTS-plus covers only the most recent version")
