"""Reports of what a check answered: what is ignored is left out, the rest is judged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.check import recognition_findings, support_rules
from lifecycle.check.recognition_findings import (
    Recognition,
    counted,
    summarise,
)
from lifecycle.cli import ignores
from lifecycle.cli.inputs import source_of
from lifecycle.reports import ReportedFinding
from lifecycle.reports.answered_reports import read_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lifecycle.cli.check_questions import Answer, Question
    from lifecycle.cli.check_sources import Source
    from lifecycle.cli.ignores import Applied, Ignore
    from lifecycle.reports import Report
    from lifecycle.reports.findings import Finding, Judgement


def report(
    question: Question,
    source: Source | None,
    answer: Answer,
    entries: Sequence[Ignore],
    *,
    title: str,
) -> Report:
    """Judge what was answered, without what is ignored, and put all of it together."""
    located = [
        *support_rules.find(answer.results, question.terms),
        *recognition_findings.find_near(answer.near, at=_day(question, answer)),
    ]
    purls = source.purls if source else lambda _: []
    applied = ignores.apply(located, entries, lambda running: purls(running.places))
    judged = support_rules.judge([*applied.findings, *_unrecognised(question, source, answer)])
    return read_report(
        _document(question, source, answer, judged, applied),
        title=f"{title}{_on(result.at for result in answer.results)}",
        source=source_of(source.file) if source else None,
        line_of=lambda path: _line(path, source),
        undecided=support_rules.UNDECIDED,
        summary=tuple(_summary(source, answer, applied)),
        counts=counted(answer.counts),
    )


def _on(days: Iterable[date]) -> str:
    """Say on which day: each product is answered for today in its policy's time zone.

    >>> _on([date(2026, 12, 1), date(2026, 11, 30)]), _on([date(2026, 12, 1)]), _on([])
    (' on 2026-11-30 and 2026-12-01, by time zone', ' on 2026-12-01', '')
    """
    named = [day.isoformat() for day in sorted(set(days))]
    by_zone = ", by time zone" if len(named) > 1 else ""
    return f" on {' and '.join(named)}{by_zone}" if named else ""


def _unrecognised(question: Question, source: Source | None, answer: Answer) -> Iterator[Finding]:
    if source is None:
        if not answer.results:
            yield support_rules.nothing_runs(str(question.account))
        return
    recognised = Recognition(
        counts=answer.counts,
        unread=answer.unread,
        expected=answer.expected,
        expected_unknown=answer.expected_unknown,
    )
    yield from recognition_findings.find_unrecognised(
        recognised, allow_no_match=question.allow_no_match
    )


def _day(question: Question, answer: Answer) -> date:
    """Return the day that was asked about, on which an entry of an ignore file has to count."""
    if question.at is not None:
        return date.fromisoformat(question.at)
    return min((result.at for result in answer.results), default=datetime.now(UTC).date())


def _line(path: Sequence[str | int], source: Source | None) -> int | None:
    return source.line_of(int(path[1])) if source and path else None


def _told(finding: Finding) -> dict[str, Any]:
    """Write a finding as it is told; what bounded its severity is not."""
    built: dict[str, Any] = msgspec.to_builtins(finding)
    return {
        name: value for name, value in built.items() if name in ReportedFinding.__struct_fields__
    }


def _summary(source: Source | None, answer: Answer, applied: Applied) -> Iterator[str]:
    if source is None:
        count = len(answer.results)
        checked = "instance was" if count == 1 else "instances were"
        yield f"{count:,} reported {checked} checked."
    else:
        yield summarise(answer.counts)
        if source.has_subject:
            yield "What the SBOM itself describes is counted as one of its components."
    for ignored in applied.ignored:
        yield (
            f"Ignored until {ignored.entry.until} ({ignored.entry.reason}): {ignored.finding.rule},"
            f" {ignored.finding.subject}."
        )
    if answer.reported:
        yield f"Reported as {', '.join(answer.reported)}."


def _document(
    question: Question,
    source: Source | None,
    answer: Answer,
    judged: Judgement,
    applied: Applied,
) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(
        {
            "verdict": judged.verdict,
            "decided": judged.decided,
            "account": question.account,
            "source": source_of(source.file) if source else None,
            "tier": question.tier,
            "within": question.terms.within,
            "fail_on": question.terms.fail_on,
            "counts": answer.counts,
            "expected": answer.expected,
            "findings": [_told(finding) for finding in judged.findings],
            "ignored": [
                {"finding": _told(ignored.finding), "entry": ignored.entry}
                for ignored in applied.ignored
            ],
            "reported": answer.reported,
            "results": answer.documents,
        }
    )
    return built
