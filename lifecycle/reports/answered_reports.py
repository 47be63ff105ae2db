"""Making a report of what the service answered, or of why it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lifecycle.documents.mismatches import find_mismatches
from lifecycle.errors import Unavailable
from lifecycle.reports import Report, ReportedFinding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class _Answer(msgspec.Struct):
    verdict: Literal["pass", "warn", "fail"]
    decided: bool
    findings: tuple[ReportedFinding, ...]


def read_report(  # noqa: PLR0913 -- a report has that many parts
    document: Any,
    *,
    title: str,
    source: str | None = None,
    line_of: Callable[[tuple[str | int, ...]], int | None] | None = None,
    summary: Iterable[str] = (),
    counts: dict[str, int] | None = None,
    undecided: frozenset[str] = frozenset(),
    passed: Iterable[str] = (),
    strict: bool = False,
) -> Report:
    """Make a report of a verdict's document; what is none is refused, never taken for a pass.

    ``undecided`` are the rules whose findings say why nothing was decided; any error if left out.
    """
    try:
        answer = msgspec.convert(document, _Answer)
    except msgspec.ValidationError:
        fault = find_mismatches(document, _Answer, most=1)[0]
        raise Unavailable(f"The answer is not a verdict: {fault}.") from None
    findings = (
        msgspec.structs.replace(finding, line=_line(finding, line_of))
        for finding in answer.findings
    )
    return Report(
        title=title,
        verdict=answer.verdict,
        decided=answer.decided,
        findings=tuple(findings),
        undecided=undecided,
        passed=tuple(passed),
        summary=tuple(summary),
        counts=counts or {},
        source=source,
        strict=strict,
        document=document,
    )


def _line(
    finding: ReportedFinding, line_of: Callable[[tuple[str | int, ...]], int | None] | None
) -> int | None:
    return finding.line if line_of is None else line_of(finding.path)


def undecided_report(title: str, reason: str, *, source: str | None = None) -> Report:
    """Make the report of a question that could not even be asked, such as of a dead service."""
    document = {"verdict": "fail", "decided": False, "findings": [], "error": reason}
    return Report(
        title=title,
        verdict="fail",
        decided=False,
        reasons=(reason,),
        source=source,
        document=document,
    )
