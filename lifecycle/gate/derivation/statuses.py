"""An operation's answers by their status, which may be a range such as `2XX` (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle.gate.derivation.specifications import Part


def responses(operation: Part) -> dict[str, Part]:
    """Return the answers by status; YAML may have it as a number, and a range in any case."""
    return {
        str(status).upper() if str(status) != "default" else "default": part
        for status, part in operation.at("responses").items()
        if not str(status).startswith("x-")
    }


def matching(answers: dict[str, Part], status: str) -> list[Part]:
    """Return the answers that a caller who expects a status may get in its place."""
    if status in answers:
        return [answers[status]]
    if status.endswith("XX"):
        return [part for answered, part in answers.items() if answered[:1] == status[:1]]
    span = answers.get(f"{status[:1]}XX")
    return [] if span is None or status == "default" else [span]
