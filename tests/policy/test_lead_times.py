from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.business import BusinessHours, is_business_day
from lifecycle.calendar.estimates import Estimate
from lifecycle.calendar.lengths import Length
from lifecycle.policy.lead_times import (
    ChangeTerms,
    Counted,
    Earliest,
    Owed,
    earliest_day,
    latest,
    owed,
)
from lifecycle.policy.notice_periods import (
    BestEffort,
    BusinessDays,
    Kind,
    Lead,
    Longest,
    Releases,
    parse_period,
)
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.stages import Stage
from lifecycle.policy.windows import Granularity

DAY = date(2026, 11, 21)
US = BusinessHours(frozenset(range(5)), time(9), time(18), "US", ZoneInfo("America/New_York"))
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def none_yet(period, after):
    return Counted(None)


def published(*days):
    """Count releases that came out on these days."""

    def following(period, after):
        later = [day for day in days if day > after]
        return Counted(later[period.count - 1] if len(later) >= period.count else None)

    return following


def first_day(text, announced_on=DAY, *, hours=None, following=none_yet):
    period = parse_period(text)
    return earliest_day(period, announced_on, hours=hours, following=following)


@pytest.mark.parametrize(
    ("period", "announced_on", "expected"),
    [
        ("90 days", date(2026, 11, 21), date(2027, 2, 19)),
        ("180 days", date(2026, 11, 21), date(2027, 5, 20)),
        ("1 month", date(2027, 1, 31), date(2027, 2, 28)),
        ("1 month", date(2028, 1, 31), date(2028, 2, 29)),
        ("12 months", date(2028, 2, 29), date(2029, 2, 28)),
        ("2 years", date(2026, 11, 21), date(2028, 11, 21)),
        ("2 weeks", date(2026, 11, 21), date(2026, 12, 5)),
        ("best effort", date(2026, 11, 21), date(2026, 11, 22)),
        ("best effort", date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_a_calendar_period_counts_from_the_day_of_the_announcement(period, announced_on, expected):
    assert first_day(period, announced_on) == Earliest(expected)


def test_business_days_start_the_day_after_and_skip_holidays():
    thanksgiving_week = date(2026, 11, 25)

    assert first_day("1 business day", thanksgiving_week, hours=US).day == date(2026, 11, 27)
    assert first_day("2 business days", thanksgiving_week, hours=US).day == date(2026, 11, 30)


def test_business_days_without_business_hours_are_monday_to_friday():
    assert first_day("1 business day", date(2026, 11, 20)).day == date(2026, 11, 23)


def test_business_days_are_those_of_the_policy_that_owes_them():
    saudi = policy(1, "2024-01-01", "1 business day", hours=RIYADH)

    assert asked([saudi], announced_on=date(2026, 11, 19)).earliest.day == date(2026, 11, 22)


def test_who_is_owed_no_period_may_be_told_on_the_day():
    found = earliest_day(None, DAY, hours=None, following=none_yet)

    assert found == Earliest(DAY)


def test_releases_that_are_not_out_yet_are_a_rule_with_a_projection():
    estimate = Estimate(date(2026, 11, 1), date(2027, 2, 1), date(2027, 4, 1))

    found = first_day("3 minor releases", following=lambda period, after: Counted(None, estimate))

    assert found.day == date(2026, 11, 22)
    assert found.rule == "3 minor releases"
    assert found.projected == Estimate(date(2026, 11, 22), date(2027, 2, 1), date(2027, 4, 1))


def test_releases_that_are_out_fix_the_day_on_the_last_of_them():
    following = published(date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))

    assert first_day("3 minor releases", following=following) == Earliest(date(2027, 2, 1))
    assert first_day("4 minor releases", following=following).rule == "4 minor releases"


def test_the_longer_of_several_is_the_later_day():
    period = Longest((Lead(Length(months=9)), Releases(3, Granularity.MINOR)))
    soon = published(date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))

    with_releases = earliest_day(period, DAY, hours=None, following=soon)
    without = earliest_day(period, DAY, hours=None, following=none_yet)

    assert with_releases == Earliest(date(2027, 8, 21))
    assert (without.day, without.rule) == (date(2027, 8, 21), "3 minor releases")


MAYBE = Estimate(date(2027, 1, 1), date(2027, 3, 1), date(2027, 5, 1))
SOONER = Estimate(date(2026, 12, 1), date(2027, 2, 1), date(2027, 6, 1))


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ([Earliest(DAY), Earliest(date(2027, 1, 1))], Earliest(date(2027, 1, 1))),
        (
            [Earliest(DAY, "3 releases", MAYBE), Earliest(DAY, "2 minor releases", SOONER)],
            Earliest(
                DAY,
                "3 releases and 2 minor releases",
                Estimate(date(2027, 1, 1), date(2027, 3, 1), date(2027, 6, 1)),
            ),
        ),
        (
            [Earliest(DAY, "3 releases", MAYBE), Earliest(DAY, "3 releases", MAYBE)],
            Earliest(DAY, "3 releases", MAYBE),
        ),
        (
            [Earliest(DAY, "3 releases", MAYBE), Earliest(DAY, "2 minor releases")],
            Earliest(DAY, "3 releases and 2 minor releases"),
        ),
        (
            [Earliest(DAY, "3 releases", MAYBE), Earliest(date(2027, 4, 1))],
            Earliest(
                date(2027, 4, 1),
                "3 releases",
                Estimate(date(2027, 4, 1), date(2027, 4, 1), date(2027, 5, 1)),
            ),
        ),
    ],
)
def test_the_latest_of_several_may_come_when_all_of_them_may(several, expected):
    assert latest(several) == expected


RIYADH = 'business_hours: {days: [sun, mon, tue, wed, thu], open: "09:00", close: "17:00"}'


def policy(version, starts, removal, *, exempt="[]", hours="", others=""):
    return parse_policy(
        f"""
policy: support
version: "{version}"
in_force_from: {starts}
exempt_stages: {exempt}
{hours}
tiers:
  pro: {{rank: 0, window: {{newest: {{count: 1, of: release}}}}}}
{others}
notice:
  removal: {{default: {removal}, stages: {{beta: {{default: 5 days}}}}}}
""",
        format="yaml",
    )


def asked(policies, *, tier="pro", stage=Stage.GA, bound_from=None, announced_on=DAY, **given):
    terms = ChangeTerms(Kind.REMOVAL, tier, stage, bound_from)
    return owed(policies, terms, announced_on, **({"following": none_yet} | given))


def test_a_shorter_successor_does_not_shorten_what_existed_before_it():
    policies = [policy(1, "2024-01-01", "180 days"), policy(2, "2026-11-01", "30 days")]

    found = asked(policies, bound_from=date(2025, 1, 1))

    assert found.earliest.day == date(2026, 11, 1) + timedelta(days=180)
    assert (found.period, found.policy) == ("180 days", "support 1")


def test_what_came_after_the_succession_is_owed_the_successors_period():
    policies = [policy(1, "2024-01-01", "180 days"), policy(2, "2026-11-01", "30 days")]

    found = asked(policies, bound_from=date(2026, 11, 1))

    assert (found.earliest.day, found.policy) == (date(2026, 12, 21), "support 2")


def test_what_is_not_known_to_be_new_existed_under_every_policy():
    policies = [policy(1, "2024-01-01", "180 days"), policy(2, "2026-11-01", "30 days")]

    assert asked(policies).policy == "support 1"


def test_a_policy_still_to_come_says_nothing():
    policies = [policy(1, "2024-01-01", "30 days"), policy(2, "2027-01-01", "180 days")]

    assert asked(policies).earliest.day == date(2026, 12, 21)


def test_a_policy_says_what_is_owed_from_its_first_day_on():
    policies = [policy(1, "2026-11-21", "30 days")]

    assert asked(policies) == Owed("pro", "30 days", Earliest(date(2026, 12, 21)), "support 1")


def test_of_policies_that_allow_the_same_day_the_one_in_force_decides():
    policies = [policy(1, "2024-01-01", "30 days"), policy(2, "2026-11-11", "20 days")]

    assert asked(policies).policy == "support 2"


def test_of_several_earlier_policies_the_one_that_owes_longest_decides():
    policies = [
        policy(1, "2022-01-01", "1080 days"),
        policy(2, "2024-11-21", "900 days"),
        policy(3, "2026-11-01", "30 days"),
    ]

    found = asked(policies)

    assert (found.earliest.day, found.policy) == (date(2029, 4, 19), "support 2")
    assert asked(policies[:1] + policies[2:]).policy == "support 1"
    assert asked(policies, bound_from=date(2026, 11, 1)).policy == "support 3"


def test_a_shorter_earlier_policy_does_not_decide():
    policies = [policy(1, "2024-01-01", "30 days"), policy(2, "2026-11-01", "90 days")]

    assert asked(policies).policy == "support 2"


def test_of_the_same_day_what_waits_for_releases_as_well_decides():
    policies = [policy(1, "2024-01-01", "2 minor releases"), policy(2, DAY, "best effort")]

    found = asked(policies)

    assert found == Owed(
        "pro", "2 minor releases", Earliest(date(2026, 11, 22), "2 minor releases"), "support 1"
    )


def test_each_policy_counts_the_releases_that_followed_and_both_are_waited_for():
    asked_after = []

    def following(period, after):
        asked_after.append((str(period), after))
        return Counted(None)

    policies = [
        policy(1, "2024-01-01", "4 minor releases"),
        policy(2, "2026-11-01", "{longest: [90 days, 3 minor releases]}"),
    ]

    found = asked(policies, following=following)

    assert asked_after == [
        ("3 minor releases", DAY),
        ("4 minor releases", date(2026, 11, 1)),
    ]
    assert found.earliest == Earliest(date(2027, 2, 19), "3 minor releases and 4 minor releases")


def test_a_tier_is_owed_its_own_period():
    team = "  team: {rank: 1, window: {newest: {count: 1, of: release}}}"
    policies = [
        policy(1, "2022-01-01", "5 days"),
        policy(2, "2024-01-01", "10 days, team: 60 days", others=team),
    ]

    found = asked(policies, tier="team")

    assert (found.tier, found.period) == ("team", "60 days")


def test_before_the_first_policy_nothing_is_owed():
    assert asked([policy(1, "2027-01-01", "30 days")]) is None


def test_an_exempt_stage_owes_nothing_and_a_stage_of_its_own_terms_those():
    exempt = [policy(1, "2024-01-01", "90 days", exempt="[beta]")]
    special = [policy(1, "2024-01-01", "90 days")]

    assert asked(exempt, stage=Stage.BETA).period is None
    assert asked(exempt, stage=Stage.BETA).earliest.day == DAY
    assert asked(special, stage=Stage.BETA).earliest.day == DAY + timedelta(days=5)


def test_a_stage_that_was_not_exempt_before_keeps_its_period():
    policies = [
        policy(1, "2024-01-01", "90 days"),
        policy(2, "2026-11-20", "90 days", exempt="[beta]"),
    ]

    found = asked(policies, stage=Stage.BETA, bound_from=date(2025, 1, 1))

    assert found.earliest.day == date(2026, 11, 25)


PERIODS = st.one_of(
    st.builds(Lead, st.builds(Length, months=st.integers(0, 36), days=st.integers(1, 400))),
    st.builds(BusinessDays, st.integers(1, 60)),
    st.just(BestEffort()),
)


@given(PERIODS, DAYS)
def test_every_period_ends_after_the_announcement(period, day):
    assert earliest_day(period, day, hours=US, following=none_yet).day > day


@given(PERIODS, DAYS, st.integers(1, 400))
def test_announcing_later_never_ends_sooner(period, day, wait):
    first = earliest_day(period, day, hours=US, following=none_yet)
    second = earliest_day(period, day + timedelta(days=wait), hours=US, following=none_yet)

    assert second.day >= first.day


@given(st.lists(PERIODS, min_size=1, max_size=4), DAYS)
def test_the_longest_is_at_least_each_and_is_one_of_them(periods, day):
    each = [earliest_day(p, day, hours=US, following=none_yet).day for p in periods]

    found = earliest_day(Longest(tuple(periods)), day, hours=US, following=none_yet)

    assert found.day == max(each)


@given(st.integers(1, 60), DAYS)
def test_a_business_period_ends_on_a_business_day_with_so_many_in_between(count, day):
    found = earliest_day(BusinessDays(count), day, hours=US, following=none_yet).day

    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert is_business_day(found, US)
    assert sum(is_business_day(each, US) for each in between) == count


@given(st.lists(st.builds(Earliest, DAYS, st.sampled_from([None, "3 releases"])), min_size=1))
def test_the_latest_of_several_keeps_every_rule(several):
    found = latest(several)

    assert found.day == max(each.day for each in several)
    assert (found.rule is None) == all(each.rule is None for each in several)
