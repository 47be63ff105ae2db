"""Features: the stage each has in a version, or on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.version_lookup import find_release, get_release
from lifecycle.catalogue.catalogue_inputs import StageIn
from lifecycle.policy.stages import Stage, StageChange, change_in
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.catalogue_inputs import FeatureIn


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
    key = None if version is None else _key(snapshot, version)
    features = snapshot.known.features.items()
    return tuple(_feature(snapshot, slug, feature, key, at) for slug, feature in features)


def _feature(
    snapshot: Snapshot, slug: str, feature: FeatureIn, key: Any, at: date
) -> FeatureStageOut:
    change = change_in(_history(snapshot, feature), key=key, day=at)
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


def _history(snapshot: Snapshot, feature: FeatureIn) -> list[StageChange]:
    return [
        StageChange(
            Stage(stage.stage),
            from_key=_key(snapshot, stage.from_version) if stage.from_version else None,
            from_day=stage.from_day or _released(snapshot, stage.from_version),
            default=stage.default,
        )
        for stage in feature.stages
    ]


def _released(snapshot: Snapshot, version: str | None) -> date | None:
    """Return the day a stage's version came out; None where it is not known or only planned."""
    release = find_release(snapshot, version) if version else None
    return release.day if release and not release.planned else None


def _key(snapshot: Snapshot, version: str) -> Any:
    """Return what orders a version: the scheme's key, or the rank of a declared one."""
    rules = scheme(snapshot.known.scheme)
    if rules.ordered:
        return rules.parse(version).key
    return get_release(snapshot, version).rank
