"""The policies of products, and those that were entered on the day on which they took effect."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sqlalchemy import select

from lifecycle.calendar.zones import local_day, stored_zone
from lifecycle.catalogue.models import StoredPolicy
from lifecycle.policy.policy_documents import read_stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.policy.policies import Policy

LateEntries: TypeAlias = dict[date, datetime]
"""When policies were entered whose first day had begun by then, by that day."""


class _Begun(NamedTuple):
    """A policy, since when it has stood with its first day, and when it was replaced."""

    policy: Policy
    at: datetime
    replaced_at: datetime | None


def _begun(
    policy: Policy, registered_at: datetime, replaced_at: datetime | None, replaced: _Begun | None
) -> _Begun:
    """Say since when a policy has stood: one corrected in other things, since before that."""
    at = registered_at
    if replaced is not None and replaced.replaced_at is not None:
        same_day = replaced.policy.in_force_from == policy.in_force_from
        at = replaced.at if same_day else replaced.replaced_at
    return _Begun(policy, at, replaced_at)


async def load_policies(
    session: AsyncSession, ids: Sequence[int]
) -> tuple[Mapping[int, list[Policy]], Counter[int], Mapping[int, LateEntries]]:
    """Read the standing policies, and which came late; count those replaced as well."""
    statement = (
        select(
            StoredPolicy.product_id,
            StoredPolicy.version,
            StoredPolicy.document,
            StoredPolicy.registered_at,
            StoredPolicy.replaced_at,
        )
        .where(StoredPolicy.product_id.in_(ids))
        .order_by(StoredPolicy.id)
    )
    policies: defaultdict[int, list[Policy]] = defaultdict(list)
    entered: Counter[int] = Counter()
    begun: dict[tuple[int, str], _Begun] = {}
    for product_id, version, document, registered_at, replaced_at in await session.execute(
        statement
    ):
        entered[product_id] += 1
        policy, replaced = read_stored(document), begun.get((product_id, version))
        begun[product_id, version] = _begun(policy, registered_at, replaced_at, replaced)
        if replaced_at is None:
            policies[product_id].append(policy)
    late: defaultdict[int, LateEntries] = defaultdict(dict)
    for (product_id, _), standing in begun.items():
        if (
            local_day(standing.at, stored_zone(standing.policy.timezone))
            >= standing.policy.in_force_from
        ):
            late[product_id][standing.policy.in_force_from] = standing.at
    for entered_policies in policies.values():
        entered_policies.sort(key=lambda policy: policy.in_force_from)
    return policies, entered, late
