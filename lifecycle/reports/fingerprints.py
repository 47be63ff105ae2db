"""What makes a finding the same finding in the next run, so that CI does not report it anew."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.reports import Report, ReportedFinding


def fingerprinted(report: Report) -> Iterator[tuple[ReportedFinding, str]]:
    """Yield the findings, the gravest first, each with a digest of its own.

    It rests on source, rule and subject, and on the path only where there is no subject: what a
    message counts changes from day to day, and places in a list move.
    """
    occurrences: Counter[str] = Counter()
    for finding in report.gravest_first:
        concerned = finding.path if finding.subject is None else finding.subject
        identity = repr((report.source, finding.rule, concerned))
        occurrences[identity] += 1
        yield finding, digest(f"{identity} {occurrences[identity]}")


def digest(identity: str) -> str:
    """Return 32 hexadecimal digits."""
    return sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:32]
