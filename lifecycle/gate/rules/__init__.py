"""The gate's rules, one module each, in the order in which they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lifecycle.gate.rules import (
    accounts_not_told,
    accounts_still_running,
    accounts_told_late,
    break_needs_major,
    break_too_soon,
    break_unannounced,
    break_unregistered,
    deprecated_feature_depended_on,
    experiment_overstays,
    facts_stale,
    implied_end_too_soon,
    implied_end_unannounced,
    line_dropped_early,
    not_compared,
    policy_missing,
    prerelease,
    removal_in_patch,
    removal_overdue,
    removal_too_soon,
    removal_unannounced,
    replacement_less_stable,
    replacement_missing,
    stage_lowered,
    stage_skipped,
    version_not_newer,
    version_unparsable,
    waiver_expired,
    waiver_used,
)

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


RULES: tuple[Rule, ...] = (
    policy_missing,
    facts_stale,
    version_unparsable,
    version_not_newer,
    prerelease,
    removal_unannounced,
    removal_too_soon,
    removal_in_patch,
    break_unannounced,
    break_too_soon,
    break_needs_major,
    break_unregistered,
    not_compared,
    stage_lowered,
    stage_skipped,
    replacement_missing,
    replacement_less_stable,
    deprecated_feature_depended_on,
    line_dropped_early,
    implied_end_unannounced,
    implied_end_too_soon,
    accounts_not_told,
    accounts_told_late,
    accounts_still_running,
    removal_overdue,
    experiment_overstays,
    waiver_used,
    waiver_expired,
)
DECISIVE = frozenset({policy_missing.ID, facts_stale.ID})
"""The rules that find what the gate does not know: it then decides nothing."""
ALWAYS = DECISIVE | {version_unparsable.ID, version_not_newer.ID, prerelease.ID}
"""The rules that are asked of a prerelease, and without a policy; the others are about promises."""
