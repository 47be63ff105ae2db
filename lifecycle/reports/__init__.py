"""Reports: what the gate and a customer's check found, whatever the form it is read in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
NOT_DECIDED = "It could not be decided."


class Page(Protocol):
    """What is written about a rule: what it looks for, why, and how to mend what it finds."""

    @property
    def id(self) -> str:
        """The rule's id."""

    @property
    def what(self) -> str:
        """Say what the rule looks for."""

    @property
    def why(self) -> str:
        """Say why that matters."""

    @property
    def fix(self) -> str:
        """Say what mends it."""


Pages = Callable[[], Mapping[str, Page]]


class ReportedFinding(msgspec.Struct, frozen=True):
    """A finding, with the line of the source that it concerns where that is known."""

    rule: str
    severity: Level
    message: str
    fix: str = ""
    subject: str | None = None
    evidence: dict[str, Any] = {}
    path: tuple[str | int, ...] = ()
    line: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to tell: ``document`` is the whole of it, ``source`` the file that was asked about.

    ``reasons`` are sentences on why nothing was decided, where findings do not say so;
    ``undecided`` are the rules whose findings do, or none where any error may; ``passed`` names
    the single things that were looked at and found right, where they are counted one by one;
    ``summary`` are sentences to close with, ``counts`` what they count, by name. ``strict`` makes
    warnings fail. ``site`` is the address of a service that shows the rules' pages.
    """

    title: str
    verdict: Literal["pass", "warn", "fail"]
    decided: bool = True
    findings: tuple[ReportedFinding, ...] = ()
    reasons: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    undecided: frozenset[str] = frozenset()
    passed: tuple[str, ...] = ()
    source: str | None = None
    strict: bool = False
    site: str | None = None
    document: dict[str, Any] = {}

    @property
    def exit_code(self) -> int:
        """0 for yes, 1 for no, 2 for what was not decided."""
        if not self.decided:
            return 2
        failing = LEVELS[:2] if self.strict else LEVELS[:1]
        is_failing = any(finding.severity in failing for finding in self.findings)
        return int(is_failing or self.verdict == "fail" or (self.strict and self.verdict == "warn"))

    @property
    def outcome(self) -> str:
        """The verdict in a word; empty where there is none."""
        return self.verdict if self.decided else "not decided"

    @property
    def gravest_first(self) -> list[ReportedFinding]:
        """The findings, errors before warnings before notes."""
        return sorted(self.findings, key=lambda finding: LEVELS.index(finding.severity))

    @property
    def why_undecided(self) -> tuple[str, ...]:
        """Why nothing was decided; empty where it was."""
        if self.decided:
            return ()
        messages = tuple(
            finding.message
            for finding in self.findings
            if finding.severity == "error"
            and (not self.undecided or finding.rule in self.undecided)
        )
        reasons = tuple(reason for reason in self.reasons or messages if reason.strip())
        return reasons or (NOT_DECIDED,)
