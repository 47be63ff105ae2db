"""What a test of a policy asks, here or of a service, and the report on its answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.calendar.zones import local_day, zone
from lifecycle.cli.connections import connect_for_ci
from lifecycle.cli.inputs import STDIN, read
from lifecycle.client.resource_paths import path
from lifecycle.errors import (
    BadRequest,
    Conflict,
    LifecycleError,
    Unavailable,
    Unprocessable,
    end_sentence,
)
from lifecycle.interchange.components import raise_if_any
from lifecycle.interchange.policy_tests import read_policy_test
from lifecycle.interchange.row_problems import LIMIT, Problems
from lifecycle.policy.policy_documents import InvalidPolicy, parse_policy, policy_document
from lifecycle.reports.answered_reports import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from lifecycle.catalogue.catalogue_inputs import ReleaseIn
    from lifecycle.documents import Document
    from lifecycle.interchange.policy_tests import PolicyTest
    from lifecycle.policy.policies import Policy
    from lifecycle.reports import Report

RULE = "policy-case"
UNDECIDED = "policy-case-undecided"
REFUSAL = "policy-refused"
REFUSED = frozenset({Conflict.status_code, Unprocessable.status_code})
"""What a policy that cannot follow those in force, or does not fit its product, is answered."""
FIXES = {
    RULE: "Correct the policy, or the case where its expectation is wrong.",
    UNDECIDED: "Correct the version or tier, or add the release to what the test rests on.",
    REFUSAL: "Correct the policy; `lifecycle policy validate` checks it by itself.",
}


class Question(msgspec.Struct, frozen=True):
    """A test, and what the command line says of it in place of the file."""

    file: str
    policy: str | None = None
    product: str | None = None
    releases: str | None = None


def report_on(
    question: Question, *, source: str | None, server: str | None, seconds: float
) -> Report:
    """Try the cases of a file, and return what became of them.

    With releases of its own, the test asks nobody; else the product's facts are those of the
    service, or of the local store. A policy that could not be entered fails.
    """
    test = read_policy_test(read(question.file, LIMIT), file=question.file)
    try:
        policy = _policy(question, test)
        if question.releases or test.stated.releases is not None:
            answered = _try_here(question, test, policy)
            basis = "the test's own releases"
        else:
            answered = _ask(question, test, policy, server=server, seconds=seconds)
            known_by = "the service" if server else "the store"
            basis = f"what {known_by} knows of {answered['product']}"
    except LifecycleError as error:
        if not isinstance(error, InvalidPolicy) and error.status_code not in REFUSED:
            raise
        return _refused(error, question.file, source)
    return _report(answered, test, source=source, basis=basis)


def _policy(question: Question, test: PolicyTest) -> Policy | None:
    """Return the policy to try: the command line's, else the one in or beside the file."""
    stated = question.policy or test.stated.policy
    if stated is None:
        return None
    if question.policy is None and test.policy is not None:
        document: bytes | Document = test.policy
        name = f"policy in {question.file}"
    else:
        name = str(stated) if question.policy else _beside(question.file, str(stated))
        document = read(name, LIMIT)
    try:
        return parse_policy(document)
    except BadRequest as error:
        raise InvalidPolicy(f"{name}: {error.detail}", problems=error.problems) from None


def _beside(file: str, name: str) -> str:
    """Return a path that a file names as seen from its own folder."""
    return name if file == STDIN else str(Path(file).parent / name)


def _try_here(question: Question, test: PolicyTest, policy: Policy | None) -> dict[str, Any]:
    """Try the cases on the releases that the test lists; no store and no service is asked."""
    from lifecycle.answers.policy_trials import try_cases  # noqa: PLC0415 -- the service's packages
    from lifecycle.answers.supposed_products import suppose  # noqa: PLC0415
    from lifecycle.catalogue.catalogue_inputs import ProductIn  # noqa: PLC0415
    from lifecycle.cli.clock import now  # noqa: PLC0415

    if policy is None:
        raise BadRequest(
            f"{question.file} lists releases but no policy; add `policy: FILE` or --policy FILE."
        )
    stated = test.stated
    today = stated.today or local_day(now(), zone(policy.timezone))
    product = ProductIn(
        slug=question.product or stated.product or "product",
        scheme=stated.scheme,
        line_by=stated.line_by,
    )
    releases = _releases(question, test, policy, today)
    snapshot = suppose(product, releases, stated.lines, policy)
    built: dict[str, Any] = msgspec.to_builtins(
        try_cases(snapshot, test.cases, today=today, policy=policy)
    )
    return built


def _releases(question: Question, test: PolicyTest, policy: Policy, today: date) -> list[ReleaseIn]:
    from lifecycle.interchange.releases import parse_releases  # noqa: PLC0415 -- seldom needed

    listed = question.releases or test.stated.releases
    file, text = question.file, test.content
    if isinstance(listed, str):
        file = listed if question.releases else _beside(question.file, listed)
        text = read(file, LIMIT).decode("utf-8", "replace")
    parsed = parse_releases(text, file=file, zone=zone(policy.timezone), today=today)
    problems = Problems(file)
    problems.found = parsed.problems
    raise_if_any(problems, file)
    return parsed.releases


def _ask(
    question: Question,
    test: PolicyTest,
    policy: Policy | None,
    *,
    server: str | None,
    seconds: float,
) -> dict[str, Any]:
    product = question.product or test.stated.product
    if product is None:
        raise BadRequest(
            f"{question.file} names neither a product nor releases; add `product: NAME` or"
            " --product NAME for what a store or service knows, or `releases` for a test that"
            " needs neither."
        )
    for name in ("today", "scheme", "line_by", "lines"):
        if getattr(test.stated, name) != _default(name):
            raise BadRequest(
                f"{question.file} has {name!r} but no releases; remove it, since the store or"
                f" service knows {product}, or list the releases."
            )
    body: dict[str, Any] = {"cases": msgspec.to_builtins(test.cases)}
    if policy is not None:
        body["policy"] = msgspec.to_builtins(policy_document(policy))
    with connect_for_ci(server, seconds=seconds, scope="release") as client:
        answered = client.ask(path("v1", "products", product, "policy", "test"), body)
    _check(answered, test)
    return answered


def _default(name: str) -> Any:
    from lifecycle.interchange.policy_tests import PolicyTestFile  # noqa: PLC0415 -- if it fails

    return getattr(PolicyTestFile(), name)


def _check(answered: Any, test: PolicyTest) -> None:
    """Refuse an answer to other cases, such as one that a cache gave."""
    tried = answered.get("cases") if isinstance(answered, dict) else None
    cases = [(case.version, case.tier, case.day.isoformat()) for case in test.cases]
    if not isinstance(tried, list) or cases != [_key(case) for case in tried]:
        raise Unavailable(
            "The answer is not one to these cases. Is --server or LIFECYCLE_SERVER right?"
        )


def _key(case: Any) -> tuple[Any, ...] | None:
    if not isinstance(case, dict):
        return None
    return case.get("version"), case.get("tier"), case.get("day")


def _report(
    answered: Mapping[str, Any], test: PolicyTest, *, source: str | None, basis: str
) -> Report:
    policy = answered["policy"]
    named = f"{policy['name']} {policy['version']}" if policy else "No policy"
    findings = list(_findings(answered["cases"]))
    document = {
        "verdict": "fail" if findings else "pass",
        "decided": not answered["undecided"],
        "findings": findings,
        **answered,
    }
    return read_report(
        document,
        title=f"{named} for {answered['product']} as known on {answered['at']}",
        source=source,
        line_of=lambda place: test.line_of(int(place[1])) if place else None,
        undecided=frozenset({UNDECIDED}),
        passed=[_subject(case) for case in answered["cases"] if case["outcome"] == "passed"],
        summary=[f"{_counted(answered)} They rest on {basis}."],
        counts={name: answered[name] for name in ("passed", "failed", "undecided")},
    )


def _refused(error: LifecycleError, file: str, source: str | None) -> Report:
    """Report that the policy itself is refused, each of its mistakes a finding."""
    findings = [
        {"rule": REFUSAL, "severity": "error", "message": message, "fix": FIXES[REFUSAL]}
        for message in [error.detail, *map(str, error.further_problems)]
    ]
    document = {"verdict": "fail", "decided": True, "findings": findings}
    return read_report(document, title=f"The policy tested by {file} is refused", source=source)


def _findings(cases: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for place, case in enumerate(cases):
        if case["outcome"] == "passed":
            continue
        rule = UNDECIDED if case["outcome"] == "undecided" else RULE
        yield {
            "rule": rule,
            "severity": "error",
            "message": _why(case),
            "fix": FIXES[rule],
            "subject": _subject(case),
            "evidence": _evidence(case["answer"] or {}),
            "path": ["cases", place],
        }


def _why(case: Mapping[str, Any]) -> str:
    if case["outcome"] == "undecided":
        return str(case["why_undecided"])
    deviations = end_sentence("; ".join(case["deviations"]))
    return f"{deviations[:1].upper()}{deviations[1:]} {case['answer']['reason']}"


def _evidence(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was answered, without the reason, which the message ends with."""
    return {name: value for name, value in answer.items() if value and name != "reason"}


def _subject(case: Mapping[str, Any]) -> str:
    return f"{case['version']} for {case['tier']} on {case['day']}"


def _counted(answered: Mapping[str, Any]) -> str:
    count = len(answered["cases"])
    outcomes = [f"{answered[name]:,} {name}" for name in ("passed", "failed", "undecided")]
    stated = ", ".join(text for text in outcomes if not text.startswith("0 "))
    return f"{count:,} {'case' if count == 1 else 'cases'}: {stated}."
