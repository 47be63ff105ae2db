from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.gate.rules import line_dropped_early
from lifecycle.gate.scenes import Drop
from lifecycle.policy.lead_times import Earliest, Owed
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import Severity
from testkit.rule_scenes import LONG_AGO, TODAY, announced, asked, owed_from, waived

DAY = timedelta(days=1)
UNTIL = date(2027, 3, 31)


def drop(covered=True, **parts):
    return Drop("3.34", "enterprise", covered, ("drops", 0), **parts)


def found(*drops, **parts):
    return list(line_dropped_early.check(asked(drops=drops, **parts)))


def ending(on, **parts):
    """Announce an end of support 90 days before; pro's has long come."""
    owed = owed_from(on, enterprise=90)
    days = {"pro": LONG_AGO, "enterprise": on + 90 * DAY}
    return announced(on, Kind.END_OF_SUPPORT, **{"days": days, "owed": owed} | parts)


def test_a_line_that_is_covered_is_dropped_early():
    owed = owed_from(TODAY, enterprise=90)[0]
    (one,) = found(
        drop(supported_until=UNTIL, reason="the 5th of 5", accounts=2, owed=owed), day=TODAY + DAY
    )

    assert one.message == (
        "3.34 is covered for enterprise until 2027-03-31, and 3.40.0 drops it on 2026-12-02. Run by"
        " 2 accounts (enterprise: 2)."
    )
    assert one.fix == "Drop 3.34 on or after 2027-04-01."
    assert (one.subject, one.path, one.at_most) == ("3.34", ("drops", 0), Severity.ERROR)
    assert one.evidence == {
        "owed": [
            {
                "tier": "enterprise",
                "period": "90 days",
                "earliest": "2027-03-01",
                "policy": "clairdash-support 1",
            }
        ],
        "deprecation": None,
        "tier": "enterprise",
        "covered": True,
        "supported_until": "2027-03-31",
        "reason": "the 5th of 5",
        "running": {"enterprise": 2},
    }


def test_a_line_that_is_not_covered_may_be_dropped():
    assert not found(drop(covered=False))
    assert not found(drop(covered=False, announced=ending(TODAY)))


def test_a_line_of_which_nobody_knows_is_not_dropped():
    owed = owed_from(TODAY, enterprise=90)[0]
    (one,) = found(drop(covered=None, owed=owed))

    assert one.message == (
        "The end of coverage of 3.34 for enterprise is not declared, and 3.40.0 drops it on"
        " 2026-12-01. Run by 0 accounts."
    )
    assert one.fix == (
        "Declare when its coverage ends, or announce it by 2026-12-01 to release on 2027-03-01."
    )
    assert one.evidence["covered"] is None
    assert one.evidence["supported_until"] is None
    assert one.at_most is Severity.ERROR


@pytest.mark.parametrize(
    ("owed", "fix"),
    [
        (
            owed_from(TODAY, enterprise=90)[0],
            "Keep 3.34, and announce it by 2026-12-01 to release on 2027-03-01.",
        ),
        (
            Owed("enterprise", None, Earliest(TODAY), "clairdash-support 1"),
            "Keep 3.34, and announce the end of its support.",
        ),
        (None, "Keep 3.34, and announce the end of its support."),
    ],
)
def test_a_line_whose_end_nobody_knows_waits_for_an_announced_end(owed, fix):
    (one,) = found(drop(owed=owed))

    assert one.message.startswith("3.34 is covered for enterprise with no end known, and 3.40.0")
    assert one.fix == fix
    assert len(one.evidence["owed"]) == (1 if owed else 0)


def test_the_end_of_a_line_that_can_only_be_estimated_is_called_an_estimate():
    (one,) = found(drop(projected_until=UNTIL))

    assert one.message.startswith(
        "3.34 is covered for enterprise until about 2027-03-31 (an estimate), and 3.40.0 drops it"
    )
    assert one.evidence["supported_until"] is None
    assert one.fix == "Keep 3.34, and announce the end of its support."


def test_a_line_may_be_dropped_on_the_day_that_its_end_was_announced_for():
    told = ending(TODAY - 90 * DAY)

    assert not found(drop(None, announced=told, supported_until=UNTIL))
    assert found(drop(None, announced=told), day=TODAY - DAY, at=TODAY - 2 * DAY)


@pytest.mark.parametrize(
    ("until", "fix"),
    [
        (UNTIL, "Drop 3.34 on or after 2027-04-01."),
        (None, "Keep 3.34 until the window of enterprise no longer covers it."),
    ],
)
def test_a_line_that_its_window_covers_beyond_the_announced_end_is_dropped_early(until, fix):
    told = ending(TODAY - 90 * DAY)
    (one,) = found(drop(announced=told, supported_until=until))

    assert one.fix == fix
    assert one.evidence["deprecation"] == told.uid
    assert one.evidence["not_before"] is None


def test_an_announced_end_says_when_the_line_may_be_dropped():
    told = ending(TODAY - 89 * DAY)
    (one,) = found(drop(announced=told, supported_until=UNTIL, accounts=1))

    assert one.message == (
        "3.34 is covered for enterprise until 2027-03-31, and 3.40.0 drops it on 2026-12-01:"
        " announced on 2026-09-03, it takes effect for enterprise on 2026-12-02; enterprise "
        "requires"
        " 90 days (2026-12-02 at the earliest). Run by 1 account (enterprise: 1)."
    )
    assert one.fix == "Release on or after 2026-12-02."
    assert one.evidence["deprecation"] == told.uid
    assert one.evidence["forced_by"] == ["enterprise"]
    assert one.evidence["owed"][0]["earliest"] == "2026-12-02"


def test_an_end_announced_for_a_later_version_keeps_the_line_until_then():
    told = ending(LONG_AGO, from_version="4.0.0", reached=False)
    (one,) = found(drop(announced=told))

    assert one.fix == "Keep 3.34 until 4.0.0."


def test_only_the_tiers_own_day_counts():
    told = ending(TODAY - 90 * DAY, days={"pro": UNTIL, "enterprise": TODAY})

    assert not found(drop(None, announced=told))


def test_only_what_the_tier_itself_is_owed_counts():
    told = ending(TODAY - 90 * DAY, owed=owed_from(TODAY, pro=90))

    assert not found(drop(None, announced=told))


def test_an_end_announced_under_a_waiver_stands():
    sooner = {"enterprise": TODAY}

    assert found(drop(announced=ending(TODAY - DAY, days=sooner)))
    assert not found(drop(announced=ending(TODAY - DAY, days=sooner, waiver=waived())))


def test_an_end_that_was_announced_to_others_is_none_for_the_tier():
    (one,) = found(drop(supported_until=UNTIL, announced=ending(LONG_AGO, days={"pro": TODAY})))

    assert one.evidence["deprecation"] is None
    assert one.fix == "Drop 3.34 on or after 2027-04-01."


def test_a_line_that_may_be_dropped_hides_none_that_may_not():
    pro = Drop("3.34", "pro", covered=False)

    assert [each.evidence["tier"] for each in found(pro, drop())] == ["enterprise"]
