"""Which policy may follow which, and which is in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.succession import (
    Entered,
    PolicyConflict,
    Step,
    check_successor,
    in_force,
    in_force_at,
    in_force_or_first,
    registration_zone,
    zone_at,
)
from testkit.policy_samples import document

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TIER = {"window": {"best_effort": True}}


def policy(version="1", starts=date(2026, 1, 1), **changes):
    return parse_policy(document(version=version, in_force_from=starts, **changes))


def entered(what=None, *, ago=timedelta(days=100), relied_on=False):
    return Entered(what or policy(), NOW - ago, relied_on)


def check(existing, new, **options):
    return check_successor(existing, new, today=TODAY, now=NOW, **options)


@pytest.mark.parametrize("starts", [date(1999, 1, 1), TODAY, date(2030, 1, 1)])
def test_a_first_policy_may_start_any_day(starts):
    assert check([], policy(starts=starts)) is Step.FIRST


def test_the_same_document_again_changes_nothing():
    assert check([entered(relied_on=True)], policy()) is Step.UNCHANGED


@pytest.mark.parametrize("starts", [TODAY, date(2030, 1, 1)])
def test_a_successor_starts_today_or_later(starts):
    assert check([entered()], policy("2", starts)) is Step.SUCCEEDS


def test_a_successor_in_the_past_is_refused_with_the_earliest_day():
    with pytest.raises(PolicyConflict, match="2026-06-15 or later") as refusal:
        check([entered()], policy("2", date(2026, 6, 14)))

    assert refusal.value.problems[0].field == "in_force_from"


def test_two_policies_never_start_on_one_day():
    standing = [entered(), entered(policy("2", date(2026, 7, 1)))]

    with pytest.raises(PolicyConflict, match="Version 2 starts"):
        check(standing, policy("3", date(2026, 7, 1)))


@pytest.mark.parametrize(
    ("ago", "starts", "relied_on", "allowed"),
    [
        (timedelta(hours=24), date(2026, 1, 1), False, True),
        (timedelta(hours=24, seconds=1), date(2026, 1, 1), False, False),
        (timedelta(minutes=1), date(2026, 1, 1), True, False),
        (timedelta(days=30), date(2026, 6, 16), False, True),
        (timedelta(days=30), date(2026, 6, 15), False, False),
        (timedelta(days=30), date(2026, 6, 16), True, False),
    ],
    ids=["within a day", "later", "a notice rests on it", "not yet", "from today", "not yet, told"],
)
def test_a_mistaken_policy_may_be_corrected_for_a_day_or_before_it_is_in_force(
    ago, starts, relied_on, allowed
):
    standing = [entered(policy(starts=starts), ago=ago, relied_on=relied_on)]
    corrected = policy(starts=starts, reminders=[7])

    if allowed:
        assert check(standing, corrected) is Step.REPLACES
    else:
        with pytest.raises(PolicyConflict, match="under a new version"):
            check(standing, corrected)


def test_correcting_a_successor_never_moves_its_start_into_the_past():
    soon = entered(policy("2", date(2026, 7, 1)))

    with pytest.raises(PolicyConflict, match="lies in the past"):
        check([entered(), soon], policy("2", date(2026, 6, 1)))


def test_correcting_a_successor_that_began_yesterday_may_keep_its_day():
    begun = entered(policy("2", date(2026, 6, 14)), ago=timedelta(hours=20))

    step = check([entered(), begun], policy("2", date(2026, 6, 14), reminders=[7]))

    assert step is Step.REPLACES


def test_a_tier_that_accounts_have_is_not_dropped():
    both = policy(tiers={"pro": TIER | {"rank": 1}, "gold": TIER | {"rank": 2}})
    new = policy("2", TODAY, tiers={"pro": TIER | {"rank": 1}})

    with pytest.raises(PolicyConflict, match="gold"):
        check([entered(both)], new, tiers_in_use={"gold", "pro"})

    assert check([entered(both)], new, tiers_in_use={"pro", "other"}) is Step.SUCCEEDS


def test_a_correction_keeps_the_tiers_in_use_too():
    both = policy(tiers={"pro": TIER | {"rank": 1}, "gold": TIER | {"rank": 2}})
    new = policy(tiers={"pro": TIER | {"rank": 1}})

    with pytest.raises(PolicyConflict, match="gold"):
        check([entered(both, ago=timedelta(hours=1))], new, tiers_in_use={"gold"})


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), "1"),
        (date(2026, 6, 30), "1"),
        (date(2026, 7, 1), "2"),
        (date.max, "2"),
    ],
)
def test_the_last_policy_begun_is_in_force_whatever_the_order_of_entry(day, version):
    policies = [policy("2", date(2026, 7, 1)), policy("1", date(2026, 1, 1))]

    found = in_force(policies, day)

    assert (found.version if found else None) == version


AUCKLAND = policy("1", date(2026, 1, 1), timezone="Pacific/Auckland")
HONOLULU = policy("2", date(2026, 6, 15), timezone="Pacific/Honolulu")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2025, 12, 31, 10, 59, tzinfo=UTC), None),
        (datetime(2025, 12, 31, 11, tzinfo=UTC), AUCKLAND),
        (datetime(2026, 6, 15, 9, 59, tzinfo=UTC), AUCKLAND),
        (datetime(2026, 6, 15, 10, tzinfo=UTC), HONOLULU),
    ],
)
def test_a_policy_begins_when_its_first_day_does_in_its_own_zone(now, expected):
    policies = [AUCKLAND, HONOLULU]

    assert in_force_at(policies, now) is expected
    assert zone_at(policies, now).key == (expected or AUCKLAND).timezone


def test_before_the_first_policy_that_one_stands_in_and_without_any_days_are_counted_in_utc():
    policies = [AUCKLAND, HONOLULU]

    assert in_force_or_first(policies, date(2020, 1, 1)) is AUCKLAND
    assert in_force_or_first(policies, date(2026, 6, 15)) is HONOLULU
    assert in_force_or_first((), date(2026, 6, 15)) is None
    assert zone_at((), NOW).key == "UTC"


def test_registration_is_dated_in_the_zone_of_the_last_policy_though_it_is_still_to_come():
    assert registration_zone([AUCKLAND, HONOLULU]).key == "Pacific/Honolulu"
    assert registration_zone([]).key == "UTC"
