"""Findings: what a rule found, and the verdict that all of them give (pure)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(StrEnum):
    """What CI is told."""

    PASS = "pass"  # noqa: S105 -- the contract's word
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One thing that a rule found, its evidence, and the smallest change that mends it.

    ``subject`` is the feature or line concerned, for which a waiver may be granted; ``path`` is
    where the manifest says so. ``at_most`` bounds the severity where little is promised; ``firm``
    findings have their rule's, whatever a policy says.
    """

    rule: str
    message: str
    fix: str
    subject: str | None = None
    evidence: dict[str, Any] = {}
    path: tuple[str | int, ...] = ()
    at_most: Severity = Severity.ERROR
    severity: Severity = Severity.ERROR
    firm: bool = False


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule found, its evidence, and the smallest change that mends it.

    ``subject`` is the feature or line for which a waiver may be granted, ``path`` the place in what
    was sent.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    subject: str | None = None
    evidence: dict[str, Any] = {}
    path: tuple[str | int, ...] = ()

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        """Show a finding."""
        return cls(
            rule=finding.rule,
            severity=finding.severity,
            message=finding.message,
            fix=finding.fix,
            subject=finding.subject,
            evidence=finding.evidence,
            path=finding.path,
        )


class Judgement(msgspec.Struct, frozen=True):
    """A verdict with its findings, the gravest first; undecided ones fail."""

    verdict: Verdict
    decided: bool
    findings: tuple[Finding, ...]


GRAVITY = (Severity.OFF, Severity.NOTE, Severity.WARNING, Severity.ERROR)


def milder(first: Severity, second: Severity) -> Severity:
    """Return the less grave of two severities.

    >>> milder(Severity.ERROR, Severity.NOTE).value
    'note'
    """
    return min(first, second, key=GRAVITY.index)


def verdict_of(findings: Iterable[Finding], *, decided: bool = True) -> Verdict:
    """Return the verdict: an error fails, a warning warns, what could not be decided fails.

    >>> verdict_of([]).value, verdict_of([], decided=False).value
    ('pass', 'fail')
    """
    gravest = max(
        (finding.severity for finding in findings), key=GRAVITY.index, default=Severity.NOTE
    )
    if not decided or gravest is Severity.ERROR:
        return Verdict.FAIL
    return Verdict.WARN if gravest is Severity.WARNING else Verdict.PASS
