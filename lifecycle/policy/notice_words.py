"""Notice periods in plain words: how long before a change it is announced, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.documents.word_lists import listed
from lifecycle.policy.notice_periods import (
    BestEffort,
    Kind,
    Longest,
    overruled_periods,
    period_for,
)
from lifecycle.policy.stages import MATURITY, Stage
from lifecycle.policy.tier_labels import tier_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.policy.notice_periods import Period
    from lifecycle.policy.policies import Policy

KINDS = {
    Kind.END_OF_SUPPORT: "an end of support",
    Kind.REMOVAL: "the removal of a feature",
    Kind.BREAKING_CHANGE: "a breaking change",
    Kind.DISCONTINUATION: "a discontinuation",
}
BEFORE = "before it takes effect"
BEING = {Stage.EXPERIMENTAL: "experimental", Stage.GA: "generally available"}
"""What a feature is in such a stage; it is "in" the others."""


def notice_sentences(policy: Policy) -> Iterator[str]:
    """Yield what notice each kind of change requires, what is exempt, and when reminders follow."""
    for kinds in _alike(policy):
        changes = listed([KINDS[kind] for kind in kinds], "or")
        changes = changes[0].upper() + changes[1:]
        yield f"{changes} is announced {_for_tiers(policy, kinds[0], None)}."
        for stages in _stages_apart(policy, kinds[0]):
            named = in_stages(stages)
            owed = _for_tiers(policy, kinds[0], stages[0])
            yield f"For a feature that is {named}, it is announced {owed}."
    yield from _exempt(policy)
    yield _reminders(policy.reminders)


def overruled_sentences(policy: Policy) -> Iterator[str]:
    """Yield what is stated in vain: periods for stages that require no notice at all."""
    for kind, stage in overruled_periods(policy.notice, policy.exempt_stages):
        yield (
            f"notice.{kind}.stages.{stage} never applies, since exempt_stages holds {stage}, which"
            f" then owes no notice at all; remove {stage} from one of the two."
        )


def _alike(policy: Policy) -> list[list[Kind]]:
    """Put kinds together that require the same."""
    groups: list[list[Kind]] = []
    for kind in Kind:
        alike = (g for g in groups if _terms(policy, g[0]) == _terms(policy, kind))
        group = next(alike, None)
        if group is None:
            groups.append([kind])
        else:
            group.append(kind)
    return groups


def _terms(policy: Policy, kind: Kind) -> list[dict[str, Period]]:
    stages: list[Stage | None] = [None, *(s for s in MATURITY if s not in policy.exempt_stages)]
    return [_periods(policy, kind, stage) for stage in stages]


def _periods(policy: Policy, kind: Kind, stage: Stage | None) -> dict[str, Period]:
    """Return the period of each tier."""
    return {
        tier.name: _plain(period_for(policy.notice, kind, tier.name, stage))
        for tier in policy.tiers
    }


def _plain(period: Period) -> Period:
    """Leave out of the longest of several what promises nothing."""
    if not isinstance(period, Longest):
        return period
    parts = tuple(part for part in period.periods if not isinstance(part, BestEffort))
    if len(parts) == 1:
        return parts[0]
    return Longest(parts) if parts else BestEffort()


def _stages_apart(policy: Policy, kind: Kind) -> list[list[Stage]]:
    """Put stages together that require the same, which is not what holds otherwise."""
    usual = _periods(policy, kind, None)
    groups: list[list[Stage]] = []
    for stage in MATURITY:
        owed = _periods(policy, kind, stage)
        if stage in policy.exempt_stages or owed == usual:
            continue
        group = next((g for g in groups if _periods(policy, kind, g[0]) == owed), None)
        if group is None:
            groups.append([stage])
        else:
            group.append(stage)
    return groups


def _for_tiers(policy: Policy, kind: Kind, stage: Stage | None) -> str:
    """Say what notice the tiers get, those with the same together; the lowest tier's first."""
    tiers: dict[str, list[str]] = {}
    for tier, period in _periods(policy, kind, stage).items():
        tiers.setdefault(_before(period), []).append(tier_word(tier))
    (first, _), *following = tiers.items()
    clauses = [first]
    for notice, names in following:
        noun = "tier" if len(names) == 1 else "tiers"
        short = notice.removeprefix(f"{BEFORE}, ").replace(BEFORE, "before")
        clauses.append(f"for the {listed(names)} {noun}, {short}")
    return "; ".join(clauses)


def _before(period: Period) -> str:
    """Say how long before a change takes effect it is announced.

    >>> from lifecycle.policy.notice_periods import parse_period
    >>> _before(Longest((parse_period("9 months"), parse_period("3 minor releases"))))
    'at least 9 months or 3 minor releases before it takes effect, whichever is longer'
    >>> _before(BestEffort())
    'before it takes effect, without a fixed period'
    """
    if isinstance(period, BestEffort):
        return f"{BEFORE}, without a fixed period"
    if isinstance(period, Longest):
        lengths = listed([str(part) for part in period.periods], "or")
        return f"at least {lengths} {BEFORE}, whichever is longer"
    return f"at least {period} {BEFORE}"


def in_stages(stages: Sequence[Stage]) -> str:
    """Name stages in a sentence.

    >>> in_stages([Stage.EXPERIMENTAL, Stage.ALPHA, Stage.BETA]), in_stages([Stage.GA])
    ('experimental, or in alpha or beta', 'generally available')
    """
    being = [BEING[stage] for stage in stages if stage in BEING]
    inside = [stage.value for stage in stages if stage not in BEING]
    return ", or ".join([*being, *([f"in {listed(inside, 'or')}"] if inside else [])])


def _exempt(policy: Policy) -> Iterator[str]:
    stages = [stage for stage in MATURITY if stage in policy.exempt_stages]
    if stages:
        named = in_stages(stages)
        comma = "," if "," in named else ""
        yield f"A feature that is {named}{comma} may change or be removed without notice."
        yield "What counts is its highest stage in any release that is still covered or in use."


def _reminders(days: Sequence[int]) -> str:
    """Say when reminders follow an announcement.

    >>> _reminders((90, 30, 7, 1))
    'Reminders follow 90, 30, 7 and 1 days before the change takes effect.'
    >>> _reminders((1,))
    'A reminder follows the day before the change takes effect.'
    """
    if not days:
        return "No reminders follow."
    if len(days) == 1:
        when = "the day" if days[0] == 1 else f"{days[0]} days"
        return f"A reminder follows {when} before the change takes effect."
    counts = listed([str(day) for day in days])
    return f"Reminders follow {counts} days before the change takes effect."
