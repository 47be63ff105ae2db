"""Whether a policy can be computed for a product: what it counts must exist there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.errors import Problem, Unprocessable
from lifecycle.policy.notice_periods import Longest, NoticeTerms, Period, Releases
from lifecycle.policy.windows import AllOf, AnyOf, Granularity, Newest, Rule, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.policy.policies import Policy

_UNITS = frozenset({Granularity.MAJOR, Granularity.MINOR, Granularity.PATCH})


class PolicyDoesNotFit(Unprocessable):
    """The policy counts what this product does not have."""


def check_fits(policy: Policy, *, line_by: str, units_possible: bool) -> None:
    """Refuse a policy that counts majors, minors or patches where versions have no such parts.

    ``line_by`` is how the product's releases form lines; ``units_possible`` says whether its
    scheme tells majors, minors and patches apart.
    """
    if units_possible:
        return
    problems = [_problem(path, unit, line_by) for path, unit in _counted(policy) if unit in _UNITS]
    if problems:
        fields = ", ".join(problem.field for problem in problems)
        raise PolicyDoesNotFit(
            f"This product's versions have no majors, minors or patches to count: see {fields}.",
            problems=problems,
        )


def _problem(path: str, unit: Granularity, line_by: str) -> Problem:
    lines = "its declared lines" if line_by == "declared" else "its lines"
    return Problem(
        path,
        f"counts what this product's versions do not have; use `line`, {lines}, or `release`,"
        " or give the product a scheme whose versions have such parts",
        value=str(unit),
        allowed="line, release",
    )


def _counted(policy: Policy) -> Iterator[tuple[str, Granularity]]:
    for tier in policy.tiers:
        yield from _counted_by_rule(f"tiers.{tier.name}.window", tier.window.rule)
    for kind, terms in policy.notice.items():
        yield from _counted_by_terms(f"notice.{kind}", terms)


def _counted_by_rule(path: str, rule: Rule) -> Iterator[tuple[str, Granularity]]:
    if isinstance(rule, Newest):
        yield f"{path}.newest.of", rule.of
    if isinstance(rule, AnyOf | AllOf):
        word = "any" if isinstance(rule, AnyOf) else "all"
        for place, part in enumerate(rule.rules):
            inside = path if side_by_side(rule) else f"{path}.{word}[{place}]"
            yield from _counted_by_rule(inside, part)


def _counted_by_terms(path: str, terms: NoticeTerms) -> Iterator[tuple[str, Granularity]]:
    for name, period in (("default", terms.default), *terms.tiers.items()):
        yield from _counted_by_period(f"{path}.{name}", period)
    for stage, owed in terms.stages.items():
        yield from _counted_by_terms(f"{path}.stages.{stage}", owed)


def _counted_by_period(path: str, period: Period | None) -> Iterator[tuple[str, Granularity]]:
    for part in period.periods if isinstance(period, Longest) else (period,):
        if isinstance(part, Releases):
            yield path, part.of
