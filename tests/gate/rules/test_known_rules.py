"""The ids that a policy may name are those of the gate's rules."""

from __future__ import annotations

from lifecycle.gate.rules import RULES
from lifecycle.policy.gate_rules import GATE_RULES


def test_a_policy_may_name_exactly_the_rules_that_there_are():
    assert sorted(GATE_RULES) == sorted(rule.ID for rule in RULES)
    assert len(set(GATE_RULES)) == len(GATE_RULES)
