"""The gate's rules, one module each, in the order in which they are told."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from lifecycle.gate.rules import (
    facts_stale,
    policy_missing,
    prerelease,
    version_not_newer,
    version_unparsable,
)
from lifecycle.policy.gate_rules import GATE_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene
    from lifecycle.policy.policies import Severity
    from lifecycle.reports.findings import Finding


class Rule(Protocol):
    """A module that looks for one kind of broken promise; ``check``'s docstring is its page."""

    ID: str
    SEVERITY: Severity
    FAILS: str
    PASSES: str

    def check(self, scene: Scene) -> Iterator[Finding]:
        """Yield what the rule finds."""


def _module(rule: str) -> Rule:
    return cast("Rule", import_module(f"{__name__}.{rule.replace('-', '_')}"))


RULES = tuple(map(_module, GATE_RULES))
DECISIVE = frozenset({policy_missing.ID, facts_stale.ID})
"""The rules that find what the gate does not know: it then decides nothing."""
ALWAYS = DECISIVE | {version_unparsable.ID, version_not_newer.ID, prerelease.ID}
"""The rules that are asked of a prerelease, and without a policy; the others are about promises."""
