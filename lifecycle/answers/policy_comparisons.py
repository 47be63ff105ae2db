"""What a policy would change for a product: who gains, who loses, and what was promised before.

A promise never shrinks: a line is covered while any policy covers it that was in force since its
first stable release. What the new policy gives by itself is therefore compared as well.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.answers.response_structs import ChangeOut, SupportOut
from lifecycle.policy.policies import Policy
from lifecycle.policy.policy_differences import (
    PeriodChange,
    WordDifference,
    period_changes,
    word_differences,
)
from lifecycle.policy.succession import in_force
from lifecycle.support.simulation import ImpliedEnd, simulate, with_entered
from lifecycle.support.status import PROMISED, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.support.facts import Facts
    from lifecycle.support.simulation import CoverageChange
    from lifecycle.support.status import Answer

Worth: TypeAlias = tuple[int, date]


class TierChange(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a tier, and for how many accounts.

    ``gains``, ``losses`` and ``kept`` count lines, ``longer`` and ``shorter`` notice periods.
    """

    tier: str
    accounts: int
    is_new: bool
    is_dropped: bool
    gains: int
    losses: int
    kept: int
    longer: int
    shorter: int
    reads_differently: bool

    @property
    def is_touched(self) -> bool:
        """Whether anything at all changes for it."""
        return self.is_new or self.is_dropped or self.reads_differently


class PolicyComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy would change, as seen on the day ``at``; ``before`` is the one it succeeds.

    ``kept`` is what the new policy alone would end sooner, ``before`` being what it gives;
    ``others`` are changes of which nobody can say whether they are for the better.
    """

    at: date
    before: Policy | None
    after: Policy
    gains: tuple[ChangeOut, ...]
    losses: tuple[ChangeOut, ...]
    kept: tuple[ChangeOut, ...]
    others: tuple[ChangeOut, ...]
    implied_ends: tuple[ImpliedEnd, ...]
    periods: tuple[PeriodChange, ...]
    words: tuple[WordDifference, ...]
    tiers: tuple[TierChange, ...]

    @property
    def accounts(self) -> int:
        """How many accounts have a tier for which something changes."""
        return sum(tier.accounts for tier in self.tiers if tier.is_touched)


def compare_policies(
    before: Facts, policy: Policy, *, today: date, accounts: Mapping[str, int]
) -> PolicyComparison:
    """Compare a product without and with a policy on the day it begins, or today if it has begun.

    One of its version is replaced. ``accounts`` are counted by their tiers.
    """
    at = max(policy.in_force_from, today)
    standing = tuple(entered for entered in before.policies if entered.version != policy.version)
    after = with_entered(before, policy, today=today)
    replaced = next((p for p in before.policies if p.version == policy.version), None)
    followed = replaced or in_force(standing, at)
    simulation = simulate(before, after, at=at, today=today)
    sorted_changes = _sorted(simulation.changes)
    promises = _kept(after, policy, at=at, today=today)
    periods = period_changes(followed, policy) if followed else []
    words = word_differences(followed, policy)
    return PolicyComparison(
        at=at,
        before=followed,
        after=policy,
        gains=sorted_changes[0],
        losses=sorted_changes[1],
        kept=promises,
        others=sorted_changes[2],
        implied_ends=simulation.implied_ends,
        periods=tuple(periods),
        words=tuple(words),
        tiers=_tiers(followed, policy, sorted_changes, promises, periods, words, accounts),
    )


def _sorted(
    changes: Iterable[CoverageChange],
) -> tuple[tuple[ChangeOut, ...], tuple[ChangeOut, ...], tuple[ChangeOut, ...]]:
    gains: list[ChangeOut] = []
    losses: list[ChangeOut] = []
    unranked: list[ChangeOut] = []
    for change in changes:
        worth, worth_before = _worth(change.after), _worth(change.before)
        if worth == worth_before and not (change.before and change.after):
            continue  # what promised nothing is gone, or what is new promises nothing
        chosen = gains if worth > worth_before else losses if worth < worth_before else unranked
        chosen.append(_cell(change.line, change.tier, change.before, change.after))
    return tuple(gains), tuple(losses), tuple(unranked)


def _kept(after: Facts, policy: Policy, *, at: date, today: date) -> tuple[ChangeOut, ...]:
    """Return what the policy alone would give less of than is given with those before it."""
    begins = min([entered.in_force_from for entered in after.policies])
    single = msgspec.structs.replace(policy, in_force_from=begins)
    alone = msgspec.structs.replace(after, policies=(single,))
    changes = simulate(alone, after, at=at, today=today).changes
    return tuple(
        _cell(change.line, change.tier, change.before, change.after)
        for change in changes
        if change.after and change.after.status in PROMISED
        if _worth(change.after) > _worth(change.before)
    )


def _worth(answer: Answer | None) -> Worth:
    """Return how much an answer promises: whether anything, then until when."""
    if answer is None:
        return 0, date.min
    if answer.status is Status.BEST_EFFORT:
        return 1, date.min
    if answer.status not in PROMISED:
        return 0, date.min
    projected = answer.projected_until.median if answer.projected_until else date.max
    return 2, answer.supported_until or projected


def _cell(line: str, tier: str, before: Answer | None, after: Answer | None) -> ChangeOut:
    return ChangeOut(
        line=line,
        tier=tier,
        before=SupportOut.of(before) if before else None,
        after=SupportOut.of(after) if after else None,
    )


def _shared(policy: Policy) -> tuple[object, ...]:
    """Return what concerns every tier alike."""
    return (
        policy.reminders,
        policy.exempt_stages,
        policy.announce,
        policy.timezone,
        policy.business_hours,
    )


def _tiers(
    before: Policy | None,
    after: Policy,
    changes: tuple[tuple[ChangeOut, ...], ...],
    promises: tuple[ChangeOut, ...],
    periods: Iterable[PeriodChange],
    words: Iterable[WordDifference],
    accounts: Mapping[str, int],
) -> tuple[TierChange, ...]:
    tiers_before = [tier.name for tier in before.tiers] if before else []
    tiers_after = [tier.name for tier in after.tiers]
    gains, losses, keeps = (
        Counter(cell.tier for cell in cells) for cells in (*changes[:2], promises)
    )
    longer = Counter(change.tier for change in periods if change.is_shorter is False)
    shorter = Counter(change.tier for change in periods if change.is_shorter)
    worded = {difference.part for difference in words if difference.is_tier}
    worded |= {change.tier for change in periods} | gains.keys() | losses.keys()
    if before is None or _shared(before) != _shared(after):
        worded |= {*tiers_after, *tiers_before}
    return tuple(
        TierChange(
            tier=tier,
            accounts=accounts.get(tier, 0),
            is_new=tier not in tiers_before,
            is_dropped=tier not in tiers_after,
            gains=gains[tier],
            losses=losses[tier],
            kept=keeps[tier],
            longer=longer[tier],
            shorter=shorter[tier],
            reads_differently=tier in worded,
        )
        for tier in dict.fromkeys([*tiers_after, *tiers_before])
    )
