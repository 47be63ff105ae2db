"""What a tier is entitled to, and by when an answer is due."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from lifecycle.errors import BadRequest
from lifecycle.policy.policies import UnknownTier
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.presets import preset
from lifecycle.policy.tier_entitlements import entitlements
from testkit.policy_samples import document

NEW_YORK = ZoneInfo("America/New_York")
LATEST = datetime.max.replace(tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=UTC)
CLAIRDASH = parse_policy(preset("clairdash"))


def new_york(*parts):
    """Give an instant on New York's clocks."""
    return datetime(*parts, tzinfo=NEW_YORK)


def test_channels_accumulate_by_rank_and_the_scope_is_the_tiers_own():
    pro = entitlements(CLAIRDASH, "pro")
    enterprise = entitlements(CLAIRDASH, "enterprise")

    assert pro.channels == ("github-issues", "github-discussions", "discord", "email")
    assert enterprise.channels == (*pro.channels, "priority-email", "account-manager")
    assert "onboarding" in enterprise.scope.included
    assert "onboarding" not in pro.scope.included
    assert (pro.response, pro.due, pro.counting) == (None, None, None)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        (new_york(2026, 1, 30, 17, 30), new_york(2026, 2, 3, 17, 30)),
        (new_york(2026, 1, 31, 12), new_york(2026, 2, 3, 18)),
        (new_york(2026, 3, 6, 17, 30), new_york(2026, 3, 10, 17, 30)),
        (new_york(2026, 7, 2, 10), new_york(2026, 7, 7, 10)),
    ],
    ids=["friday", "saturday", "over a change of clocks", "over Independence Day, observed"],
)
def test_an_answer_is_due_in_business_time(opened, due):
    answer = entitlements(CLAIRDASH, "enterprise", opened)

    assert answer.due == due
    assert answer.due.tzinfo == NEW_YORK
    assert answer.counting == (
        "Business hours are Monday to Friday, 09:00 to 18:00 in America/New_York,"
        " except on public holidays (US)."
    )


def test_without_business_hours_every_day_counts_in_the_policys_zone():
    tier = {"rank": 1, "window": {"best_effort": True}, "response": {"business_days": 2}}
    policy = parse_policy(document(tiers={"pro": tier}, timezone="America/New_York"))

    answer = entitlements(policy, "pro", datetime(2026, 3, 7, 12, tzinfo=NEW_YORK))

    assert answer.due == datetime(2026, 3, 9, 12, tzinfo=NEW_YORK)
    assert "no business hours" in answer.counting


def test_hours_count_by_the_clock():
    tier = {"rank": 1, "window": {"best_effort": True}, "response": {"hours": 4}}
    policy = parse_policy(document(tiers={"pro": tier}, timezone="America/New_York"))

    answer = entitlements(policy, "pro", datetime(2026, 3, 8, 1, tzinfo=NEW_YORK))

    assert answer.due == datetime(2026, 3, 8, 6, tzinfo=NEW_YORK)


def test_an_unknown_tier_and_an_instant_without_offset_are_refused():
    with pytest.raises(UnknownTier):
        entitlements(CLAIRDASH, "gold")
    with pytest.raises(BadRequest, match="offset"):
        entitlements(CLAIRDASH, "enterprise", datetime(2026, 1, 30, 17, 30))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize("response", [{"business_days": 1000}, {"hours": 1000}])
@pytest.mark.parametrize("opened", [LATEST, EARLIEST])
@pytest.mark.parametrize("hours", [None, CLAIRDASH.business_hours])
def test_the_calendars_ends_are_no_crash(response, opened, hours):
    tier = {"rank": 1, "window": {"best_effort": True}, "response": response}
    stated = {"days": ["mon"], "open": "09:00", "close": "18:00", "holidays": "US"}
    changes = {"business_hours": stated} if hours else {}
    policy = parse_policy(document(tiers={"pro": tier}, timezone="America/New_York", **changes))

    try:
        answer = entitlements(policy, "pro", opened)
    except BadRequest as refusal:
        answer = refusal

    assert answer
