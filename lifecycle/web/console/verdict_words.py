"""What the gate's verdicts and findings are called on the console's pages (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lifecycle.calendar.days import spell_days
from lifecycle.documents.parsed_documents import path_text
from lifecycle.gate.assessment import outcome
from lifecycle.policy.gate_rules import UNWAIVABLE
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.reports.findings import FindingOut

HEADLINES: Final = {
    "pass": "The gate lets it out",
    "warn": "The gate lets it out, with warnings",
    "fail": "The gate refuses it",
    "undecided": "The gate cannot decide, so it does not let it out",
}
OUTCOME_NAMES: Final = {
    "pass": "Pass",
    "warn": "Warnings",
    "fail": "Refused",
    "undecided": "Undecided",
}
OUTCOME_TONES: Final = {
    "pass": "supported",
    "warn": "ending",
    "fail": "unsupported",
    "undecided": "unsupported",
}
SEVERITY_NAMES: Final = {
    Severity.ERROR: "Refuses it",
    Severity.WARNING: "Warning",
    Severity.NOTE: "Note",
}
SEVERITY_TONES: Final = {
    Severity.ERROR: "unsupported",
    Severity.WARNING: "ending",
    Severity.NOTE: "unknown",
}
"""The look of a version's status that each of them shares."""

_WORDS: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")
"""How the kinds of things are written that programs tell apart, such as end_of_support."""


def evidence_of(finding: FindingOut) -> Iterator[tuple[str, str]]:
    """Yield what a finding rests on, in words; what is empty is left out."""
    for name, value in finding.evidence.items():
        if value not in (None, "", [], {}):
            yield name.replace("_", " "), write_value(value)


def write_value(value: Any) -> str:
    """Write a piece of evidence as people read it.

    >>> write_value({"pro": 3, "enterprise": 1}), write_value(["a", "b"]), write_value("2026-01-31")
    ('pro 3; enterprise 1', 'a, b', '31 January 2026')
    >>> write_value("end_of_support")
    'end of support'
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(
            f"{name.replace('_', ' ')} {write_value(part)}" for name, part in value.items()
        )
    if isinstance(value, list):
        return ", ".join(map(write_value, value))
    text = str(value)
    return text.replace("_", " ") if _WORDS.fullmatch(text) else spell_days(text)


def is_waivable(finding: FindingOut) -> bool:
    """Return whether a waiver can let a finding pass."""
    return (
        finding.subject is not None
        and finding.rule not in UNWAIVABLE
        and finding.severity is not Severity.NOTE
    )


VERDICT_WORDS: Final[dict[str, Any]] = {
    "outcome_of": outcome,
    "headlines": HEADLINES,
    "outcome_names": OUTCOME_NAMES,
    "outcome_tones": OUTCOME_TONES,
    "severity_names": SEVERITY_NAMES,
    "severity_tones": SEVERITY_TONES,
    "evidence_of": evidence_of,
    "path_text": path_text,
    "is_waivable": is_waivable,
}
"""What templates that show verdicts are given."""
