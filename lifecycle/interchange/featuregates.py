"""Kubernetes' versioned list of feature gates, which other projects write as well.

Each gate has specs: from a version on, a stage (Alpha, Beta, GA, Deprecated) and a default. That a
default is locked says nothing about a stage, and is not kept.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from lifecycle.catalogue import consistency
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.tables import Row, read_table
from lifecycle.versions import Scheme, UnparsableVersion

if TYPE_CHECKING:
    from lifecycle.documents import Path
    from lifecycle.errors import Problem
    from lifecycle.interchange.row_problems import Problems

_STAGES: Final = {"Alpha": "alpha", "Beta": "beta", "GA": "ga", "Deprecated": "deprecated"}


def parse_feature_gates(
    text: str | bytes, *, file: str, scheme: Scheme
) -> tuple[list[tuple[str, FeatureIn]], list[Problem]]:
    """Read the gates with their stages from the lowest version on.

    Gates name minor versions; where the product's scheme needs more, ``1.33`` is ``1.33.0``. A gate
    of which one spec is broken becomes a problem, since half a history would be a wrong one.
    """
    table = read_table(text, file=file, wrapper="features")
    if table.value is not None or table.columns:
        raise UnreadableDocument(
            f"{file}: give a list of gates as YAML or JSON, each with name and versionedSpecs."
        )
    read: dict[str, FeatureIn] = {}
    for row in table.rows:
        name = row.values.get("name")
        if not isinstance(name, str) or not name:
            table.problems.add((*row.path, "name"), "is missing; give the gate's name")
        elif name in read:
            table.problems.add((*row.path, "name"), "is given twice; keep one", value=name)
        elif (feature := _feature(name, row, scheme, table.problems)) is not None:
            read[name] = feature
    return list(read.items()), table.problems.found


def _feature(name: str, row: Row, scheme: Scheme, problems: Problems) -> FeatureIn | None:
    specs = row.values.get("versionedSpecs")
    if not isinstance(specs, list) or not specs:
        problems.add((*row.path, "versionedSpecs"), "must be a list of specs", value=specs)
        return None
    paths: list[Path] = [(*row.path, "versionedSpecs", place) for place in range(len(specs))]
    stages = [_stage(spec, path, scheme, problems) for spec, path in zip(specs, paths, strict=True)]
    named_stages = [stage for stage in stages if stage is not None]
    if len(named_stages) < len(specs):
        return None
    ordered = tuple(stage for _, stage in sorted(named_stages, key=itemgetter(0)))
    feature = FeatureIn(name=name, stages=ordered)
    wrong = problems.add_all(consistency.feature_problems(name, feature, scheme), row.path)
    return None if wrong else feature


def _stage(spec: Any, path: Path, scheme: Scheme, problems: Problems) -> tuple[Any, StageIn] | None:
    if not isinstance(spec, dict):
        problems.add(path, "must have version, preRelease and default", value=spec)
        return None
    # In the source of Kubernetes, GA is the empty word.
    stage = _STAGES.get(spec.get("preRelease") or "GA")
    if stage is None:
        allowed = ", ".join(_STAGES)
        problems.add((*path, "preRelease"), f"must be one of {allowed}", value=spec["preRelease"])
        return None
    version = _version(str(spec.get("version", "")), scheme)
    if version is None:
        message = f"must be a version such as {scheme.example}"
        problems.add((*path, "version"), message, value=spec.get("version"))
        return None
    values = {"stage": stage, "from_version": version, "default": spec.get("default")}
    read = problems.read(StageIn, values, path)
    return None if read is None else (scheme.parse(version).key, read)


def _version(version: str, scheme: Scheme) -> str | None:
    for candidate in (version, f"{version}.0"):
        try:
            scheme.parse(candidate)
        except UnparsableVersion:
            continue
        return candidate
    return None
