"""What to think of once more where a stage promises less than the one that held before."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from lifecycle.cli import catalogue_reads, reads
from lifecycle.cli.releases import STAGES
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STANDING: Final = {"announced", "effective"}
REMOVING: Final = {"removal", "discontinuation"}


def stage_warnings(
    server: str | None, product: str, feature: Mapping[str, Any], change: Mapping[str, Any]
) -> list[str]:
    """Return what to say of a ``change`` of stage, before it is made; ``feature`` is as stored."""
    return [
        *_replaced(feature, change),
        *_lowered(server, product, feature["key"], change),
        *_unannounced(server, product, feature["key"], change),
    ]


def _replaced(feature: Mapping[str, Any], change: Mapping[str, Any]) -> Iterator[str]:
    for stage in feature["stages"]:
        if stage["stage"] == change["stage"] and _begin(stage) != _begin(change):
            yield f"Replaced: {stage_text(stage)}."


def _lowered(
    server: str | None, product: str, key: str, change: Mapping[str, Any]
) -> Iterator[str]:
    """Yield that the feature was further in the version, or on the day, with which it begins."""
    version, day = change.get("from_version"), change.get("from_day")
    with suppress(LifecycleError):  # what cannot begin so is refused when it is stored
        for listed in catalogue_reads.features(server, product, version=version, at=day).items:
            if listed["key"] == key and listed["stage"] and _is_lower(change, listed):
                yield (
                    f"Warning: {key} was {listed['stage']} in {version or day} until now;"
                    f" check that {stage_text(change)} is meant."
                )


def _unannounced(
    server: str | None, product: str, key: str, change: Mapping[str, Any]
) -> Iterator[str]:
    if change["stage"] != "removed":
        return
    deprecations = reads.deprecations(server, product=product, status=None).items
    if not any(
        row["kind"] in REMOVING
        and row["status"] in STANDING
        and (row["feature"] == key or row["whole_product"])
        for row in deprecations
    ):
        begin = f" --from-version {change['from_version']}" if change.get("from_version") else ""
        yield (
            f"Warning: the removal of {key} is not announced, and public pages show it at once. "
            "To notify those who use it: `lifecycle deprecation draft --kind removal "
            f"--product {product} --feature {key}{begin}`."
        )


def _is_lower(stage: Mapping[str, Any], reference: Mapping[str, Any]) -> bool:
    """Return whether a stage comes before another in a feature's life.

    >>> _is_lower({"stage": "beta"}, {"stage": "deprecated"})
    True
    """
    return STAGES.index(stage["stage"]) < STAGES.index(reference["stage"])


def stage_text(stage: Mapping[str, Any]) -> str:
    """Say from when a stage holds.

    >>> stage_text({"stage": "ga", "from_version": "3.41.0", "from_day": None})
    'ga from 3.41.0'
    """
    return f"{stage['stage']} from {_begin(stage)}"


def _begin(stage: Mapping[str, Any]) -> Any:
    return stage.get("from_version") or stage.get("from_day")
