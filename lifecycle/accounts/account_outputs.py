"""How accounts are shown, and what they run.

The API answers with these, and so do commands that read the local store.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts import queries

if TYPE_CHECKING:
    from lifecycle.accounts.models import Account, Instance


class TierHeldOut(msgspec.Struct, frozen=True):
    """A tier and the first day on which it was held."""

    tier: str
    from_day: date


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """A customer; ``tier`` is today's."""

    slug: str
    name: str
    tier: str | None
    tiers: list[TierHeldOut]
    instances: list[str]
    created_at: datetime
    revision: int

    @classmethod
    def of(cls, account: Account, today: date) -> AccountOut:
        """Show an account."""
        tiers = sorted(account.tiers, key=lambda tier: tier.from_day)
        return cls(
            slug=account.slug,
            name=account.name,
            tier=queries.tier_on(tiers, today),
            tiers=[TierHeldOut(tier.tier, tier.from_day) for tier in tiers],
            instances=sorted(instance.name for instance in account.instances),
            created_at=account.created_at,
            revision=account.revision,
        )


class InstanceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment an account runs."""

    name: str
    product: str
    version: str
    environment: str | None
    tier: str | None
    features: list[str] | None
    last_seen: datetime | None
    revision: int

    @classmethod
    def of(cls, instance: Instance) -> InstanceOut:
        """Show an instance."""
        return cls(
            name=instance.name,
            product=instance.product,
            version=instance.version,
            environment=instance.environment,
            tier=instance.tier,
            features=instance.features,
            last_seen=instance.last_seen,
            revision=instance.revision,
        )


def instances_of(account: Account) -> list[InstanceOut]:
    """Show what an account runs, by name."""
    shown = map(InstanceOut.of, account.instances)
    return sorted(shown, key=lambda instance: instance.name)
