"""Notice periods: how they are written, and which one is owed."""

from __future__ import annotations

import pytest

from lifecycle.calendar.lengths import Length
from lifecycle.policy.field_types import parse_length
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
from testkit.policy_samples import document


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("180 days", Lead(Length(days=180))),
        ("1 day", Lead(Length(days=1))),
        ("2 weeks", Lead(Length(days=14))),
        ("6 months", Lead(Length(months=6))),
        ("1 year", Lead(Length(months=12))),
        ("100 years", Lead(Length(months=1200))),
        ("10 business days", BusinessDays(10)),
        ("3 minor releases", Releases(3, Granularity.MINOR)),
        ("1 major release", Releases(1, Granularity.MAJOR)),
        ("2 releases", Releases(2, Granularity.RELEASE)),
        ("best effort", BestEffort()),
        (" Best-Effort ", BestEffort()),
    ],
)
def test_a_period_is_read_from_its_words(text, period):
    assert parse_period(text) == period
    assert parse_period(str(period)) == period


@pytest.mark.parametrize(
    "text",
    [
        *("", "90", "soon", "-3 days", "1.5 months", "3 line releases", "1 decade", "3 minor"),
        *("101 years", "0 days", "0 business days", "1001 releases", "1201 months"),
        "9999999 days",
    ],
)
def test_other_words_are_no_period(text):
    with pytest.raises(ValueError, match=r"period|must"):
        parse_period(text)


def test_a_length_is_calendar_time_only():
    with pytest.raises(ValueError, match="length of time"):
        parse_length("10 business days")


@pytest.mark.parametrize(
    ("tier", "stage", "owed"),
    [
        ("pro", None, Lead(Length(days=90))),
        ("enterprise", None, Lead(Length(days=180))),
        ("pro", Stage.GA, Lead(Length(days=90))),
        ("pro", Stage.BETA, Lead(Length(months=3))),
        (
            "enterprise",
            Stage.BETA,
            Longest((Lead(Length(months=6)), Releases(1, Granularity.MINOR))),
        ),
        ("pro", Stage.PREVIEW, Lead(Length(days=90))),
        ("enterprise", Stage.PREVIEW, Lead(Length(days=10))),
        ("pro", Stage.ALPHA, None),
    ],
)
def test_the_stage_goes_before_the_kind_and_the_tier_before_the_default(tier, stage, owed):
    tiers = {
        "pro": {"rank": 1, "window": {"best_effort": True}},
        "enterprise": {"rank": 2, "window": {"best_effort": True}},
    }
    stages = {
        "beta": {"default": "3 months", "enterprise": {"longest": ["6 months", "1 minor release"]}},
        "preview": {"enterprise": "10 days"},
    }
    removal = {"default": "90 days", "enterprise": "180 days", "stages": stages}
    policy = parse_policy(
        document(tiers=tiers, exempt_stages=["alpha"], notice={"removal": removal})
    )

    assert policy.period(Kind.REMOVAL, tier, stage) == owed


def test_a_kind_of_change_that_no_rule_names_is_best_effort():
    assert parse_policy(document()).period(Kind.REMOVAL, "pro") == BestEffort()
