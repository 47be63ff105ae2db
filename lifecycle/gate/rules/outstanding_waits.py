"""What an announced change still waits for on the day of a release: days, releases, a version."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.documents.word_lists import listed
from lifecycle.gate.rules.sentences import (
    announcement_evidence,
    owed_evidence,
    owing,
    requirement,
    sentence,
)
from lifecycle.gate.scenes import BEST_EFFORT, Announcement
from lifecycle.policy.lead_times import Owed
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lifecycle.gate.scenes import Scene


class Wait(msgspec.Struct, frozen=True):
    """Why an announced change is not yet in force; false where it is.

    ``ahead`` are the announced days that have not come, ``owed`` what has not passed since the
    announcement, ``version`` the one that was said to bring it and is not reached.
    """

    announced: Announcement
    ahead: dict[str, date] = {}
    owed: tuple[Owed, ...] = ()
    version: str | None = None

    def __bool__(self) -> bool:
        return bool(self.ahead or self.owed or self.version)

    @property
    def until(self) -> date | None:
        """The first day that is late enough for every tier; None where no day is waited for."""
        days = [period.earliest.day for period in self.owed]
        return max([*self.ahead.values(), *days], default=None)

    def forced_by(self, owed: Iterable[Owed]) -> Iterator[Owed]:
        """Keep of what is owed that of the tiers that force it."""
        return (period for period in (*owed, *self.announced.owed) if period.tier in self.tiers)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers that force it; a version forces it for all."""
        waiting = {*self.ahead, *(period.tier for period in self.owed)}
        announced_tiers = (*self.announced.days, *(period.tier for period in self.owed))
        return tuple(
            dict.fromkeys(tier for tier in announced_tiers if self.version or tier in waiting)
        )


def unannounced(owed: Iterable[Owed], announced: Announcement | None) -> tuple[Owed, ...]:
    """Return what tiers are owed before a change that no announcement tells them of."""
    announced_days = announced.days if announced else {}
    return tuple(period for period in owed if period.period and period.tier not in announced_days)


def missing_word(owed: Sequence[Owed], announced: Announcement | None) -> str:
    """Say that nobody announced a change, or which tiers its announcement leaves out."""
    if announced is None:
        return f"nobody announced it: {owing(owed)}" if owed else "nobody announced it."
    left_out = unannounced(owed, announced)
    tiers = listed([period.tier for period in left_out])
    return f"its announcement of {announced.announced_on} leaves out {tiers}: {owing(left_out)}"


def wait_for(announced: Announcement, scene: Scene, tier: str | None = None) -> Wait:
    """Return what a change waits for on the release's day, for one tier or for all.

    The waiver under which it was announced excuses what is owed, but no day that was announced.
    """
    ahead = {
        name: day
        for name, day in announced.days.items()
        if day > scene.day and tier in {None, name}
    }
    owed = tuple(
        period
        for period in announced.owed
        if tier in {None, period.tier}
        and announced.waiver is None
        and _is_owed_on(period, scene.day)
    )
    return Wait(announced, ahead, owed, None if announced.reached else announced.from_version)


def gravest(owed: Iterable[Owed]) -> Severity:
    """Bound a finding's severity: no more than a warning where only best effort is promised."""
    periods = {period.period for period in owed}
    return Severity.WARNING if periods and periods <= {None, BEST_EFFORT} else Severity.ERROR


def reasons(wait: Wait) -> str:
    """Say why it is too soon, for every tier that forces it."""
    sentences = []
    if wait.ahead:
        days = listed([f"for {tier} on {day}" for tier, day in wait.ahead.items()])
        sentences.append(f"it takes effect {days}")
    for period in wait.owed:
        rule = period.earliest.rule
        missing = f", and {rule} have not followed" if rule else ""
        earliest = f"{period.earliest.day} at the earliest"
        sentences.append(f"{requirement(period)} ({earliest}{missing})")
    if wait.version:
        sentences.append(f"it stays until {wait.version}")
    return f"announced on {wait.announced.announced_on}, {'; '.join(sentences)}"


def way_out(wait: Wait, keep: str, day: date) -> str:
    """Name the smallest change: keep it until releases or a version are out, or wait for a day."""
    rules = dict.fromkeys(period.earliest.rule for period in wait.owed if period.earliest.rule)
    until = [wait.version] if wait.version else []
    until += [f"{rule} have followed its announcement" for rule in rules]
    steps = [f"{keep} until {' and until '.join(until)}"] if until else []
    if wait.until is not None and wait.until > day:
        steps.append(f"release on or after {wait.until}")
    return sentence(", and ".join(steps))


def wait_evidence(wait: Wait) -> dict[str, Any]:
    """Return the announcement, the tiers that force it, and the day they force."""
    return announcement_evidence(wait.announced) | {
        "owed": owed_evidence(wait.announced.owed),
        "forced_by": list(wait.tiers),
        "not_before": wait.until and wait.until.isoformat(),
    }


def _is_owed_on(owed: Owed, day: date) -> bool:
    return owed.period is not None and (owed.earliest.day > day or owed.earliest.rule is not None)
