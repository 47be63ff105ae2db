"""Ignore files: findings that somebody decided to live with, why, and until when.

YAML, JSON or TOML: a list of entries (or ``ignore: [...]``), each with ``product`` or ``purl``,
``reason`` and ``until``, and perhaps ``version`` and ``rule``. ``until`` is the last day on which
the entry counts.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.check.rule_pages import pages
from lifecycle.check.support_rules import UNDECIDED
from lifecycle.documents.storable_text import is_blank
from lifecycle.interchange.components import as_written, raise_if_any, read_entries
from lifecycle.interchange.row_problems import Problems
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lifecycle.check.running_versions import Running
    from lifecycle.check.support_rules import Found
    from lifecycle.documents import Path

    PurlsOf = Callable[[Running], Sequence[Sequence[str]]]

HINT = "give a list of entries, each with product or purl, reason, and until"


class Ignore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be ignored; without a version every one, without a rule all but ``undecided``."""

    product: str | None = None
    purl: str | None = None
    version: str | None = None
    rule: str | None = None
    reason: str
    until: date

    @property
    def name(self) -> str:
        """Say what it is about.

        >>> Ignore(product="web", rule="ending", reason="moving", until=date.max).name
        'web (ending)'
        """
        subject = " ".join(filter(None, (self.product or self.purl, self.version)))
        return f"{subject} ({self.rule})" if self.rule else subject


class Ignored(msgspec.Struct, frozen=True):
    """A finding that does not count, and the entry that says so."""

    finding: Finding
    entry: Ignore


class Applied(msgspec.Struct, frozen=True):
    """The findings that count, those about the entries themselves included, and the others."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]


def read_ignores(text: bytes, *, file: str) -> tuple[Ignore, ...]:
    """Read an ignore file; all that is wrong with it is said at once."""
    document, path = read_entries(text, file=file, wrapper="ignore", hint=HINT)
    problems = Problems(file, document)
    listed = document.value[path[0]] if path else document.value
    entries = [_entry(values, (*path, place), problems) for place, values in enumerate(listed)]
    raise_if_any(problems, file)
    return tuple(entry for entry in entries if entry is not None)


def apply(located: Sequence[Found], entries: Sequence[Ignore], purls_of: PurlsOf) -> Applied:
    """Take out what is ignored on the day that was asked about; tell which entries do nothing."""
    remaining: list[Finding] = []
    ignored: list[Ignored] = []
    used: dict[Ignore, None] = {}
    expired: dict[Ignore, None] = {}
    for running, finding in located:
        fitting = [entry for entry in entries if _fits(entry, running, finding.rule, purls_of)]
        used |= dict.fromkeys(fitting)
        live = [entry for entry in fitting if entry.until >= running.at]
        if live:
            ignored.append(Ignored(finding, live[0]))
            continue
        remaining.append(finding)
        expired |= dict.fromkeys(fitting)
    remaining += [_expired(entry) for entry in expired]
    remaining += [_unused(entry) for entry in entries if entry not in used]
    return Applied(tuple(remaining), tuple(ignored))


def _entry(values: object, path: Path, problems: Problems) -> Ignore | None:
    if not isinstance(values, dict):
        problems.add(path, "must be a mapping with product or purl, reason and until", value=values)
        return None
    missing = [name for name in ("reason", "until") if _is_missing(values.get(name))]
    for name in missing:
        meaning = "why it is ignored" if name == "reason" else "the last day, as YYYY-MM-DD"
        problems.add((*path, name), f"is missing; say {meaning}")
    entry = None if missing else problems.read(Ignore, as_written(values), path)
    if entry is None:
        return None
    if (entry.product is None) == (entry.purl is None):
        problems.add(path, "must name one of product and purl")
    _check_rule(entry.rule, (*path, "rule"), problems)
    return entry


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and is_blank(value))


def _check_rule(rule: str | None, path: Path, problems: Problems) -> None:
    if rule in UNDECIDED:
        refusal = "cannot be ignored: correct the product, version or tier, or have it registered"
        problems.add(path, refusal, value=rule)
    elif rule is not None and rule not in pages():
        allowed = ", ".join(page for page in pages() if page not in UNDECIDED)
        problems.add(path, f"is not a rule; use one of {allowed}", value=rule)


def _fits(entry: Ignore, running: Running, rule: str, purls_of: PurlsOf) -> bool:
    if rule in UNDECIDED or entry.rule not in (None, rule):
        return False
    if entry.version not in (None, running.version):
        return False
    if entry.product is not None:
        return entry.product == running.product
    return _among(entry.purl or "", purls_of(running))


def _among(identifier: str, purls: Sequence[Sequence[str]]) -> bool:
    """Return whether an identifier means all that an answer is for: one more would go unseen.

    ``purls`` are those of each component; one of them is enough.
    """
    if not purls or not all(purls):
        return False
    from lifecycle.catalogue.identifiers import means  # noqa: PLC0415 -- only if needed
    from lifecycle.catalogue.package_urls import read_purl  # noqa: PLC0415

    ignored = read_purl(identifier)
    read = [list(filter(None, map(read_purl, purl))) for purl in purls]
    return ignored is not None and all(
        any(means(ignored, purl) for purl in names) for names in read
    )


def _expired(entry: Ignore) -> Finding:
    return Finding(
        "ignore-expired",
        f"{entry.name} was to be ignored until {entry.until} ({entry.reason}); it counts again.",
        "Fix what was ignored, or decide again and set a later day in until.",
        subject=entry.name,
        severity=Severity.WARNING,
    )


def _unused(entry: Ignore) -> Finding:
    return Finding(
        "ignore-unused",
        f"Nothing was found that {entry.name} could ignore.",
        "Remove the entry, or correct it.",
        subject=entry.name,
        severity=Severity.NOTE,
    )
