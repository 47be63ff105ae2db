"""Asking what a service, or the local store, answers about what runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.check_limits import LARGEST_BODY_WITHOUT_TOKEN, MOST_COMPONENTS
from lifecycle.check.recognition_findings import Counts, Near, Unread
from lifecycle.check.running_versions import Running
from lifecycle.check.support_rules import CheckTerms
from lifecycle.cli.connections import connect_for_ci
from lifecycle.client import UnexpectedAnswer
from lifecycle.client.resource_paths import path
from lifecycle.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.cli.check_sources import Source

    Components = Sequence[dict[str, Any]]

_ROOM = 64 << 10
"""What the rest of a question may take beside its components."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about what runs; ``account`` is whose it is."""

    account: str | None
    tier: str | None
    tiers: dict[str, str] = {}
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
    """Ask about all components, so many at once as the service takes.

    A running one has ``seconds`` for all; what it is to store as a report goes through a service.
    """
    parts = _parts(question, source)
    if server is None and question.report is None:
        answers = _answers_here(question, parts)
    else:
        answers = _answers_of_service(question, parts, server=server, seconds=seconds)
    collected = Answer([], Counts())
    start = 0
    for part, answer in zip(parts, answers, strict=True):
        _add(collected, answer, start)
        start += len(part or ())
    return collected


def _parts(question: Question, source: Source | None) -> Sequence[Components | None]:
    """Return the components as they are asked about; None is what the account has reported."""
    if source is None:
        return [None]
    components = source.components
    if question.report and len(components) > MOST_COMPONENTS:
        raise BadRequest(
            f"{source.file} has {len(components):,} components; at most {MOST_COMPONENTS:,} are"
            " reported at once. Check without --report, or list fewer."
        )
    return [components] if question.report else list(_batches(components))


def _answers_here(question: Question, parts: Sequence[Components | None]) -> Iterator[Answer]:
    from lifecycle.cli import local_checks  # noqa: PLC0415 -- a service's answer needs no store

    bodies = [json.dumps(_body(question, part)).encode() for part in parts]
    if question.account is None:
        documents = local_checks.check(bodies)
    else:
        documents = local_checks.check_account(question.account, bodies)
    for document in documents:
        answer = msgspec.convert(document, Answer)
        answer.documents = document["results"]
        yield answer


def _answers_of_service(
    question: Question,
    parts: Sequence[Components | None],
    *,
    server: str | None,
    seconds: float,
) -> Iterator[Answer]:
    account = question.account
    scope = f"account:{account}" if account else "release"
    address = path("v1", "accounts", account, "check") if account else path("v1", "check")
    with connect_for_ci(server, seconds=seconds, scope=scope) as client:
        for part in parts:
            document = client.ask(address, _body(question, part), report=question.report)
            answer = client.typed(document, Answer)
            answered = answer.counts.components
            if part is not None and answered != len(part):
                raise UnexpectedAnswer(
                    f"{client.name} answered for {answered} of {len(part)} components."
                )
            answer.documents = document["results"]
            yield answer


def _body(question: Question, components: Components | None) -> dict[str, Any]:
    body = {
        "components": components,
        "tier": question.tier,
        "tiers": question.tiers or None,
        "at": question.at,
        "within": question.terms.within,
        "fail_on": str(question.terms.fail_on),
        "expect": question.expect or None,
        "allow_no_match": question.allow_no_match or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _batches(
    components: Components, *, largest: int = LARGEST_BODY_WITHOUT_TOKEN - _ROOM
) -> Iterator[Components]:
    """Yield components by as many as the service takes at once from anybody.

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


def _add(answer: Answer, part: Answer, start: int) -> None:
    """Put an answer for the components from ``start`` on beside those for earlier ones."""
    for running, document in zip(part.results, part.documents, strict=True):
        places = tuple(place + start for place in running.places)
        answer.results.append(msgspec.structs.replace(running, places=places))
        answer.documents.append(document | {"places": list(places)})
    for unread in part.unread:
        moved = msgspec.structs.replace(unread, place=unread.place + start)
        answer.unread += (moved,)
    for near in part.near:
        places = tuple(place + start for place in near.places)
        answer.near += (msgspec.structs.replace(near, places=places),)
    answer.counts.add(part.counts)
    answer.reported += part.reported
    answer.expected = tuple(sorted({*answer.expected, *part.expected}))
    answer.expected_unknown = tuple(sorted({*answer.expected_unknown, *part.expected_unknown}))
