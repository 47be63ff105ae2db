"""What entering a policy would do, before anybody enters it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts.queries import tiers_in_use
from lifecycle.answers.policy_comparisons import PolicyComparison, TierChange, compare_policies
from lifecycle.answers.response_structs import ChangeOut
from lifecycle.answers.snapshots import as_seen
from lifecycle.catalogue import policies
from lifecycle.policy.notice_words import overruled_sentences
from lifecycle.policy.policy_differences import PeriodChange, WordDifference
from lifecycle.policy.succession import Step
from lifecycle.support.simulation import ImpliedEnd

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.runners import Runner
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.audit.chain import By
    from lifecycle.catalogue.models import Product
    from lifecycle.policy.policies import Policy


class PolicyCheck(msgspec.Struct, frozen=True):
    """What entering a valid policy would do, and what of it is stated in vain."""

    step: Step
    comparison: PolicyComparison
    warnings: tuple[str, ...]


class PolicyDiffOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy would change: who gains, who loses, and what an earlier promise keeps."""

    product: str
    version: str
    in_force_from: date
    step: Step
    succeeds: str | None
    at: date
    accounts: int
    tiers: tuple[TierChange, ...]
    gains: tuple[ChangeOut, ...]
    losses: tuple[ChangeOut, ...]
    kept: tuple[ChangeOut, ...]
    others: tuple[ChangeOut, ...]
    implied_ends: tuple[ImpliedEnd, ...]
    periods: tuple[PeriodChange, ...]
    words: tuple[WordDifference, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, check: PolicyCheck, product: str) -> PolicyDiffOut:
        """Show what a check found."""
        comparison = check.comparison
        return cls(
            product=product,
            version=comparison.after.version,
            in_force_from=comparison.after.in_force_from,
            step=check.step,
            succeeds=comparison.before.version if comparison.before else None,
            at=comparison.at,
            accounts=comparison.accounts,
            tiers=comparison.tiers,
            gains=comparison.gains,
            losses=comparison.losses,
            kept=comparison.kept,
            others=comparison.others,
            implied_ends=comparison.implied_ends,
            periods=comparison.periods,
            words=comparison.words,
            warnings=check.warnings,
        )


async def check_policy(
    session: AsyncSession,
    product: Product,
    snapshot: Snapshot,
    policy: Policy,
    *,
    by: By,
    run: Runner,
) -> PolicyCheck:
    """Compare a product without and with a policy, or refuse it as entering it would be refused."""
    current = await as_seen(session, snapshot)
    comparing = partial(
        compare_policies,
        current.facts,
        policy,
        today=current.today(by.at),
        accounts=await tiers_in_use(session, product.slug),
    )
    return PolicyCheck(
        step=await policies.check(session, product, policy, by=by),
        comparison=await run(comparing),
        warnings=tuple(overruled_sentences(policy)),
    )
