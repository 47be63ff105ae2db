"""The words and looks of features' stages (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.documents.word_lists import listed
from lifecycle.policy.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.answers.feature_histories import StageGroup

STAGE_LABELS: Final = {
    Stage.EXPERIMENTAL: "Experimental",
    Stage.ALPHA: "Alpha",
    Stage.BETA: "Beta",
    Stage.PREVIEW: "Preview",
    Stage.GA: "GA",
    Stage.DEPRECATED: "Deprecated",
    Stage.REMOVED: "Removed",
}
STAGE_TONES: Final = dict.fromkeys(Stage, "planned") | {
    Stage.GA: "supported",
    Stage.DEPRECATED: "ending",
    Stage.REMOVED: "unsupported",
}
"""The look of a version's status that each of them shares."""

GROUP_LABELS: Final = STAGE_LABELS | {Stage.GA: "Generally available", None: "Not there yet"}
COUNTED: Final = {
    Stage.EXPERIMENTAL: "experimental",
    Stage.GA: "generally available",
    Stage.DEPRECATED: "deprecated",
    Stage.REMOVED: "removed",
    None: "not there yet",
}


def counts(groups: Sequence[StageGroup], version: str | None, day: str = "today") -> str:
    """Say how many features have which stage: in a version, or on a day in words."""
    if not groups:
        return "Nothing is known of its features."
    total = sum(len(group.features) for group in groups)
    parts = [f"{len(group.features)} {_counted(group.stage)}" for group in groups]
    when = f"In {version}" if version else f"{day[:1].upper()}{day[1:]}"
    noun = "feature" if total == 1 else "features"
    return f"{when}, of {total} {noun}: {listed(parts)}."


def default_words(default: bool | str) -> str:  # noqa: FBT001 -- a feature's default is one
    """Say what a feature is without anybody setting it.

    >>> default_words(True), default_words("local")
    ('on by default', 'local by default')
    """
    return f"{default if isinstance(default, str) else 'on' if default else 'off'} by default"


def _counted(stage: Stage | None) -> str:
    return COUNTED.get(stage) or f"in {STAGE_LABELS[stage].lower()}" if stage else COUNTED[None]
