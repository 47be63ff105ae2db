"""What tiers are owed, in one sentence."""

from datetime import date

import pytest

from lifecycle.gate.rules.sentences import owing
from lifecycle.policy.lead_times import Earliest, Owed

EARLIEST = Earliest(date(2027, 3, 1))


@pytest.mark.parametrize(
    ("periods", "sentence"),
    [
        ({}, "No notice is required."),
        ({"pro": "90 days"}, "pro requires 90 days."),
        (
            {"pro": "90 days", "enterprise": "best effort"},
            "pro requires 90 days, enterprise is promised notice on a best-effort basis.",
        ),
        (
            {"gold": "best effort", "pro": "90 days", "enterprise": "6 months"},
            (
                "gold is promised notice on a best-effort basis, pro requires 90 days,"
                " enterprise 6 months."
            ),
        ),
    ],
)
def test_a_verb_is_said_once_for_tiers_that_share_it(periods, sentence):
    owed = [Owed(tier, period, EARLIEST, "") for tier, period in periods.items()]

    assert owing(owed) == sentence
