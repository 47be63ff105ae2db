"""Deprecations as people read them: what, for whom, from when, and how the days were moved."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.revision_edits import Edit, Move, edits_between, moves_between
from lifecycle.calendar.lengths import add_days
from lifecycle.deprecations.announced import versions_in
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.deprecations.states import RevisionChange, State, Status, status_on
from lifecycle.policy.lead_times import read_support
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.public_histories import PublicHistory, PublicRevision


class TierDay(msgspec.Struct, frozen=True, kw_only=True):
    """The first day on which a change is in force for a tier, and the notice that it got.

    ``announced_on`` is when that day, or a still earlier one, was first announced to the tier.
    What was promised then, where it was recorded (``is_owed``), is a ``period`` in words, None if
    the policy exempts the change, and the ``earliest`` day that this allows.
    """

    tier: str
    effective_on: date
    announced_on: date
    is_owed: bool
    period: str | None
    earliest: date | None
    policy: str | None

    @property
    def is_short(self) -> bool:
        """Whether the notice is shorter than was promised, as a waiver allows."""
        return self.earliest is not None and self.effective_on < self.earliest

    @property
    def is_fixed_by_window(self) -> bool:
        """Whether support until a day is promised, rather than a time from the announcement."""
        return read_support(self.period or "") is not None

    @property
    def last_day(self) -> date:
        """The last day before the change."""
        return add_days(self.effective_on, -1)

    @property
    def days_of_notice(self) -> int:
        """The days from the announcement to the change."""
        return (self.effective_on - self.announced_on).days


class RevisionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a revision did: the days it moved, and what else it changed.

    A recorded decision allowed less notice than was promised if it was ``waived``.
    """

    number: int
    changes: tuple[RevisionChange, ...]
    on_day: date
    at: datetime
    reason: str
    moves: tuple[Move, ...]
    edits: tuple[Edit, ...]
    policy: str | None
    waived: bool


class DeprecationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A deprecation that was announced, with its whole history, the oldest revision first.

    ``content`` is what its latest revision says. It ``is_ahead`` while it stands and is not yet in
    force for every tier. ``versions`` are the releases known today in its range; None where it has
    none.
    """

    id: str
    product: str
    product_name: str
    kind: Kind
    status: Status
    is_ahead: bool
    what: What
    days: tuple[TierDay, ...]
    content: DeprecationIn
    caused_by: str | None
    announced_on: date
    withdrawn_on: date | None
    revisions: tuple[RevisionSummary, ...]
    versions: tuple[str, ...] | None

    @property
    def is_end_of_support(self) -> bool:
        """Whether people plan with the last day before it rather than with its effective day."""
        return self.kind is Kind.END_OF_SUPPORT

    @property
    def moved(self) -> tuple[RevisionSummary, ...]:
        """The revisions that moved a day which was announced before."""
        return tuple(revision for revision in self.revisions[1:] if revision.moves)

    @property
    def latest(self) -> RevisionSummary:
        """The revision that holds, or the withdrawal."""
        return self.revisions[-1]


def summarize_published(snapshot: Snapshot, today: date) -> list[DeprecationSummary]:
    """Sum up all that was ever announced for a product.

    What is ahead comes first, the nearest first; then what is in effect and what was withdrawn,
    the latest first.
    """
    summaries = [summarize(history, snapshot, today) for history in snapshot.published]
    return sorted(summaries, key=lambda summary: _order(summary, today))


def summarize(history: PublicHistory, snapshot: Snapshot, today: date) -> DeprecationSummary:
    """Sum up a deprecation as it stands today."""
    latest = history.latest
    state = State.WITHDRAWN if history.withdrawn else State.ANNOUNCED
    within = versions_in(snapshot.known, latest.content)
    releases = snapshot.facts.releases
    befores = (None, *history.revisions)
    return DeprecationSummary(
        id=history.uid,
        product=snapshot.slug,
        product_name=snapshot.known.name or snapshot.slug,
        kind=latest.content.kind,
        status=status_on(state, min(latest.days.values()), today),
        is_ahead=not history.withdrawn and max(latest.days.values()) > today,
        what=_what(snapshot, latest.content),
        days=tuple(_tier_days(history)),
        content=latest.content,
        caused_by=history.caused_by,
        announced_on=history.revisions[0].on_day,
        withdrawn_on=latest.on_day if history.withdrawn else None,
        revisions=tuple(
            _revision(before, revision)
            for before, revision in zip(befores, history.revisions, strict=False)
        ),
        versions=None
        if within is None
        else tuple(release.version for release in releases if release.version in within),
    )


def _order(summary: DeprecationSummary, today: date) -> tuple[int, int, str]:
    """Place what is ahead by its nearest day to come, and what is over by its latest day."""
    days = [tier_day.effective_on for tier_day in summary.days]
    if summary.is_ahead:
        return 0, min(day for day in days if day > today).toordinal(), summary.id
    if summary.status is Status.WITHDRAWN:
        return 2, -summary.latest.on_day.toordinal(), summary.id
    return 1, -max(days).toordinal(), summary.id


def _what(snapshot: Snapshot, content: DeprecationIn) -> What:
    feature = snapshot.known.features.get(content.feature or "")
    return What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        feature_name=feature.name if feature else None,
        whole_product=content.whole_product,
    )


def _tier_days(history: PublicHistory) -> Iterator[TierDay]:
    for tier, day in history.latest.days.items():
        announcing = _announcing(history, tier, day)
        owed = announcing.owed.get(tier)
        yield TierDay(
            tier=tier,
            effective_on=day,
            announced_on=announcing.on_day,
            is_owed=owed is not None,
            period=owed["period"] if owed else None,
            earliest=date.fromisoformat(owed["earliest"]) if owed else None,
            policy=owed["policy"] if owed else None,
        )


def _announcing(history: PublicHistory, tier: str, day: date) -> PublicRevision:
    """Return the first revision that warned a tier of a change on a day, or of one before it."""
    return next(
        revision for revision in history.revisions if revision.days.get(tier, date.max) <= day
    )


def _revision(before: PublicRevision | None, revision: PublicRevision) -> RevisionSummary:
    return RevisionSummary(
        number=revision.number,
        changes=revision.changes,
        on_day=revision.on_day,
        at=revision.at,
        reason=revision.reason,
        moves=moves_between(before, revision),
        edits=edits_between(before, revision),
        policy=revision.policy,
        waived=revision.waived,
    )
