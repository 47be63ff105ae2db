"""A policy in plain words: sentences that a customer understands, made from the document.

>>> from lifecycle.policy.policy_documents import parse_policy
>>> from lifecycle.policy.presets import preset
>>> words = plain_words(parse_policy(preset("clairdash")))
>>> for sentence in words.sentences[:5]:
...     print(sentence)
This policy is in force from 16 January 2024.
The community tier is best effort: help is possible with any version, never promised.
Its channels are github-issues, github-discussions and discord.
The pro tier covers the most recent release.
Its channels are those of lower tiers (github-issues, github-discussions, discord) and email.
>>> words.tiers[2].covers[0]
'The enterprise tier covers the five newest minor versions.'
>>> words.tiers[2].response
'A request gets a response within two business days.'
>>> words.notice[-1]
'Reminders follow 90, 30, 7 and 1 days before the change takes effect.'
>>> words.hours[0]
'Business hours are Monday to Friday, 09:00 to 18:00, except on public holidays (US).'
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.calendar.lengths import add_days
from lifecycle.documents.word_lists import listed, number
from lifecycle.policy.business_hour_words import business_hours_in_words
from lifecycle.policy.notice_words import notice_sentences
from lifecycle.policy.policies import Announce
from lifecycle.policy.stages import MATURITY
from lifecycle.policy.tier_entitlements import entitlements
from lifecycle.policy.window_words import window_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.policy.policies import Policy, Tier


class TierWords(msgspec.Struct, frozen=True, kw_only=True):
    """What comes with a tier: what it covers, where to ask, with what, and how soon."""

    name: str
    covers: tuple[str, ...]
    channels: str | None
    scope: tuple[str, ...]
    response: str | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is said of the tier."""
        return (*self.covers, *filter(None, (self.channels, *self.scope, self.response)))


class PolicyWords(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as people read it; ``until`` is its last day, None for the newest one."""

    name: str
    version: str
    since: date
    until: date | None
    in_force: str
    tiers: tuple[TierWords, ...]
    notice: tuple[str, ...]
    hours: tuple[str, ...]

    @property
    def promise(self) -> str:
        """What the policy promises to each tier, in a sentence each."""
        return " ".join(tier.covers[0] for tier in self.tiers)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that the policy says."""
        of_tiers = (sentence for tier in self.tiers for sentence in tier.sentences)
        return (self.in_force, *of_tiers, *self.notice, *self.hours)


def plain_words(policy: Policy, *, successor: Policy | None = None) -> PolicyWords:
    """Say in plain words what a policy promises; a ``successor`` ends the days it is in force."""
    until = add_days(successor.in_force_from, -1) if successor else None
    return PolicyWords(
        name=policy.name,
        version=policy.version,
        since=policy.in_force_from,
        until=until,
        in_force=_in_force(policy, until),
        tiers=tuple(_tier(policy, tier) for tier in policy.tiers),
        notice=tuple(notice_sentences(policy)) + tuple(_expectations(policy)),
        hours=tuple(_hours(policy)),
    )


def histories_in_words(policies: Sequence[Policy]) -> tuple[PolicyWords, ...]:
    """Say what each of a product's policies promises, the newest first.

    ``policies`` come in order of their days, as facts have them.
    """
    earlier = [plain_words(policy, successor=after) for policy, after in pairwise(policies)]
    return (*map(plain_words, policies[-1:]), *reversed(earlier))


def _in_force(policy: Policy, until: date | None) -> str:
    since = write_day(policy.in_force_from)
    if until is None:
        return f"This policy is in force from {since}."
    return (
        f"This policy applies from {since} to {write_day(until)}. Lines that come out by then keep"
        " what it promises them."
    )


def _tier(policy: Policy, tier: Tier) -> TierWords:
    return TierWords(
        name=tier.name,
        covers=tuple(window_sentences(tier.name, tier.window)),
        channels=_channels(policy, tier),
        scope=tuple(_scope(tier)),
        response=_response(policy, tier),
    )


def _channels(policy: Policy, tier: Tier) -> str | None:
    """Name where to ask; the channels of lower tiers come on top of a tier's own."""
    channels = entitlements(policy, tier.name).channels
    own = [channel for channel in channels if channel in tier.channels]
    shared = [channel for channel in channels if channel not in tier.channels]
    if shared:
        own = [f"those of lower tiers ({', '.join(shared)})", *own]
    if not own:
        return None
    return f"Its {'channel is' if len(channels) == 1 else 'channels are'} {listed(own)}."


def _scope(tier: Tier) -> Iterator[str]:
    if tier.scope.included:
        yield f"Support includes {listed(tier.scope.included)}."
    if tier.scope.excluded:
        yield f"It does not include {listed(tier.scope.excluded, 'or')}."


def _response(policy: Policy, tier: Tier) -> str | None:
    response = tier.response
    if response is None:
        return None
    if response.business_days is None:
        hours = response.hours or 0
        noun = "hour" if hours == 1 else "hours"
        return f"A request gets a response within {number(hours)} {noun}, day and night."
    noun = "day" if response.business_days == 1 else "days"
    within = f"A request gets a response within {number(response.business_days)}"
    if policy.business_hours is None:
        return f"{within} {noun}, weekends and holidays included."
    return f"{within} business {noun}."


def _expectations(policy: Policy) -> Iterator[str]:
    """Say what happens by itself, and how long a feature is expected to mature."""
    if policy.announce is Announce.IMPLIED_ENDS:
        yield "An end of support that follows from a release is announced automatically."
    for stage in MATURITY:
        if lifetime := policy.gate.lifetimes.get(stage):
            yield f"A feature is expected to leave the {stage} stage within {lifetime}."


def _hours(policy: Policy) -> Iterator[str]:
    if policy.business_hours:
        yield f"Business hours are {business_hours_in_words(policy.business_hours)}."
    yield f"Days and times are in the time zone {policy.timezone}."
