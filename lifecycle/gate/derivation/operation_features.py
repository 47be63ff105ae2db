"""The operations of an API's description as features of its product (pure).

A description says which stage an operation has, not since when: it holds from a release or a day
on. What is registered already keeps its history; a stage is added where the description has another
one, and never one that promises less: such a fall is a breaking change, to be announced.

An operation that has a sunset is deprecated. Its sunset does not remove it: a release does, which
the gate judges by what was announced.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.names import LONGEST_NAME
from lifecycle.calendar.lengths import add_days
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.catalogue.histories import Histories
from lifecycle.errors import Problem
from lifecycle.gate.derivation.operation_keys import operation_key
from lifecycle.gate.derivation.specifications import STAGES
from lifecycle.policy.stages import Stage, highest, promised_stage, promises_less, stage_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.gate.derivation.specifications import Operation
    from lifecycle.policy.stages import StageChange


class Start(msgspec.Struct, frozen=True):
    """From when a description holds: from a ``version`` on, or else from a ``day``.

    ``day`` is that version's, where there is one.
    """

    day: date
    version: str | None = None

    def begin(self, stage: Stage) -> StageIn:
        """Return a stage that begins here."""
        begins: dict[str, Any] = {"from_version": self.version}
        if self.version is None:
            begins = {"from_day": self.day}
        return StageIn(stage=stage.value, **begins)


def features_of(
    operations: Iterable[Operation], loaded: Loaded | None, start: Start
) -> tuple[dict[str, FeatureIn], list[Problem]]:
    """Return the features by their keys, and why some are left as they are.

    ``loaded`` is the product with what is registered; None where there is none yet.
    """
    histories = Histories(loaded) if loaded else None
    features: dict[str, FeatureIn] = {}
    problems: list[Problem] = []
    for operation in operations:
        name = operation.name
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        stages: tuple[StageIn, ...] = ()
        if loaded and histories and operation.key in loaded.features:
            stages = loaded.features[operation.key].stages
            if fall := _fall(operation, histories, start):
                problems.append(_fall_problem(operation, *fall))
            else:
                stages = _continued(operation, stages, histories, start)
        else:
            stages = _first(operation, start)
        features[operation.key] = FeatureIn(name=name, stages=stages)
    return features, problems


def is_operation(key: str, name: str) -> bool:
    """Return whether a feature is an operation of an API, as its name and key show.

    >>> is_operation("get.users._", "GET /users/{id}"), is_operation("get.users", "User list")
    (True, False)
    """
    method, _, path = name.partition(" ")
    return operation_key(method, path) == key


def _stage(operation: Operation) -> Stage:
    return Stage.DEPRECATED if operation.sunset else Stage(operation.stage)


def _first(operation: Operation, start: Start) -> tuple[StageIn, ...]:
    """Return the first stages; what is deprecated keeps what its level promised until then."""
    stage = _stage(operation)
    if stage is not Stage.DEPRECATED:
        return (start.begin(stage),)
    level = STAGES.get(str(operation.part.value.get("x-stability-level")), "ga")
    before = Start(add_days(start.day, -1))
    return before.begin(Stage(level)), start.begin(stage)


def _fall(
    operation: Operation, histories: Histories, start: Start
) -> tuple[Stage | None, Stage] | None:
    """Return the stage that is promised and the one described, where that promises less."""
    rank, stage = _rank(histories, start), _stage(operation)
    promised = highest(
        promised_stage(history, key=rank, day=start.day)
        for history in (histories.of(operation.key), histories.former(operation.key))
    )
    return (promised, stage) if promises_less(stage, promised) else None


def _fall_problem(operation: Operation, promised: Stage | None, stage: Stage) -> Problem:
    message = (
        f"is {stage} here, but was promised as {promised} and stays so; announce this as a"
        f" breaking change of {operation.key}, then change the stage of the feature"
    )
    return Problem(operation.name, message)


def _continued(
    operation: Operation, stages: tuple[StageIn, ...], histories: Histories, start: Start
) -> tuple[StageIn, ...]:
    """Add the described stage where another one holds; stages that begin later stay after it."""
    history, rank = histories.of(operation.key), _rank(histories, start)
    holds = stage_in(history, key=rank, day=start.day)
    if holds is _stage(operation):
        return stages
    added = (start.begin(_stage(operation)),) if holds else _first(operation, start)
    begins = {(stage.from_version, stage.from_day) for stage in added}
    former = [
        (stage, _has_begun(change, rank, start.day))
        for stage, change in zip(stages, history, strict=True)
        if (stage.from_version, stage.from_day) not in begins
    ]
    place = max((n for n, (_, begun) in enumerate(former, 1) if begun), default=0)
    before, after = (tuple(stage for stage, _ in part) for part in (former[:place], former[place:]))
    return (*before, *added, *after)


def _rank(histories: Histories, start: Start) -> int | None:
    return histories.rank_of(start.version) if start.version else None


def _has_begun(change: StageChange, rank: int | None, day: date) -> bool:
    if rank is not None and change.from_key is not None:
        return bool(change.from_key <= rank)
    return change.from_day is not None and change.from_day <= day
