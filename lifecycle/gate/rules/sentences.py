"""What the rules' messages, ways out and evidence have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.gate.scenes import BEST_EFFORT
from lifecycle.policy.lead_times import more_releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from lifecycle.gate.scenes import Announcement
    from lifecycle.policy.lead_times import Owed


def owing(owed: Sequence[Owed]) -> str:
    """Say what the tiers are owed, those that are exempt left out.

    >>> from datetime import date
    >>> from lifecycle.policy.lead_times import Earliest, Owed
    >>> earliest = Earliest(date(2027, 3, 1))
    >>> owing([Owed(tier, "90 days", earliest, "") for tier in ("pro", "enterprise")])
    'pro requires 90 days, enterprise 90 days.'
    """
    phrases: list[str] = []
    verb_before = ""
    for period in _due(owed):
        verb, promise = _promise(period.period)
        phrases.append(f"{period.tier} {'' if verb == verb_before else f'{verb} '}{promise}")
        verb_before = verb
    return f"{', '.join(phrases)}." if phrases else "No notice is required."


def requirement(owed: Owed) -> str:
    """Say what one tier is owed, as a clause.

    >>> from datetime import date
    >>> from lifecycle.policy.lead_times import Earliest, Owed
    >>> requirement(Owed("pro", "best effort", Earliest(date(2027, 3, 1)), ""))
    'pro is promised notice on a best-effort basis'
    """
    return f"{owed.tier} {' '.join(_promise(owed.period))}"


def earliest_release(owed: Iterable[Owed]) -> date | None:
    """Return the first day on which every tier had its notice; None where none is required."""
    return max((period.earliest.day for period in _due(owed)), default=None)


def by_announcing(owed: Sequence[Owed], at: date) -> str:
    """Say until when to announce, for which day.

    >>> from datetime import date
    >>> from lifecycle.policy.lead_times import Earliest, Owed
    >>> owed = Owed("pro", "90 days", Earliest(date(2027, 3, 1)), "")
    >>> by_announcing([owed], date(2026, 12, 1))
    'announce it by 2026-12-01 to release on 2027-03-01'
    """
    rules = dict.fromkeys(period.earliest.rule for period in _due(owed) if period.earliest.rule)
    also = f", after {more_releases(' and '.join(filter(None, rules)))}" if rules else ""
    return f"announce it by {at} to release on {earliest_release(owed)}{also}"


def counted(accounts: Mapping[str, int]) -> str:
    """Say how many accounts there are, by tier.

    >>> counted({"pro": 2, "enterprise": 1})
    '3 accounts (pro: 2, enterprise: 1)'
    """
    total = sum(accounts.values())
    tiers = ", ".join(f"{tier}: {count}" for tier, count in accounts.items() if count)
    return f"{total} account{'s' * (total != 1)}" + (f" ({tiers})" if tiers else "")


def sentence(text: str) -> str:
    """Make a sentence of its words.

    >>> sentence("keep Rest-v1 until 4.0.0")
    'Keep Rest-v1 until 4.0.0.'
    """
    return f"{text[:1].upper()}{text[1:]}."


def announcement_evidence(announced: Announcement | None) -> dict[str, Any]:
    """Return what proves an announcement: which, when, and effective when for which tiers."""
    if announced is None:
        return {"deprecation": None}
    return {
        "deprecation": announced.uid,
        "kind": announced.kind.value,
        "announced_on": announced.announced_on.isoformat(),
        "effective_on": {tier: day.isoformat() for tier, day in announced.days.items()},
        "from_version": announced.from_version,
        "waiver": announced.waiver and announced.waiver.uid,
    }


def owed_evidence(owed: Iterable[Owed]) -> list[dict[str, Any]]:
    """Return what each tier is owed, by which policy, and the earliest day that allows."""
    return [
        {
            "tier": period.tier,
            "period": period.period,
            "earliest": period.earliest.day.isoformat(),
            "policy": period.policy,
        }
        | ({"rule": period.earliest.rule} if period.earliest.rule else {})
        for period in owed
    ]


def _promise(period: str | None) -> tuple[str, str]:
    """Return the verb and the object by which a tier has a period: not all are a length of time."""
    if period == BEST_EFFORT:
        return "is promised", "notice on a best-effort basis"
    words = period or "no notice"
    return ("is promised" if words.startswith("support of ") else "requires"), words


def _due(owed: Iterable[Owed]) -> list[Owed]:
    return [period for period in owed if period.period is not None]
