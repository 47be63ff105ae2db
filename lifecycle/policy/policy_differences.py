"""How one policy differs from another: in the words that people read, and in notice periods.

>>> from lifecycle.policy.policy_documents import parse_policy, policy_document
>>> from lifecycle.policy.presets import preset
>>> before = parse_policy(preset("clairdash"))
>>> document = policy_document(before) | {"version": "2", "reminders": [30]}
>>> document["notice"]["removal"] = {"default": "90 days", "enterprise": "60 days"}
>>> after = parse_policy(document)
>>> for difference in word_differences(before, after):
...     print(difference.part, len(difference.gone), difference.new[-1], sep=": ")
notice and changes: 2: A reminder follows 30 days before the change takes effect.
>>> for change in period_changes(before, after):
...     print(change.change, change.tier, change.before, change.after, change.is_shorter)
the removal of a feature enterprise 180 days 60 days True
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.policy.lead_times import Counted, earliest_day
from lifecycle.policy.notice_periods import Kind, Longest, Releases
from lifecycle.policy.notice_words import KINDS, in_stages
from lifecycle.policy.plain_words import plain_words
from lifecycle.policy.stages import MATURITY, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.policy.notice_periods import Period
    from lifecycle.policy.plain_words import PolicyWords
    from lifecycle.policy.policies import Policy

_ANY_DAY: Final = date(2000, 1, 3)
_A_RELEASE_TAKES: Final = 91
"""So many days are taken for one release where periods that count releases are compared."""


class WordDifference(msgspec.Struct, frozen=True):
    """A part of the policy whose sentences differ: a tier by its name, or what all share."""

    part: str
    gone: tuple[str, ...]
    new: tuple[str, ...]
    is_tier: bool


class PeriodChange(msgspec.Struct, frozen=True):
    """A notice period that differs for a tier; ``is_shorter`` is None where that cannot be told."""

    change: str
    tier: str
    before: str
    after: str
    is_shorter: bool | None


def word_differences(before: Policy | None, after: Policy) -> list[WordDifference]:
    """Return the parts that read differently; of a first policy, every part is new."""
    old = _parts(plain_words(before)) if before else {}
    new = _parts(plain_words(after))
    tiers = {tier.name for policy in (before, after) if policy for tier in policy.tiers}
    named = [
        WordDifference(part, *_apart(old.get(part, ()), new.get(part, ())), part in tiers)
        for part in dict.fromkeys([*new, *old])
    ]
    return [difference for difference in named if difference.gone or difference.new]


def period_changes(before: Policy, after: Policy) -> list[PeriodChange]:
    """Return the notice periods that differ for the tiers which both policies have.

    A stage of its own is named where it differs otherwise than features do without regard to it.
    """
    tiers_before = {tier.name for tier in before.tiers}
    return [
        change
        for kind in Kind
        for tier in after.tiers
        if tier.name in tiers_before
        for change in _changes(before, after, kind, tier.name)
    ]


def _parts(words: PolicyWords) -> dict[str, Sequence[str]]:
    """Part what a policy says, but for its days."""
    tiers: dict[str, Sequence[str]] = {tier.name: tier.sentences for tier in words.tiers}
    return tiers | {"notice and changes": words.notice, "hours and days": words.hours}


def _apart(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(sentence for sentence in old if sentence not in new),
        tuple(sentence for sentence in new if sentence not in old),
    )


def _changes(before: Policy, after: Policy, kind: Kind, tier: str) -> Iterator[PeriodChange]:
    usual = _pair(before, after, kind, tier, None)
    if usual[0] != usual[1]:
        yield _change(KINDS[kind], tier, before, after, usual)
    for stage in MATURITY:
        pair = _pair(before, after, kind, tier, stage)
        if pair not in (usual, (pair[0], pair[0])):
            named = f"{KINDS[kind]}, where the feature is {in_stages([stage])}"
            yield _change(named, tier, before, after, pair)


_Pair = tuple["Period | None", "Period | None"]


def _pair(before: Policy, after: Policy, kind: Kind, tier: str, stage: Stage | None) -> _Pair:
    return before.period(kind, tier, stage), after.period(kind, tier, stage)


def _change(change: str, tier: str, before: Policy, after: Policy, pair: _Pair) -> PeriodChange:
    old, new = pair
    days = (_day(old, before), _day(new, after))
    is_shorter = None if _counts(old) != _counts(new) or days[0] == days[1] else days[1] < days[0]
    return PeriodChange(change, tier, _said(old), _said(new), is_shorter)


def _said(period: Period | None) -> str:
    return "no notice (exempt)" if period is None else str(period)


def _day(period: Period | None, policy: Policy) -> date:
    def following(counted: Releases, after: date) -> Counted:
        return Counted(date.fromordinal(after.toordinal() + counted.count * _A_RELEASE_TAKES))

    return earliest_day(period, _ANY_DAY, hours=policy.business_hours, following=following).day


def _counts(period: Period | None) -> set[str]:
    """Return which releases a period counts; of those with different ones, neither is longer."""
    parts = period.periods if isinstance(period, Longest) else (period,)
    return {str(part.of) for part in parts if isinstance(part, Releases)}
