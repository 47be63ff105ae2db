"""An account's status: the answer for each of its instances, and what is coming."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lifecycle.accounts.queries import tier_on
from lifecycle.answers.announced_changes import announced_for
from lifecycle.answers.response_structs import DeprecationRefOut, SupportOut
from lifecycle.answers.unknown_versions import answer_by_line
from lifecycle.answers.version_lookup import find_release
from lifecycle.answers.versions import answer_for_tier
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.catalogue.visibility import PUBLIC, Visibility
from lifecycle.deprecations.states import ENDS_SUPPORT
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import UnknownTier
from lifecycle.support.intervals import End
from lifecycle.support.line_timelines import successor_within
from lifecycle.support.status import PROMISED, Answer, Status
from lifecycle.support.upgrades import UpgradeTo
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lifecycle.accounts.models import Account, Instance
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.answers.unknown_versions import LineAnswer
    from lifecycle.support.facts import Release

WITHIN = 90


class Certainty(StrEnum):
    """Whether an end is known, or estimated from the product's cadence."""

    FIXED = "fixed"
    PROJECTED = "projected"


class InstanceStatusOut(SupportOut, frozen=True, kw_only=True):
    """The answer for one instance, under its own tier or else its account's.

    ``assumed_from_line`` says that the version is not known, and its line answers for it.
    """

    instance: str
    product: str
    version: str
    line: str | None
    environment: str | None
    tier: str | None
    last_seen: datetime | None
    upgrade_to: UpgradeTo | None
    assumed_from_line: bool = False
    deprecations: tuple[DeprecationRefOut, ...] = ()


class ComingOut(msgspec.Struct, frozen=True, kw_only=True):
    """What lies ahead: an end of support, or what is announced, under ``deprecation``.

    A projected day is the earliest of the estimate. A version that is ``superseded_by`` a newer one
    of its line ends alone: the line stays covered, and an upgrade within it is all there is to do.
    """

    instance: str
    product: str
    version: str
    kind: str
    effective_on: date
    days_left: int
    certainty: Certainty
    deprecation: str | None = None
    superseded_by: str | None = None


class _Answered(NamedTuple):
    """The answer for an instance on a day, and the release of its line that takes its place."""

    out: InstanceStatusOut
    day: date
    successor: Release | None = None


class AccountStatusOut(msgspec.Struct, frozen=True, kw_only=True):
    """Every instance's answer, and what comes within so many days, the nearest first."""

    account: str
    name: str
    tier: str | None
    at: date
    within: int
    instances: tuple[InstanceStatusOut, ...]
    coming: tuple[ComingOut, ...]


def status(
    account: Account,
    snapshots: Mapping[str, Snapshot],
    *,
    at: date | None,
    within: int,
    now: datetime,
) -> AccountStatusOut:
    """Answer for all that an account runs, ``at`` a day or on each product's own today.

    For a version that is not known its line answers. What cannot be answered (a product, line or
    tier not known) is ``unknown``, and says why.
    """
    day = at or now.date()
    answers = [
        _instance(account, instance, snapshots.get(instance.product), at=at, now=now)
        for instance in account.instances
    ]
    coming = [change for answered in answers for change in _coming(answered, within)]
    return AccountStatusOut(
        account=account.slug,
        name=account.name,
        tier=tier_on(account.tiers, day),
        at=day,
        within=within,
        instances=tuple(answered.out for answered in answers),
        coming=tuple(sorted(coming, key=lambda end: (end.effective_on, end.instance))),
    )


def products_of(account: Account) -> Sequence[str]:
    """Name the products that an account runs."""
    return sorted({instance.product for instance in account.instances})


def visible_to(account: Account, visibility: Visibility) -> Visibility:
    """Return what an account's routes show: to who sees what is public, all it runs."""
    return Visibility(whole=frozenset(products_of(account))) if visibility == PUBLIC else visibility


def _instance(
    account: Account,
    instance: Instance,
    snapshot: Snapshot | None,
    *,
    at: date | None,
    now: datetime,
) -> _Answered:
    today = snapshot.today(now) if snapshot else now.date()
    day = at or today
    tier = instance.tier or tier_on(account.tiers, day)
    if snapshot is None:
        reason = f"No product is called {instance.product!r}."
        return _Answered(_unanswered(instance, tier, reason), day)
    if tier is None:
        return _Answered(_unanswered(instance, tier, f"{account.slug} has no tier."), day)
    try:
        out = _of_release(instance, snapshot, tier, at=day, today=today)
        release = find_release(snapshot, instance.version)
        coverage = snapshot.coverage(today)
        successor = successor_within(coverage, release, tier=tier, at=day) if release else None
        return _Answered(out, day, successor)
    except UnknownRelease as error:
        known_line = error.members.get("line")
        line = known_line["line"] if known_line else None
        by_line = answer_by_line(snapshot, instance.version, line, tier=tier, at=day, today=today)
        if by_line is None:
            return _Answered(_unanswered(instance, tier, error.detail), day)
        out = _of_line(instance, by_line, snapshot, tier, at=day)
    except (UnknownTier, UnparsableVersion) as error:
        out = _unanswered(instance, tier, error.detail)
    return _Answered(out, day)


def _of_release(
    instance: Instance, snapshot: Snapshot, tier: str, *, at: date, today: date
) -> InstanceStatusOut:
    answer = answer_for_tier(snapshot, instance.version, tier=tier, at=at, today=today)
    deprecations = answer.deprecations
    if instance.features:
        deprecations = announced_for(
            snapshot,
            line=answer.line,
            version=answer.version,
            tier=tier,
            at=at,
            features=instance.features,
        )
    return InstanceStatusOut(
        **_about(instance, tier),
        line=answer.line,
        upgrade_to=answer.upgrade_to,
        status=answer.status,
        supported_from=answer.supported_from,
        supported_until=answer.supported_until,
        end=answer.end,
        projected_until=answer.projected_until,
        at_least_until=answer.at_least_until,
        reason=answer.reason,
        deprecations=deprecations,
    )


def _of_line(
    instance: Instance, line_answer: LineAnswer, snapshot: Snapshot, tier: str, *, at: date
) -> InstanceStatusOut:
    return InstanceStatusOut(
        **_about(instance, tier),
        **SupportOut.members(line_answer.answer),
        line=line_answer.line,
        upgrade_to=line_answer.upgrade_to,
        assumed_from_line=True,
        deprecations=announced_for(
            snapshot,
            line=line_answer.line,
            version=instance.version,
            tier=tier,
            at=at,
            features=instance.features or (),
        ),
    )


def _unanswered(instance: Instance, tier: str | None, reason: str) -> InstanceStatusOut:
    return InstanceStatusOut(
        **_about(instance, tier),
        **SupportOut.members(Answer(Status.UNKNOWN, reason, end=End.UNKNOWN)),
        line=None,
        upgrade_to=None,
    )


def _about(instance: Instance, tier: str | None) -> dict[str, Any]:
    return {
        "instance": instance.name,
        "product": instance.product,
        "version": instance.version,
        "environment": instance.environment,
        "tier": tier,
        "last_seen": instance.last_seen,
    }


def _coming(answered: _Answered, within: int) -> Iterator[ComingOut]:
    """Tell what is announced, and the end of a version's support where that is another day."""
    out = answered.out
    announced = [
        deprecation for deprecation in out.deprecations if 0 <= deprecation.days_left <= within
    ]
    for change in announced:
        yield ComingOut(
            instance=out.instance,
            product=out.product,
            version=out.version,
            kind=change.kind,
            effective_on=change.effective_on,
            days_left=change.days_left,
            certainty=Certainty.FIXED,
            deprecation=change.id,
        )
    end = _end(answered, within)
    end_days = {change.effective_on for change in announced if change.kind in ENDS_SUPPORT}
    if end is not None and end.effective_on not in end_days:
        yield end


def _end(answered: _Answered, within: int) -> ComingOut | None:
    """Tell an end within ``within`` days of a version that is still covered."""
    out, at, successor = answered
    if out.status not in PROMISED:
        return None
    last, certainty = out.supported_until, Certainty.FIXED
    if last is None and out.projected_until:
        last, certainty = out.projected_until.earliest, Certainty.PROJECTED
    if last is None or last == date.max:
        return None
    effective_on = last + timedelta(days=1)
    days_left = (effective_on - at).days
    if days_left > within:
        return None
    return ComingOut(
        instance=out.instance,
        product=out.product,
        version=out.version,
        kind=Kind.END_OF_SUPPORT,
        effective_on=effective_on,
        days_left=days_left,
        certainty=certainty,
        superseded_by=successor.version if successor else None,
    )
