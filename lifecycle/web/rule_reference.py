"""A page for each rule of the gate and of the check, and the list of them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.check import rule_pages as of_the_check
from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.gate.rules import documentation as of_the_gate
from lifecycle.gate.rules.documentation import UnknownRule
from lifecycle.policy.gate_rules import UNWAIVABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as its page has it; the examples and the severity are those of the gate's rules."""

    id: str
    what: str
    why: str
    fix: str
    severity: str | None = None
    fails: str | None = None
    passes: str | None = None
    waivable: bool | None = None


def gate_rules() -> list[RuleShown]:
    """Return the gate's rules, in the order in which findings are reported."""
    return [
        RuleShown(**msgspec.structs.asdict(rule), waivable=rule.id not in UNWAIVABLE)
        for rule in of_the_gate.pages().values()
    ]


def check_rules() -> list[RuleShown]:
    """Return the rules of the check."""
    return [RuleShown(**msgspec.structs.asdict(rule)) for rule in of_the_check.pages().values()]


@page("/rules")
async def show_rules(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment]
) -> Response[str]:
    """List what the gate and the check look for."""
    moment.unkept()
    return show(request, "rules.html", title="Rules", gate=gate_rules(), check=check_rules())


@page("/rules/{rule:str}")
async def show_rule(
    request: Request[Any, Any, Any], rule: Name, moment: NamedDependency[Moment]
) -> Response[str]:
    """Show what a rule finds, why that matters, and how to fix it."""
    rules = {shown.id: shown for shown in (*gate_rules(), *check_rules())}
    if rule not in rules:
        near = nearest_words(rule, rules, most=3)
        raise UnknownRule(f"Unknown rule {rule[:100]!r}{did_you_mean(near) or '.'}", nearest=near)
    moment.unkept()
    return show(request, "rule.html", title=rule, rule=rules[rule])


router = pages(show_rules, show_rule)
