"""Ends of support that a release causes: announced, and in time."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.gate.rules import implied_end_too_soon, implied_end_unannounced
from lifecycle.policy.lead_times import Earliest, Owed
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import Severity
from testkit.rule_scenes import TODAY, announced, asked, line_end, owed_from, waived

NEXT_YEAR = date(2027, 3, 1)
EXEMPT = Owed("enterprise", None, Earliest(TODAY), "clairdash-support 1")


def unannounced(end, **parts):
    return list(implied_end_unannounced.check(asked(ends=(end,), **parts)))


def too_soon(end, **parts):
    return list(implied_end_too_soon.check(asked(ends=(end,), **parts)))


def told(on, effective=TODAY, *, rule=None, tier="enterprise", **parts):
    """Announce the end on a day; Enterprise requires 90 days, and perhaps releases as well."""
    (owed,) = owed_from(on, enterprise=90)
    earliest = msgspec.structs.replace(owed.earliest, rule=rule)
    given = {"days": {tier: effective}, "owed": (msgspec.structs.replace(owed, earliest=earliest),)}
    return announced(on, Kind.END_OF_SUPPORT, **given | parts)


def test_an_announced_end_hides_none_that_nobody_announced():
    ends = (line_end("3.33", announced=told(TODAY)), line_end("3.34"))

    found = implied_end_unannounced.check(asked(ends=ends))

    assert [each.subject for each in found] == ["3.34"]


def test_an_end_that_nobody_announced_hides_none_that_is_too_soon():
    ends = (line_end("3.33"), line_end("3.34", announced=told(TODAY)))

    found = implied_end_too_soon.check(asked(ends=ends))

    assert [each.subject for each in found] == ["3.34"]


def test_an_end_that_nobody_announced_fails_with_the_day_to_announce_it_for():
    (finding,) = unannounced(line_end())

    assert (finding.rule, finding.subject, finding.path) == ("implied-end-unannounced", "3.34", ())
    assert finding.message == (
        "3.40.0 ends support of 3.34 for enterprise after 2026-11-30, and nobody announced it:"
        " enterprise requires 90 days. It is run by 2 accounts (enterprise: 2). 3.34 is no longer"
        " among the 5 newest minor versions that enterprise covers."
    )
    assert finding.fix == (
        "Announce by 2026-12-01 that support of 3.34 ends after 2027-02-28; 3.34 stays covered"
        " until then, whenever 3.40.0 goes out."
    )
    assert finding.evidence == {
        "line": "3.34",
        "tier": "enterprise",
        "effective_on": "2026-12-01",
        "reason": "3.34 is no longer among the 5 newest minor versions that enterprise covers.",
        "owed": [
            {
                "tier": "enterprise",
                "period": "90 days",
                "earliest": "2027-03-01",
                "policy": "clairdash-support 1",
            }
        ],
        "running": {"enterprise": 2},
    }
    assert finding.at_most is Severity.ERROR
    assert implied_end_unannounced.SEVERITY is Severity.ERROR


@pytest.mark.parametrize(
    ("end", "at_most"),
    [
        (line_end(), Severity.ERROR),
        (line_end(accounts=1), Severity.ERROR),
        (line_end(accounts=0), Severity.WARNING),
        (line_end(owed=owed_from(TODAY, enterprise=None)[0]), Severity.WARNING),
        (line_end(owed=EXEMPT), Severity.WARNING),
        (line_end(owed=None), Severity.WARNING),
    ],
)
def test_an_unannounced_end_fails_only_where_something_is_owed_to_somebody(end, at_most):
    (finding,) = unannounced(end)

    assert finding.at_most is at_most


@pytest.mark.parametrize("owed", [EXEMPT, None])
def test_where_nothing_is_owed_the_window_is_said_to_be_what_ends_the_line(owed):
    (finding,) = unannounced(line_end(owed=owed))

    assert "No notice is required." in finding.message
    assert finding.fix == (
        "No notice is required, and the window ends 3.34 with this release; announce it anyway if "
        "anybody should know."
    )


def test_a_line_that_nobody_runs_is_said_to_be_run_by_none():
    (finding,) = unannounced(line_end(accounts=0))

    assert "It is run by 0 accounts. 3.34" in finding.message
    assert finding.evidence["running"] == {}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2027, 2, 28), "after 2027-02-28;"),
        (date(2027, 3, 1), "after 2027-02-28;"),
        (date(2027, 3, 2), "after 2027-03-01;"),
    ],
)
def test_an_end_is_to_be_announced_for_no_day_before_the_release(day, said):
    (finding,) = unannounced(line_end(effective_on=day), day=day)

    assert f"Announce by 2026-12-01 that support of 3.34 ends {said}" in finding.fix


def test_an_end_is_to_be_announced_for_no_day_that_the_window_still_covers():
    (finding,) = unannounced(line_end(effective_on=date(2027, 9, 1)))

    assert "that support of 3.34 ends after 2027-08-31;" in finding.fix


def test_releases_that_must_come_first_are_named():
    owed = Owed("enterprise", "3 minor releases", Earliest(TODAY, "3 minor releases"), "p 1")

    (finding,) = unannounced(line_end(owed=owed))

    assert (
        "after 2026-11-30, and after 3 more minor releases; 3.34 stays covered until" in finding.fix
    )


def test_each_line_and_tier_is_found_by_itself():
    ends = (line_end(), line_end(tier="pro"), line_end("3.33"))

    found = implied_end_unannounced.check(asked(ends=ends))

    assert [(each.subject, each.evidence["tier"]) for each in found] == [
        ("3.34", "enterprise"),
        ("3.34", "pro"),
        ("3.33", "enterprise"),
    ]


def test_an_announcement_for_another_tier_announces_nothing():
    end = line_end(announced=told(date(2026, 1, 1), tier="pro"))

    assert len(unannounced(end)) == 1
    assert too_soon(end) == []


def test_an_announced_end_is_not_unannounced_however_short():
    assert unannounced(line_end(announced=told(TODAY))) == []


def test_an_end_that_is_not_announced_is_not_too_soon():
    assert too_soon(line_end()) == []


def test_an_end_before_what_is_owed_fails_with_the_day_to_wait_for():
    (finding,) = too_soon(line_end(announced=told(date(2026, 10, 1), date(2026, 11, 1))))

    assert (finding.rule, finding.subject, finding.path) == ("implied-end-too-soon", "3.34", ())
    assert finding.message == (
        "3.40.0 ends support of 3.34 for enterprise after 2026-11-30, announced on 2026-10-01:"
        " enterprise requires 90 days, which allows it from 2026-12-30. It is run by 2 accounts"
        " (enterprise: 2)."
    )
    assert finding.fix == (
        "Release on or after 2026-12-30; or postpone the announced end of 3.34 to 2026-12-30, and"
        " it stays covered until then."
    )
    assert finding.evidence == {
        "deprecation": "0d5f8a4e-deprecation",
        "kind": "end_of_support",
        "announced_on": "2026-10-01",
        "effective_on": {"enterprise": "2026-11-01"},
        "from_version": None,
        "waiver": None,
        "line": "3.34",
        "tier": "enterprise",
        "ends_on": "2026-12-01",
        "owed": [
            {
                "tier": "enterprise",
                "period": "90 days",
                "earliest": "2026-12-30",
                "policy": "clairdash-support 1",
            }
        ],
        "running": {"enterprise": 2},
    }
    assert finding.at_most is Severity.ERROR
    assert implied_end_too_soon.SEVERITY is Severity.ERROR


@pytest.mark.parametrize(
    ("days_ago", "effective", "day", "found"),
    [
        (90, TODAY, TODAY, 0),
        (89, TODAY, TODAY, 1),
        (89, TODAY, TODAY + timedelta(1), 0),  # the release slips, and the end with it
        (89, TODAY + timedelta(1), TODAY, 0),  # the release comes early; the line stays covered
        (88, TODAY + timedelta(1), TODAY, 1),
        (0, NEXT_YEAR, TODAY, 0),
        (0, NEXT_YEAR - timedelta(1), TODAY, 1),
    ],
)
def test_an_end_counts_on_the_later_of_its_announced_day_and_the_release(
    days_ago, effective, day, found
):
    end = line_end(announced=told(TODAY - timedelta(days_ago), effective))

    assert len(too_soon(end, day=day)) == found


@pytest.mark.parametrize(
    ("effective", "found"),
    [(TODAY - timedelta(1), 1), (TODAY, 1), (TODAY + timedelta(1), 0)],
)
def test_releases_that_had_to_come_first_are_missing_once_the_end_is_in_force(effective, found):
    rule = "3 minor releases"

    findings = too_soon(line_end(announced=told(date(2026, 1, 1), effective, rule=rule)))

    assert len(findings) == found
    for finding in findings:
        assert "allows it from 2026-04-01, once 3 minor releases are out." in finding.message
        assert finding.fix == (
            "Release once 3 minor releases are out, on or after 2026-12-01; or postpone the"
            " announced end of 3.34 beyond that, and it stays covered until then."
        )


def test_a_waived_end_is_never_too_soon():
    assert too_soon(line_end(announced=told(TODAY, waiver=waived()))) == []


def test_an_announcement_that_owes_the_tier_nothing_is_never_too_soon():
    assert too_soon(line_end(announced=told(TODAY, owed=owed_from(TODAY, pro=90)))) == []


@pytest.mark.parametrize(
    ("days", "accounts", "at_most"),
    [(90, 1, Severity.ERROR), (90, 0, Severity.WARNING), (None, 1, Severity.WARNING)],
)
def test_an_early_end_fails_only_where_days_are_owed_to_somebody(days, accounts, at_most):
    owed = owed_from(TODAY, enterprise=days)

    (finding,) = too_soon(line_end(accounts=accounts, announced=told(TODAY, owed=owed)))

    assert finding.at_most is at_most
    assert finding.evidence["running"] == ({"enterprise": 1} if accounts else {})


def test_what_the_end_of_its_own_tier_is_owed_counts_not_that_of_others():
    owed = (*owed_from(TODAY, pro=90), *owed_from(date(2026, 1, 1), enterprise=90))

    assert too_soon(line_end(announced=told(date(2026, 1, 1), owed=owed))) == []


days = st.dates(date(2026, 1, 1), date(2028, 1, 1))


@given(announced_on=days, effective=days, day=days, later=st.integers(0, 900))
def test_waiting_longer_never_makes_an_end_sooner(announced_on, effective, day, later):
    end = line_end(announced=told(announced_on, effective))

    found = too_soon(end, day=day)
    waited = too_soon(end, day=day + timedelta(later))

    assert len(waited) <= len(found)


@given(announced_on=days, effective=days, day=days)
def test_releasing_on_the_day_that_the_way_out_names_mends_it(announced_on, effective, day):
    end = line_end(announced=told(announced_on, effective))

    for each in too_soon(end, day=day):
        named = date.fromisoformat(each.fix.split("on or after ")[1][:10])
        assert too_soon(end, day=named) == []
        assert too_soon(end, day=named - timedelta(1)) != []
