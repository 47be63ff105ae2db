"""Feature flags as applications ask for them: is a feature in what their account runs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.accounts.queries import tier_on
from lifecycle.answers.announced_changes import concerning
from lifecycle.answers.features import order_key, stage_changes
from lifecycle.catalogue.loaded_products import hidden_features
from lifecycle.catalogue.queries import UnknownFeature, UnknownRelease
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.stages import Stage, change_in
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from lifecycle.accounts.models import Account
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.announced import Announced

TAKES_AWAY: Final = (Kind.REMOVAL, Kind.DISCONTINUATION)
"""The kinds of deprecation after which a feature is no longer there."""


class UnansweredFlag(msgspec.Struct, frozen=True):
    """Why nobody can tell whether an account has a feature."""

    reason: str


class Run(msgspec.Struct, frozen=True):
    """A version that an account runs under a tier: its instance's, or one that was asked about."""

    version: str
    tier: str | None
    instance: str | None = None


class Going(msgspec.Struct, frozen=True):
    """What is announced that takes a feature away; ``effective_on`` is the first day without it."""

    deprecation: str
    kind: Kind
    effective_on: date
    days_left: int
    replacement: str | None


class FlagValue(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an account has a feature in every version that it runs.

    ``run`` is the version that decides: the first without the feature, or else the one that loses
    it first. ``stage`` is the feature's there, None before it existed.
    """

    product: str
    key: str
    name: str
    value: bool
    run: Run
    stage: Stage | None
    default: bool | str | None
    going: Going | None


def runs_of(
    account: Account, product: str, *, day: date, version: str | None, instance: str | None
) -> tuple[Run, ...]:
    """Return what an account runs of a product: all of it, or one instance, or a ``version``.

    A version that is asked about runs under the instance's tier, where one is named.
    """
    tier = tier_on(account.tiers, day)
    reported = [
        Run(row.version, row.tier or tier, row.name)
        for row in sorted(account.instances, key=lambda row: row.name)
        if row.product == product and instance in (None, row.name)
    ]
    if version is None:
        return tuple(reported)
    if instance is None:
        return (Run(version, tier),)
    return tuple(msgspec.structs.replace(run, version=version) for run in reported)


def hidden_from(account: Account, snapshot: Snapshot) -> frozenset[str]:
    """Return the keys of what is not public, and what no instance of the account reports using."""
    reported = (row.features or () for row in account.instances if row.product == snapshot.slug)
    return hidden_features(snapshot.known).difference(*reported)


def evaluate_flag(
    snapshot: Snapshot, key: str, runs: Sequence[Run], day: date, hidden: Container[str] = ()
) -> FlagValue | UnansweredFlag:
    """Say whether a feature is in every version that is run, and whether it is going away.

    Raise ``UnknownFeature`` where the product has no such feature, or it is ``hidden``. A version
    without a place in the order, or a missing tier, leaves it unanswered: neither may turn a
    feature on or off.
    """
    if key not in snapshot.known.features or key in hidden:
        raise UnknownFeature(f"{snapshot.slug} has no feature {key[:100]!r}.")
    if not runs:
        return UnansweredFlag(
            f"The account has reported nothing of {snapshot.slug}: send `version` in the context,"
            " or report an instance."
        )
    values = []
    for run in runs:
        try:
            values.append(_value(snapshot, key, run, day))
        except (UnparsableVersion, UnknownRelease) as error:
            prefix = f"Instance {run.instance}: " if run.instance else ""
            return UnansweredFlag(f"{prefix}{error.detail}")
    policy = snapshot.policy_on(day)
    for run in runs:
        if run.tier is None:
            return UnansweredFlag("The account has no tier: the vendor has to give it one.")
        if policy is not None and run.tier not in {tier.name for tier in policy.tiers}:
            return UnansweredFlag(
                f"The policy of {snapshot.slug} does not name the tier {run.tier!r}: the vendor has"
                " to give the account, or the instance, one of its tiers."
            )
    return min(values, key=_urgency)


def evaluate_flags(
    snapshot: Snapshot, runs: Sequence[Run], day: date, hidden: Container[str] = ()
) -> Iterable[tuple[str, FlagValue | UnansweredFlag]]:
    """Yield what is not hidden of a product's features by their keys, each evaluated."""
    for key in sorted(key for key in snapshot.known.features if key not in hidden):
        yield key, evaluate_flag(snapshot, key, runs, day)


def _urgency(value: FlagValue) -> tuple[bool, int]:
    return value.value, value.going.days_left if value.going else 2**31


def _value(snapshot: Snapshot, key: str, run: Run, day: date) -> FlagValue:
    feature = snapshot.known.features[key]
    place = order_key(snapshot, run.version)
    change = change_in(stage_changes(snapshot, feature), key=place, day=day)
    stage = change.stage if change else None
    default = feature.default if change is None or change.default is None else change.default
    in_tier = feature.tiers is None or run.tier in feature.tiers
    return FlagValue(
        product=snapshot.slug,
        key=key,
        name=feature.name or key,
        value=in_tier and stage not in {None, Stage.REMOVED},
        run=run,
        stage=stage,
        default=default,
        going=_going(snapshot, key, run, day),
    )


def _going(snapshot: Snapshot, key: str, run: Run, day: date) -> Going | None:
    if run.tier is None:
        return None
    announced = concerning(snapshot, line=None, version=run.version, tier=run.tier, features=(key,))
    change = next((change for change in announced if _takes_away(change, key)), None)
    if change is None:
        return None
    effective_on = change.days[run.tier]
    return Going(
        deprecation=change.uid,
        kind=change.content.kind,
        effective_on=effective_on,
        days_left=(effective_on - day).days,
        replacement=change.content.replacement,
    )


def _takes_away(change: Announced, key: str) -> bool:
    content = change.content
    return content.kind in TAKES_AWAY and (content.feature == key or content.whole_product)
