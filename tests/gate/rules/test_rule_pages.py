from __future__ import annotations

import pytest

from lifecycle.errors import NotFound
from lifecycle.gate.rules import RULES, removal_too_soon
from lifecycle.gate.rules.documentation import UnknownRule, page, pages
from lifecycle.policy.policies import Severity


def test_every_rule_has_a_page_in_the_order_in_which_rules_are_told():
    assert list(pages()) == [rule.ID for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_a_page_says_what_and_why_and_how_to_mend_it(rule):
    told = page(rule.ID)

    assert (told.id, told.severity) == (rule.ID, rule.SEVERITY)
    for part in (told.what, told.why, told.fix, told.fails, told.passes):
        assert part
        assert part.endswith(".")
        assert "\n" not in part
        assert "Why:" not in part
        assert "Fix:" not in part
    for part in (told.what, told.why, told.fix):
        assert part[0] == part[0].upper()


def test_a_page_is_read_from_the_docstring_and_the_examples():
    told = page("removal-too-soon")

    assert told.severity is Severity.ERROR
    assert told.what == (
        "A feature is removed before the day, or the version, that was announced or promised."
    )
    assert told.why.startswith("Customers plan their migration around what was announced. A rem")
    assert told.why.endswith("because one release removes the feature for all.")
    assert told.fix == ("Release later, or keep the feature until the version that was announced.")
    assert told.fails == removal_too_soon.FAILS
    assert told.passes == removal_too_soon.PASSES


def test_a_page_of_no_rule_is_a_404_of_its_own_that_names_the_nearest():
    with pytest.raises(UnknownRule) as refused:
        page("removal-to-soon")

    assert isinstance(refused.value, NotFound)
    assert refused.value.status_code == 404
    assert "'removal-to-soon'; did you mean `removal-too-soon`" in refused.value.detail
    assert refused.value.members["nearest"][0] == "removal-too-soon"


def test_at_most_three_rules_are_named_as_near():
    with pytest.raises(UnknownRule) as refused:
        page("removal-announced")

    near = ["removal-unannounced", "break-unannounced", "removal-overdue"]
    assert refused.value.detail.startswith(
        "Unknown rule 'removal-announced'; did you mean `removal-unannounced` or"
        " `break-unannounced` or `removal-overdue`? Run"
    )
    assert refused.value.members["nearest"] == near


def test_a_page_that_is_like_no_rule_names_the_command_that_lists_all():
    with pytest.raises(UnknownRule) as refused:
        page("zzz")

    assert refused.value.detail == "Unknown rule 'zzz'. Run `lifecycle rules` to list all rules."
    assert refused.value.members["nearest"] == []
