"""Effective days: which day each tier gets, and whether what is owed allows it (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.errors import BadRequest, Conflict, Problem
from lifecycle.policy.lead_times import more_releases
from lifecycle.policy.tier_labels import tier_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.deprecations.deprecation_inputs import EffectiveOn
    from lifecycle.policy.lead_times import Owed


class TooSoon(Conflict):
    """The change would take effect sooner than was promised."""


def resolve(
    stated: EffectiveOn | None, owed: Mapping[str, Owed], *, field: str = "effective_on"
) -> dict[str, date]:
    """Give each tier its effective day: the same for all, or as given, or the earliest for all.

    A uniform deprecation takes the latest over its tiers (design, section 3.3).
    """
    if stated is None:
        uniform = max(period.earliest.day for period in owed.values())
        return dict.fromkeys(owed, uniform)
    if isinstance(stated, date):
        return dict.fromkeys(owed, stated)
    missing = [
        Problem(f"{field}.{tier}", "is missing", value=None, allowed=f"a day, {describe(period)}")
        for tier, period in owed.items()
        if tier not in stated
    ]
    if missing:
        raise BadRequest("Give a day for every tier, or one for all.", problems=missing)
    return {tier: stated[tier] for tier in owed}


def refuse_too_soon(days: Mapping[str, date], owed: Mapping[str, Owed]) -> None:
    """Refuse days that are sooner than what is owed, naming the tiers that force a later one."""
    forcing = {tier: period for tier, period in owed.items() if days[tier] < period.earliest.day}
    if not forcing:
        return
    uniform = max(period.earliest.day for period in owed.values())
    reasons = "; ".join(f"{tier}: {describe(period)}" for tier, period in forcing.items())
    whom = "all tiers" if len(owed) > 1 else next(iter(owed))
    raise TooSoon(
        f"That is sooner than promised. The earliest permissible day is {uniform} for {whom}"
        f" ({reasons}). Choose a later day, or record a waiver and name it.",
        problems=[
            Problem(
                "effective_on" if len(set(days.values())) == 1 else f"effective_on.{tier}",
                f"is too soon for {tier_label(tier)}",
                value=days[tier].isoformat(),
                allowed=f"{period.earliest.day} or later",
            )
            for tier, period in forcing.items()
        ],
        earliest=uniform.isoformat(),
        tiers={tier: document(period) for tier, period in forcing.items()},
    )


def describe(owed: Owed) -> str:
    """Say in words from when on a change is permissible, and why."""
    earliest = owed.earliest
    why = f"{owed.period}, {owed.policy}" if owed.period else f"exempt under {owed.policy}"
    rule = f", and after {more_releases(earliest.rule)}" if earliest.rule else ""
    return f"from {earliest.day} ({why}){rule}"


def document(owed: Owed) -> dict[str, Any]:
    """Write what a tier is owed as it is kept and shown."""
    earliest = owed.earliest
    written: dict[str, Any] = {
        "period": owed.period,
        "earliest": earliest.day.isoformat(),
        "policy": owed.policy,
    }
    if earliest.rule:
        written["rule"] = earliest.rule
        written["projected"] = msgspec.to_builtins(earliest.projected)
    return written
