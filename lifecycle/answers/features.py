"""Features: the stage each has in a version, or on a day."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.version_lookup import find_release, get_release
from lifecycle.catalogue.catalogue_inputs import StageIn
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.policy.stages import Stage, StageChange, change_in
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.catalogue_inputs import FeatureIn
    from lifecycle.support.facts import Release


class FeatureStageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A feature as it is in one version, or on one day; ``stage`` is None before it existed."""

    key: str
    name: str
    stage: Stage | None
    default: bool | str | None
    tiers: tuple[str, ...] | None
    stages: tuple[StageIn, ...]
    depends_on: tuple[str, ...]
    public: bool


def feature_stages(
    snapshot: Snapshot, *, version: str | None, at: date
) -> tuple[FeatureStageOut, ...]:
    """Return every feature's stage in a version, known or not, or else on the day ``at``."""
    key = None if version is None else order_key(snapshot, version)
    features = snapshot.known.features.items()
    return tuple(_feature(snapshot, slug, feature, key, at) for slug, feature in features)


def _feature(
    snapshot: Snapshot, slug: str, feature: FeatureIn, key: Any, at: date
) -> FeatureStageOut:
    change = change_in(stage_changes(snapshot, feature), key=key, day=at)
    default = feature.default if change is None or change.default is None else change.default
    return FeatureStageOut(
        key=slug,
        name=feature.name,
        stage=change.stage if change else None,
        default=default,
        tiers=feature.tiers,
        stages=feature.stages,
        depends_on=feature.depends_on,
        public=feature.public is not False,
    )


def stage_changes(snapshot: Snapshot, feature: FeatureIn) -> list[StageChange]:
    """Return a feature's stages, as they are listed, with what places each in the order.

    One from a version of which nobody knows the place has none, and never holds.
    """
    return [_change(snapshot, stage) for stage in feature.stages]


def _change(snapshot: Snapshot, stage: StageIn) -> StageChange:
    release = release_of(snapshot, stage)
    key = release.rank if release else None
    if stage.from_version and scheme(snapshot.known.scheme).ordered:
        key = order_key(snapshot, stage.from_version)
    released_on = release.day if release and not release.planned else None
    return StageChange(
        Stage(stage.stage),
        from_key=key,
        from_day=stage.from_day or released_on,
        default=stage.default,
    )


def release_of(snapshot: Snapshot, stage: StageIn) -> Release | None:
    """Return the release that a stage begins with; None where it is not known which."""
    if stage.from_version is None:
        return None
    with suppress(UnknownRelease):  # it equals several
        return find_release(snapshot, stage.from_version)
    return None


def order_key(snapshot: Snapshot, version: str) -> Any:
    """Return what orders a version: the scheme's key, or the rank of a declared one."""
    rules = scheme(snapshot.known.scheme)
    if rules.ordered:
        return rules.parse(version).key
    return get_release(snapshot, version).rank
