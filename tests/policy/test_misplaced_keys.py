"""A key in the wrong place of a policy document is sent to the place where it belongs."""

from typing import Any

import pytest

from lifecycle.policy.policy_documents import InvalidPolicy, parse_policy
from testkit.policy_samples import document

LENGTH = {"months": 6}
RULE = {"newest": {"count": 1, "of": "minor"}}
WINDOW = "tiers.pro.window"


def refusals(path: tuple[str, ...], value: Any) -> dict[str, str]:
    """Put a key into a sound document, and give what is said, by path."""
    policy = document(
        tiers={"pro": {"rank": 1, "window": {"lts_only": True}}},
        notice={"removal": {"default": "90 days", "stages": {"beta": "30 days"}}},
        gate={"stale_after": "30 days"},
    )
    around: Any = policy
    for part in path[:-1]:
        around = around.setdefault(part, {})
    around[path[-1]] = value
    with pytest.raises(InvalidPolicy) as refused:
        parse_policy(policy)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("path", "value", "home"),
    [
        ("at_least", LENGTH, "`tiers.TIER.window`"),
        ("tiers.at_least", LENGTH, "`tiers.TIER.window`"),
        ("tiers.pro.at_least", LENGTH, f"`{WINDOW}`"),
        ("notice.at_least", LENGTH, "`tiers.TIER.window`"),
        ("notice.removal.at_least", LENGTH, "`tiers.TIER.window`"),
        ("gate.at_least", LENGTH, "`tiers.TIER.window`"),
        ("tiers.pro.newest", RULE["newest"], f"`{WINDOW}`"),
        ("tiers.pro.patches", "latest", f"`{WINDOW}`"),
        ("window", RULE, "`tiers.TIER`"),
        ("tiers.rank", 2, "`tiers.TIER`"),
        ("tiers.pro.window.rank", 2, "`tiers.pro`"),
        ("tiers.pro.window.count", 3, f"`{WINDOW}.newest`"),
        ("tiers.pro.hours", 2, "`tiers.pro.response`"),
        ("tiers.pro.removal", "90 days", "`notice`"),
        ("notice.reminders", [30], "the top level"),
        ("stale_after", "30 days", "`gate`"),
        ("holidays", "US", "`business_hours`"),
    ],
)
def test_a_misplaced_key_is_one_mistake_that_names_the_place_where_it_belongs(path, value, home):
    found = refusals(tuple(path.split(".")), value)

    assert found == {path: f"does not belong here; move it to {home}"}


@pytest.mark.parametrize(
    "rule", [{**RULE, "at_least": LENGTH}, {"for": {"from": "release", "days": 1, "ends": "x"}}]
)
def test_what_belongs_to_the_window_is_not_taken_inside_a_rule(rule):
    found = refusals(("tiers", "pro", "window", "any"), [rule])

    assert list(found.values()) == [f"does not belong here; move it to `{WINDOW}`"]


def test_a_stage_between_the_tiers_of_a_notice_period_is_sent_to_its_stages():
    found = refusals(("notice", "removal", "beta"), "30 days")

    assert found == {
        "notice.removal.beta": "is a stage, not a tier; move it to `notice.removal.stages`"
    }


@pytest.mark.parametrize("path", ["default", "notice.stages"])
def test_a_key_that_belongs_to_many_places_is_only_refused(path):
    assert refusals(tuple(path.split(".")), "90 days") == {path: "is not a known key"}


def test_a_tier_may_have_the_name_of_a_key():
    rank = {"rank": 1, "window": {"lts_only": True}}

    assert parse_policy(document(tiers={"removal": rank})).tiers[0].name == "removal"
