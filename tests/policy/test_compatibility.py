"""Whether a policy fits a product."""

from __future__ import annotations

import pytest

from lifecycle.policy.compatibility import PolicyDoesNotFit, check_fits
from lifecycle.policy.policy_documents import parse_policy
from testkit.policy_samples import document, with_window

MINORS = {"newest": {"count": 3, "of": "minor"}}
LINES = {"newest": {"count": 3, "of": "line"}}


@pytest.mark.parametrize(
    ("window", "path"),
    [
        (MINORS, "tiers.pro.window.newest.of"),
        (MINORS | {"lts_only": True}, "tiers.pro.window.newest.of"),
        ({"any": [LINES, MINORS]}, "tiers.pro.window.any[1].newest.of"),
        ({"all": [{"lts_only": True}, MINORS]}, "tiers.pro.window.all[1].newest.of"),
    ],
)
def test_counting_minors_of_codenames_is_refused_by_its_path(window, path):
    policy = parse_policy(with_window(window))

    with pytest.raises(PolicyDoesNotFit) as refusal:
        check_fits(policy, line_by="declared", units_possible=False)

    (problem,) = refusal.value.problems
    assert problem.field == path
    assert problem.value == "minor"
    assert "`line`" in problem.message


def test_a_notice_period_in_minor_releases_needs_minors_too():
    beta = {"longest": ["3 months", "1 minor release"]}
    removal = {"default": "90 days", "stages": {"beta": beta}}
    policy = parse_policy(with_window(LINES) | {"notice": {"removal": removal}})

    with pytest.raises(PolicyDoesNotFit) as refusal:
        check_fits(policy, line_by="declared", units_possible=False)

    assert [p.field for p in refusal.value.problems] == ["notice.removal.stages.beta.default"]


def test_lines_and_releases_can_be_counted_in_any_product():
    releases = {"newest": {"count": 1, "of": "release"}}
    policy = parse_policy(with_window({"any": [LINES, releases]}))

    check_fits(policy, line_by="declared", units_possible=False)

    assert check_fits(parse_policy(document()), line_by="minor", units_possible=True) is None
