"""A page for each rule, read from its docstring and its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.errors import NotFound
from lifecycle.gate.rules import RULES
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from lifecycle.gate.rules import Rule


class UnknownRule(NotFound):
    """There is no rule with this id."""


class Page(msgspec.Struct, frozen=True):
    """What a rule finds, why that matters, how to mend it, and an example either way.

    ``severity`` is the rule's own; a policy may say another.
    """

    id: str
    severity: Severity
    what: str
    why: str
    fix: str
    fails: str
    passes: str


def pages() -> dict[str, Page]:
    """Return every rule's page by its id, in the order in which the rules are reported."""
    return {rule.ID: _page(rule) for rule in RULES}


def page(rule: str) -> Page:
    """Return a rule's page; ``UnknownRule`` names the nearest."""
    all_pages = pages()
    if rule in all_pages:
        return all_pages[rule]
    near = nearest_words(rule, all_pages, most=3)
    hint = did_you_mean(near) or "."
    raise UnknownRule(
        f"Unknown rule {rule!r}{hint} Run `lifecycle rules` to list all rules.",
        nearest=near,
    )


def _page(rule: Rule) -> Page:
    docstring = " ".join((rule.check.__doc__ or "").split())
    fault, _, remainder = docstring.partition(" Why: ")
    why, _, fix = remainder.partition(" Fix: ")
    why, fix = (f"{part[:1].upper()}{part[1:]}" for part in (why, fix))
    return Page(rule.ID, rule.SEVERITY, fault, why, fix, rule.FAILS, rule.PASSES)
