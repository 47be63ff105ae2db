"""The gate's rules, one module each, in the order in which they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lifecycle.gate.rules import removal_unannounced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.findings import Finding
    from lifecycle.gate.rules.examples import Example
    from lifecycle.gate.scenes import Scene
    from lifecycle.policy.policies import Severity


class Rule(Protocol):
    """A module that looks for one kind of broken promise; ``check``'s docstring is its page."""

    ID: str
    SEVERITY: Severity
    FAILS: Example
    PASSES: Example

    def check(self, scene: Scene) -> Iterator[Finding]:
        """Give what the rule finds."""


RULES: tuple[Rule, ...] = (removal_unannounced,)
