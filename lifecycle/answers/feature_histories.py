"""Features with their whole stage histories, by the stage each has in a version or on a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.deprecation_summaries import DeprecationSummary
from lifecycle.answers.features import order_key, release_of, stage_changes
from lifecycle.deprecations.states import Status
from lifecycle.policy.stages import Stage, change_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.catalogue_inputs import FeatureIn

ORDER = (
    Stage.GA,
    Stage.PREVIEW,
    Stage.BETA,
    Stage.ALPHA,
    Stage.EXPERIMENTAL,
    Stage.DEPRECATED,
    Stage.REMOVED,
    None,
)
"""What can be relied on first, then what may change and what goes; None does not exist yet."""


class StageStep(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that a feature has from a version or a day on; the one that ``holds`` decides.

    ``day`` is the release's, where that is known; ``planned`` says that it is not out yet.
    """

    stage: Stage
    version: str | None
    day: date | None
    planned: bool
    default: bool | None
    holds: bool


class FeatureHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A feature: its stage, how it came to it and goes on, and what is announced of it."""

    key: str
    name: str
    stage: Stage | None
    tiers: tuple[str, ...] | None
    default: bool | str | None
    steps: tuple[StageStep, ...]
    announced: tuple[DeprecationSummary, ...]

    @property
    def since(self) -> StageStep | None:
        """The step that gave it its stage."""
        return next((step for step in self.steps if step.holds), None)


class StageGroup(msgspec.Struct, frozen=True):
    """The features of one stage; None are those that do not exist yet."""

    stage: Stage | None
    features: tuple[FeatureHistory, ...]


def stage_groups(
    snapshot: Snapshot,
    *,
    version: str | None,
    at: date,
    published: Iterable[DeprecationSummary] = (),
) -> list[StageGroup]:
    """Return the features by their stages in a version, known or not, or else on the day ``at``.

    ``published`` is what was announced for the product. Stages that no feature has are left out.
    """
    key = None if version is None else order_key(snapshot, version)
    announced = [summary for summary in published if summary.status is not Status.WITHDRAWN]
    histories = [
        _history(snapshot, name, _place(snapshot, feature, key, at), announced)
        for name, feature in sorted(snapshot.known.features.items(), key=_by_name)
    ]
    groups = ((stage, [f for f in histories if f.stage == stage]) for stage in ORDER)
    return [StageGroup(stage, tuple(features)) for stage, features in groups if features]


def _by_name(named: tuple[str, FeatureIn]) -> tuple[str, str]:
    key, feature = named
    return (feature.name or key).casefold(), key


def _place(snapshot: Snapshot, feature: FeatureIn, key: Any, at: date) -> int | None:
    """Return which of a feature's stages holds, by its place among those listed."""
    changes = stage_changes(snapshot, feature)
    holding = change_in(changes, key=key, day=at)
    return next((place for place, change in enumerate(changes) if change is holding), None)


def _history(
    snapshot: Snapshot, key: str, place: int | None, announced: Iterable[DeprecationSummary]
) -> FeatureHistory:
    feature = snapshot.known.features[key]
    steps = tuple(_steps(snapshot, feature, place))
    default = feature.default
    if place is not None and steps[place].default is not None:
        default = steps[place].default
    return FeatureHistory(
        key=key,
        name=feature.name or key,
        stage=None if place is None else steps[place].stage,
        tiers=feature.tiers,
        default=default,
        steps=steps,
        announced=tuple(summary for summary in announced if summary.what.feature == key),
    )


def _steps(snapshot: Snapshot, feature: FeatureIn, place: int | None) -> Iterable[StageStep]:
    for number, stage in enumerate(feature.stages):
        release = release_of(snapshot, stage)
        yield StageStep(
            stage=Stage(stage.stage),
            version=stage.from_version,
            day=stage.from_day or (release.day if release else None),
            planned=release is not None and release.planned,
            default=stage.default,
            holds=number == place,
        )
