"""Asking the service about what runs, and making a report of its answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.check_limits import LARGEST_BODY_WITHOUT_TOKEN, MOST_COMPONENTS
from lifecycle.check import recognition_findings, support_rules
from lifecycle.check.recognition_findings import (
    Counts,
    Near,
    Recognition,
    Unread,
    counted,
    summarise,
)
from lifecycle.check.running_versions import Running
from lifecycle.check.support_rules import CheckTerms
from lifecycle.cli import ignores
from lifecycle.cli.connections import connect_for_ci
from lifecycle.cli.inputs import source_of
from lifecycle.client import UnexpectedAnswer
from lifecycle.client.resource_paths import path
from lifecycle.errors import BadRequest
from lifecycle.reports import ReportedFinding
from lifecycle.reports.answered_reports import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.cli.check_sources import Source
    from lifecycle.cli.ignores import Applied, Ignore
    from lifecycle.client import Client
    from lifecycle.reports import Report
    from lifecycle.reports.findings import Finding, Judgement


_ROOM = 64 << 10
"""What the rest of a question may take beside its components."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about what runs; ``account`` is whose it is."""

    account: str | None
    tier: str | None
    at: str | None
    terms: CheckTerms
    report: str | None
    expect: tuple[str, ...] = ()
    allow_no_match: bool = False


class Answer(msgspec.Struct):
    """What the service answered, read as far as needed; ``documents`` are its results whole."""

    results: list[Running]
    counts: Counts
    reported: tuple[str, ...] = ()
    documents: list[dict[str, Any]] = []
    expected: tuple[str, ...] = ()
    expected_unknown: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    near: tuple[Near, ...] = ()


def ask(question: Question, source: Source | None, *, server: str | None, seconds: float) -> Answer:
    """Ask about all components within ``seconds``, so many at once as the service takes."""
    scope = f"account:{question.account}" if question.account else "release"
    with connect_for_ci(server, seconds=seconds, scope=scope) as client:
        return _ask(question, source, client)


def _ask(question: Question, source: Source | None, client: Client) -> Answer:
    if source is None:
        return _asked(question, None, client)
    components = source.components
    if question.report and len(components) > MOST_COMPONENTS:
        raise BadRequest(
            f"{source.file} has {len(components):,} components; at most {MOST_COMPONENTS:,} are"
            " reported at once. Check without --report, or list fewer."
        )
    if question.report:
        return _asked(question, components, client)
    whole = Answer([], Counts())
    start = 0
    for batch in _batches(components):
        _add(whole, _asked(question, batch, client), start)
        start += len(batch)
    return whole


def _batches(
    components: Sequence[dict[str, Any]], *, largest: int = LARGEST_BODY_WITHOUT_TOKEN - _ROOM
) -> Iterator[Sequence[dict[str, Any]]]:
    """Give components by as many as the service takes at once from anybody.

    >>> [len(batch) for batch in _batches([{"purl": "pkg:npm/a"}] * 3, largest=50)]
    [2, 1]
    """
    start = size = 0
    for place, component in enumerate(components):
        length = len(json.dumps(component)) + len(", ")
        if place > start and (size + length > largest or place - start == MOST_COMPONENTS):
            yield components[start:place]
            start, size = place, 0
        size += length
    if start < len(components):
        yield components[start:]


def report(
    question: Question,
    source: Source | None,
    answer: Answer,
    entries: Sequence[Ignore],
    *,
    title: str,
) -> Report:
    """Judge what was answered, without what is ignored, and put all of it together."""
    found = [
        *support_rules.find(answer.results, question.terms),
        *recognition_findings.find_near(answer.near, at=_day(question, answer)),
    ]
    purls = source.purls if source else lambda _: []
    applied = ignores.apply(found, entries, lambda running: purls(running.places))
    judged = support_rules.judge([*applied.findings, *_unrecognised(question, source, answer)])
    days = sorted({result.at for result in answer.results})
    return read_report(
        _document(question, source, answer, judged, applied),
        title=f"{title} on {days[0]}" if days else title,
        source=source_of(source.file) if source else None,
        line_of=lambda path: _line(path, source),
        undecided=support_rules.UNDECIDED,
        summary=tuple(_summary(source, answer, applied)),
        counts=counted(answer.counts),
    )


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
    """Give the day that was asked about, on which an entry of an ignore file has to count."""
    if question.at is not None:
        return date.fromisoformat(question.at)
    return min((result.at for result in answer.results), default=datetime.now(UTC).date())


def _asked(
    question: Question,
    components: Sequence[dict[str, Any]] | None,
    client: Client,
) -> Answer:
    body = {
        "components": components,
        "tier": question.tier,
        "at": question.at,
        "within": question.terms.within,
        "fail_on": str(question.terms.fail_on),
        "expect": question.expect or None,
        "allow_no_match": question.allow_no_match or None,
    }
    told = {name: value for name, value in body.items() if value is not None}
    address = path("v1", "check")
    if question.account is not None:
        address = path("v1", "accounts", question.account, "check")
    document = client.ask(address, told, report=question.report)
    answer = client.typed(document, Answer)
    answered = answer.counts.components
    if components is not None and answered != len(components):
        raise UnexpectedAnswer(
            f"{client.name} answered for {answered} of {len(components)} components."
        )
    answer.documents = document["results"]
    return answer


def _add(whole: Answer, part: Answer, start: int) -> None:
    """Put an answer for the components from ``start`` on beside those for earlier ones."""
    for each, document in zip(part.results, part.documents, strict=True):
        places = tuple(place + start for place in each.places)
        whole.results.append(msgspec.structs.replace(each, places=places))
        whole.documents.append(document | {"places": list(places)})
    for unread in part.unread:
        moved = msgspec.structs.replace(unread, place=unread.place + start)
        whole.unread += (moved,)
    for near in part.near:
        places = tuple(place + start for place in near.places)
        whole.near += (msgspec.structs.replace(near, places=places),)
    whole.counts.add(part.counts)
    whole.reported += part.reported
    whole.expected = tuple(sorted({*whole.expected, *part.expected}))
    whole.expected_unknown = tuple(sorted({*whole.expected_unknown, *part.expected_unknown}))


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
    for each in applied.ignored:
        yield (
            f"Ignored until {each.entry.until} ({each.entry.reason}): {each.finding.rule},"
            f" {each.finding.subject}."
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
                {"finding": _told(each.finding), "entry": each.entry} for each in applied.ignored
            ],
            "reported": answer.reported,
            "results": answer.documents,
        }
    )
    return built
