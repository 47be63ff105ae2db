"""What a release changes, from Kubernetes' list of feature gates before it and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.derivation import Derived, NotDerived
from lifecycle.interchange.featuregates import parse_feature_gates
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from pathlib import Path


def derive(old: Path, new: Path) -> Derived:
    """Return the gates that are gone, and those that come or have another latest stage.

    A list of which a gate cannot be read is refused: a gate left out would seem to be removed.
    """
    before, after = _stages(old), _stages(new)
    removes = tuple(key for key in before if key not in after)
    stages = {key: stage for key, stage in after.items() if before.get(key) != stage}
    notes = tuple(f"{key}, which was {before[key]}, is gone." for key in removes)
    return Derived(removes=removes, stages=stages, notes=notes)


def _stages(file: Path) -> dict[str, str]:
    read, problems = parse_feature_gates(file.read_bytes(), file=file.name, scheme=scheme("semver"))
    if problems:
        raise NotDerived(f"{file} has gates that cannot be read.", problems=problems)
    if not read:
        raise NotDerived(f"{file} lists no feature gate; is it the right file?")
    return {key: feature.stages[-1].stage for key, feature in read}
