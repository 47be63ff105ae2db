"""What is coming for an account, in order of urgency: what it was told, and what follows by itself.

What it was told is worded as in the notice, with today's days left. Support that will end, and
what is announced and not sent yet, come from the account's status.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lifecycle.answers.accounts import Certainty
from lifecycle.answers.change_texts import name_of
from lifecycle.calendar.distances import distance
from lifecycle.calendar.lengths import add_days
from lifecycle.deprecations.notices import letters, wording
from lifecycle.deprecations.states import Affected
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from lifecycle.answers.accounts import AccountStatusOut, ComingOut
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.notices.addressees import AddresseeState
    from lifecycle.support.upgrades import UpgradeTo

URGENT_DAYS = 30


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """A change that comes: ``notice`` is the id of what the account was told of it, if it was.

    ``day`` is the first day on which it is in force, the last covered one of ends of support;
    ``days_left`` are those until then. What ``is_within_line`` ends nothing but a version, of which
    the line has a newer one.
    """

    title: str
    days_left: int
    day: date
    is_end: bool
    is_estimate: bool = False
    advice: str
    instances: tuple[str, ...]
    why: str = ""
    notice: str | None = None
    deprecation: str | None = None
    acknowledged_at: datetime | None = None
    is_within_line: bool = False

    @property
    def urgency(self) -> str:
        """Whether it is over, soon or planned: the tone of its days left.

        A newer release of the same line is no alarm, however near it is.
        """
        if self.is_within_line:
            return "planned"
        if self.days_left <= 0:
            return "unsupported"
        return "ending" if self.days_left <= URGENT_DAYS else "planned"

    @property
    def distance(self) -> str:
        """How far away it is, in words."""
        return distance(self.day, add_days(self.day, -self.days_left))


class _Alike(NamedTuple):
    """What instances have in common whose change is one."""

    product: str
    version: str
    kind: str
    effective_on: date
    deprecation: str | None


def coming_changes(
    states: Sequence[AddresseeState], status: AccountStatusOut, snapshots: Mapping[str, Snapshot]
) -> list[Coming]:
    """Return what is coming, the most urgent first."""
    changes = [_told(state) for state in states if _still_comes(state)]
    announced = {state.addressee.about.deprecation for state in states}
    changes += _untold(status, announced, snapshots)
    return sorted(changes, key=lambda change: (change.days_left, change.title))


def _still_comes(state: AddresseeState) -> bool:
    """Return whether to show it: what is past concerns only who surely is affected."""
    return state.addressee.affected is Affected.YES or state.addressee.days_left > 0


def _told(state: AddresseeState) -> Coming:
    addressee = state.addressee
    is_end = addressee.about.kind is Kind.END_OF_SUPPORT
    return Coming(
        title=letters.headline(addressee),
        days_left=addressee.days_left - is_end,
        day=addressee.last_day if is_end else addressee.effective_on,
        is_end=is_end,
        advice=letters.advice(addressee),
        instances=tuple(wording.instance(instance) for instance in addressee.instances),
        why="" if addressee.affected is Affected.YES else letters.why_possibly(addressee),
        notice=addressee.about.notice,
        deprecation=addressee.about.deprecation,
        acknowledged_at=state.acknowledged_at,
    )


def _untold(
    status: AccountStatusOut, announced: Collection[str | None], snapshots: Mapping[str, Snapshot]
) -> Iterator[Coming]:
    upgrades = {instance.instance: instance.upgrade_to for instance in status.instances}
    alike: dict[_Alike, list[ComingOut]] = {}
    for change in status.coming:
        if change.deprecation is None or change.deprecation not in announced:
            key = _Alike(
                change.product,
                change.version,
                change.kind,
                change.effective_on,
                change.deprecation,
            )
            alike.setdefault(key, []).append(change)
    for key, changes in alike.items():
        snapshot = snapshots.get(key.product)
        name = name_of(snapshot) if snapshot else key.product
        if changes[0].superseded_by:
            yield _superseded(name, changes, changes[0].superseded_by)
        else:
            yield _unannounced(name, changes, upgrades.get(changes[0].instance))


def _superseded(name: str, changes: Sequence[ComingOut], successor: str) -> Coming:
    """Advise to upgrade within the line: its support goes on, and there is no end to announce."""
    first = changes[0]
    when = f"{wording.day(first.effective_on)} ({distance(first.effective_on, _asked_on(first))})"
    return Coming(
        title=f"{name} {successor} takes the place of {first.version} on {when}.",
        days_left=first.days_left,
        day=first.effective_on,
        is_end=False,
        advice=f"Upgrade to {successor} then. Support for its line goes on.",
        instances=tuple(f"{change.instance} runs {change.version}" for change in changes),
        is_within_line=True,
    )


def _asked_on(change: ComingOut) -> date:
    return add_days(change.effective_on, -change.days_left)


def _unannounced(name: str, changes: Sequence[ComingOut], upgrade: UpgradeTo | None) -> Coming:
    first = changes[0]
    is_end = first.kind == Kind.END_OF_SUPPORT
    day = add_days(first.effective_on, -1) if is_end else first.effective_on
    estimated = first.certainty is Certainty.PROJECTED
    when = f"{'after' if is_end else 'on'} {wording.day(day)}"
    days_left = first.days_left - is_end
    when += f" ({distance(day, add_days(day, -days_left))})"
    when += " at the earliest" if estimated else ""
    verb = wording.FUTURE[Kind(first.kind)].format(f"{name} {first.version}")
    return Coming(
        title=f"{wording.capital(verb)} {when}.",
        days_left=days_left,
        day=day,
        is_end=is_end,
        is_estimate=estimated,
        advice=_advice(upgrade, Kind(first.kind), day, estimated=estimated),
        instances=tuple(f"{change.instance} runs {change.version}" for change in changes),
        deprecation=first.deprecation,
    )


def _advice(upgrade: UpgradeTo | None, kind: Kind, day: date, *, estimated: bool) -> str:
    version = (upgrade.newest or upgrade.patch) if upgrade else None
    if estimated and not version:
        return "Nothing needs to be done yet."
    if kind is Kind.END_OF_SUPPORT and version:
        return f"Upgrade to {version} by {wording.day(day)}."
    return letters.TO_DO[kind].format(before=f"by {wording.day(day)}")
