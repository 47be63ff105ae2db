"""What is found alike of features that a release removes and of those that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.outstanding_waits import (
    gravest,
    missing_word,
    reasons,
    unannounced,
    wait_evidence,
    wait_for,
    way_out,
)
from lifecycle.gate.rules.sentences import (
    announcement_evidence,
    by_announcing,
    counted,
    owed_evidence,
)
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.gate.scenes import FeatureChange, Scene


def find_unannounced(
    rule: str, scene: Scene, changes: Iterable[FeatureChange], *, happens: str, exception: str = ""
) -> Iterator[Finding]:
    """Find the changes that a tier is owed notice of and was told nothing about.

    What ``happens`` and the ``exception`` are words of the message.
    """
    for change in changes:
        owed = unannounced(change.owed, change.announced)
        if change.gone or not owed:
            continue
        yield Finding(
            rule,
            f"{change.key} {happens}, and {missing_word(change.owed, change.announced)}"
            f" Used by {counted(change.running)}.",
            f"Keep {change.key}{exception} in this release, and {by_announcing(owed, scene.at)}.",
            subject=change.key,
            evidence={
                "owed": owed_evidence(owed),
                "running": change.running,
                **announcement_evidence(change.announced),
            },
            path=change.path,
            at_most=gravest(owed),
        )


def find_too_soon(
    rule: str, scene: Scene, changes: Iterable[FeatureChange], *, happens: str, exception: str = ""
) -> Iterator[Finding]:
    """Find the changes that were announced and still wait for a day, for releases or a version."""
    for change in changes:
        if change.gone or change.exempt or change.announced is None:
            continue
        wait = wait_for(change.announced, scene)
        if not wait:
            continue
        yield Finding(
            rule,
            f"{change.key} {happens} on {scene.day}, which is too soon: {reasons(wait)}."
            f" Used by {counted(change.running)}.",
            way_out(wait, f"keep {change.key}{exception}", scene.day),
            subject=change.key,
            evidence=wait_evidence(wait) | {"running": change.running},
            path=change.path,
            at_most=gravest(wait.forced_by(change.owed)),
        )
