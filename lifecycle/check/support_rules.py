"""The rules of a customer's check, over the answers for what it runs (pure)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lifecycle.check.running_versions import Announcement, Running, Upgrade
from lifecycle.deprecations.states import ENDS_SUPPORT
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import GRAVITY, Finding, Judgement, verdict_of
from lifecycle.support.status import OVER, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.calendar.estimates import Estimate

WITHIN = 90
UNDECIDED = frozenset({"undecided", "expected-missing", "nothing-matched"})
"""The rules whose findings say that a question has no answer; nobody can ignore that."""
_DECIDED = frozenset(Status) - {Status.PLANNED, Status.UNKNOWN}
"""A word that is none of these, as a later service may answer, decides nothing."""


class FailOn(StrEnum):
    """The least that fails: each of these fails on what those before it fail on, too."""

    UNSUPPORTED = "unsupported"
    ENDING = "ending"
    DEPRECATED = "deprecated"


class CheckTerms(msgspec.Struct, frozen=True):
    """How far a check looks ahead, in days, and what fails it."""

    within: int = WITHIN
    fail_on: FailOn = FailOn.ENDING

    def severity(self, least: FailOn) -> Severity:
        """Return the severity of a finding that fails from ``least`` on."""
        order = list(FailOn)
        fails = order.index(least) <= order.index(self.fail_on)
        return Severity.ERROR if fails else Severity.WARNING


class Found(NamedTuple):
    """A finding, and what it was found in."""

    running: Running
    finding: Finding


def find(running: Iterable[Running], terms: CheckTerms) -> list[Found]:
    """Return the findings of everything that is run."""
    return [Found(run, finding) for run in running for finding in _findings(run, terms)]


def judge(findings: Iterable[Finding]) -> Judgement:
    """Return the verdict, the gravest findings first; one of ``UNDECIDED`` leaves it open."""
    ordered = sorted(findings, key=lambda finding: -GRAVITY.index(finding.severity))
    decided = not any(finding.rule in UNDECIDED for finding in ordered)
    return Judgement(verdict_of(ordered, decided=decided), decided, tuple(ordered))


def nothing_runs(account: str) -> Finding:
    """Find that an account has not said what it runs."""
    return Finding(
        "undecided",
        f"{account} has not reported anything that it runs, so nothing could be checked.",
        "Report what runs: give a file or an SBOM, with --report NAME.",
        subject=account,
    )


def is_decided(running: Running) -> bool:
    """Return whether it is decided if something that is run is supported."""
    return running.status in _DECIDED


def _findings(running: Running, terms: CheckTerms) -> Iterator[Finding]:
    if running.status in OVER:
        yield _unsupported(running)
    elif running.status in {Status.BEST_EFFORT, Status.PRERELEASE}:
        yield _told(running, "no-promise", running.reason, "", severity=Severity.NOTE)
    elif not is_decided(running):
        yield _undecided(running)
    else:
        yield from _ending(running, terms)
    yield from _deprecated(running, terms)
    if running.unknown_features:
        yield _unknown_features(running)


def _unsupported(running: Running) -> Finding:
    return _told(
        running,
        "unsupported",
        f"{_whose(running)} is not supported: {running.reason}",
        _upgrade(running) or "Move away from it, or agree on longer support with its vendor.",
        supported_until=running.supported_until,
    )


def _undecided(running: Running) -> Finding:
    return _told(
        running,
        "undecided",
        f"It is not known whether {_whose(running)} is supported: {running.reason}",
        _decision(running),
    )


def _decision(running: Running) -> str:
    """Say what decides whether something is supported."""
    if running.choose and running.instance is None:
        return (
            f"Name the tier that applies, {_choice(running.choose)}, with --tier (for"
            f" {running.product} alone, --tier {running.product}=TIER) or, in the list, as the"
            " entry's `tier`."
        )
    if running.line is not None and running.policy is None and not running.choose:
        return (
            f"Put a policy in force with `lifecycle policy put {running.product} policy.yaml`, or"
            " ask the vendor to. Where the lines' declared days are what counts, begin with the"
            " preset `declared`."
        )
    return "Correct the product, version or tier, or ask the vendor to register it."


def _unknown_features(running: Running) -> Finding:
    names = running.unknown_features
    keys = ", ".join(repr(name) for name in names)
    noun, pronoun = ("a feature", "it") if len(names) == 1 else ("features", "them")
    return _told(
        running,
        "undecided",
        f"{running.name} is listed with {noun} that {running.product} does not have: {keys}. "
        f"What is announced for {pronoun} could not be checked.",
        "Correct the feature key, or ask the vendor to register the feature.",
        unknown_features=list(names),
    )


def _ending(running: Running, terms: CheckTerms) -> Iterator[Finding]:
    """Tell the end that is known, else the one that is estimated, where it is near."""
    if running.ends_on is not None and running.days_left is not None:
        if running.days_left <= terms.within:
            yield _told(
                running,
                "ending",
                f"{_support(running)} ends {_until_last(running.days_left)}: "
                f"{running.supported_until} is the last day covered. {running.reason}",
                _upgrade(running, before=running.ends_on)
                or "Upgrade once its successor is out, or agree with its vendor on what to do.",
                severity=terms.severity(FailOn.ENDING),
                supported_until=running.supported_until,
            )
        return
    projected = running.projected_until
    if projected is None or projected.earliest == date.max:
        return
    days_left = (projected.earliest + timedelta(days=1) - running.at).days
    if days_left <= terms.within:
        yield _told(
            running,
            "ending-projected",
            f"{_support(running)} {_about(projected, running.at)} (an estimate). {running.reason}",
            _upgrade(running) or "Plan the upgrade to its successor, once that is out.",
            severity=Severity.WARNING,
            projected_until=msgspec.to_builtins(projected),
        )


def _about(projected: Estimate, today: date) -> str:
    """Say when a release to come may end support, and no day twice.

    >>> from lifecycle.calendar.estimates import Estimate
    >>> days = [date(2026, 12, n) for n in (1, 9, 20)]
    >>> _about(Estimate(*days), date(2026, 11, 30))
    'will probably end about 2026-12-09, at the earliest after 2026-12-01'
    >>> _about(Estimate(days[1], *days[1:]), date(2026, 11, 30))
    'may end after 2026-12-09'
    """
    if projected.median < today:
        return "may end any day"
    if projected.median <= projected.earliest:
        return f"may end after {projected.earliest}"
    return f"will probably end about {projected.median}, at the earliest after {projected.earliest}"


def _deprecated(running: Running, terms: CheckTerms) -> Iterator[Finding]:
    """Tell what is announced, unless it is the end of support that was told already."""
    end_is_reported = running.status in OVER or (
        running.days_left is not None and running.days_left <= terms.within
    )
    for announced in running.deprecations:
        if announced.kind in ENDS_SUPPORT and announced.feature is None and end_is_reported:
            continue
        subject = (
            f"{announced.feature} of {_whose(running)}" if announced.feature else _whose(running)
        )
        when = (
            f"takes effect on {announced.effective_on}, in {_days(announced.days_left)}"
            if announced.days_left > 0
            else f"has been in force since {announced.effective_on}"
        )
        kind = announced.kind.replace("_", " ")
        yield _told(
            running,
            "deprecated-in-use",
            f"{_article(kind)} was announced for {subject}; it {when}. {announced.reason}".strip(),
            _way_out(running, announced),
            severity=terms.severity(FailOn.DEPRECATED),
            deprecation=announced.id,
            announced_on=announced.announced_on,
            effective_on=announced.effective_on,
            days_left=announced.days_left,
        )


def _told(
    running: Running,
    rule: str,
    message: str,
    fix: str,
    *,
    severity: Severity = Severity.ERROR,
    **evidence: Any,
) -> Finding:
    facts = {"tier": running.tier, "line": running.line, "status": running.status, **evidence}
    return Finding(
        rule,
        message,
        fix,
        subject=running.name,
        evidence={name: _plain(value) for name, value in facts.items() if value is not None},
        path=("components", running.places[0]) if running.places else (),
        severity=severity,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _whose(running: Running) -> str:
    return f"{running.name} for {running.tier}" if running.tier else running.name


def _support(running: Running) -> str:
    on = f" on {running.tier}" if running.tier else ""
    return f"Support for {running.name}{on}"


def _upgrade(running: Running, *, before: date | None = None) -> str:
    versions = running.upgrade_to or Upgrade()
    newest = versions.newest or versions.patch
    if newest is None or newest == running.version:
        return ""
    advice = f"Upgrade to {newest} before {before}." if before else f"Upgrade to {newest}."
    if versions.uncovered is None:
        return advice
    covering = running.tier or running.product
    return f"{advice} {covering} does not cover {versions.uncovered}, the newest."


def _way_out(running: Running, announced: Announcement) -> str:
    sentences = [
        f"Move to {announced.replacement}." if announced.replacement else "",
        announced.migration or "",
    ]
    if not any(sentences):
        sentences = [
            f"Stop using {announced.feature}."
            if announced.feature
            else _upgrade(running) or "Ask its vendor what to do."
        ]
    return " ".join(filter(None, sentences))


def _choice(names: tuple[str, ...]) -> str:
    """Name what can be chosen.

    >>> _choice(("community", "pro", "enterprise"))
    'community, pro or enterprise'
    """
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _article(kind: str) -> str:
    return f"{'An' if kind[:1] in 'aeiou' else 'A'} {kind}"


def _until_last(days_left: int) -> str:
    """Count to the last day covered, the one before the first without.

    >>> _until_last(1), _until_last(2), _until_last(32)
    ('today', 'in 1 day', 'in 31 days')
    """
    return f"in {_days(days_left - 1)}" if days_left > 1 else "today"


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
