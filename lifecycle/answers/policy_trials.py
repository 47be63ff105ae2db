"""Trying a policy on cases: whether a product answers under it as somebody expects."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from lifecycle.answers.response_structs import PolicyOut, SupportOut
from lifecycle.answers.snapshots import Snapshot, as_seen
from lifecycle.answers.version_lookup import get_release
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue import policies
from lifecycle.errors import LifecycleError
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.succession import in_force
from lifecycle.support.policy_cases import Case, deviations
from lifecycle.support.simulation import with_entered
from lifecycle.support.status import answer_release

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.models import Product
    from lifecycle.policy.policies import Policy

MOST_CASES = 1000


class Outcome(StrEnum):
    """Whether an answer is the expected one; undecided where there is no answer."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


class PolicyTestIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cases, and the policy document that they are tried on; without one, what is in force."""

    policy: dict[str, Any] | None = None
    cases: Annotated[tuple[Case, ...], Meta(min_length=1, max_length=MOST_CASES)]


class CaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a case: the ``answer`` and in what it deviates, or why there is none."""

    version: str
    tier: str
    day: date
    outcome: Outcome
    deviations: tuple[str, ...]
    answer: SupportOut | None
    why_undecided: str | None


class PolicyTestOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of every case, in the order in which they came.

    ``policy`` is the one that was tried; without one, that in force on the day ``at``.
    """

    product: str
    at: date
    policy: PolicyOut | None
    passed: int
    failed: int
    undecided: int
    cases: tuple[CaseOut, ...]


async def under_policy(
    session: AsyncSession, product: Product, snapshot: Snapshot, test: PolicyTestIn, *, by: By
) -> tuple[Snapshot, Policy | None]:
    """Return what a product would be under the policy to try, or refuse it as entering it would be.

    Nothing is stored.
    """
    current = await as_seen(session, snapshot)
    if test.policy is None:
        return current, None
    policy = parse_policy(test.policy)
    await policies.check(session, product, policy, by=by)
    today = local_day(by.at, zone(policy.timezone))
    facts = with_entered(current.facts, policy, today=today)
    loaded = msgspec.structs.replace(current.known, facts=facts)
    return Snapshot(loaded, current.revision, announced=current.announced), policy


def try_cases(
    snapshot: Snapshot, cases: Iterable[Case], *, today: date, policy: Policy | None = None
) -> PolicyTestOut:
    """Answer every case as the product, known as it is ``today``, answers under its policies."""
    tried = tuple(_tried(snapshot, case, today) for case in cases)
    outcomes = [case.outcome for case in tried]
    return PolicyTestOut(
        product=snapshot.slug,
        at=today,
        policy=PolicyOut.of(policy or in_force(snapshot.facts.policies, today)),
        passed=outcomes.count(Outcome.PASSED),
        failed=outcomes.count(Outcome.FAILED),
        undecided=outcomes.count(Outcome.UNDECIDED),
        cases=tried,
    )


def _tried(snapshot: Snapshot, case: Case, today: date) -> CaseOut:
    """Answer a case; a version or tier that is not known leaves it undecided."""
    try:
        release = get_release(snapshot, case.version)
        answer = answer_release(snapshot.coverage(today), release, tier=case.tier, at=case.day)
    except LifecycleError as error:
        return _case(case, Outcome.UNDECIDED, why=error.detail)
    differences = deviations(case, answer)
    outcome = Outcome.FAILED if differences else Outcome.PASSED
    return _case(case, outcome, differences, SupportOut.of(answer))


def _case(
    case: Case,
    outcome: Outcome,
    differences: tuple[str, ...] = (),
    answer: SupportOut | None = None,
    *,
    why: str | None = None,
) -> CaseOut:
    return CaseOut(
        version=case.version,
        tier=case.tier,
        day=case.day,
        outcome=outcome,
        deviations=differences,
        answer=answer,
        why_undecided=why,
    )
