"""What a release changes, from what `oasdiff changelog --format json` or `breaking` wrote.

An error is a break, a warning a note, and the rest changes nothing for callers, but for operations
that are removed or deprecated. A verdict that oasdiff itself calls inexact, and an error that names
no operation, are not compared.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.documents import load
from lifecycle.documents.storable_text import escaped
from lifecycle.errors import BadRequest, Problem
from lifecycle.gate.derivation import Derived, NotDerived, operation_note
from lifecycle.gate.derivation.operation_keys import operation_key
from lifecycle.interchange.row_problems import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ERROR: Final = 3
_LEVELS: Final = {_ERROR: "ERR", 2: "WARN", 1: "INFO"}
_REMOVED: Final = re.compile(r"api-(path-)?removed-(with(out)?-deprecation|before-sunset)")
_DEPRECATED: Final = frozenset({"endpoint-deprecated", "endpoint-deprecated-with-sunset"})
_UNFIT: Final = re.compile(r"[^A-Za-z0-9-]+")
_MOST: Final = 50
_LONGEST: Final = 300


class ReportedChange(msgspec.Struct, frozen=True):
    """One change that oasdiff reports; ``disclaimers`` say what makes its level inexact.

    Without a ``path`` it is of no operation, but of the whole description.
    """

    id: str
    level: int
    text: str = ""
    operation: str = ""
    path: str = ""
    disclaimers: list[Any] = []

    @property
    def key(self) -> str:
        """The feature changed; for a change of the whole description, its id."""
        if self.path:
            return operation_key(self.operation, self.path)
        return _UNFIT.sub("-", self.id).strip("-")[:100] or "description"

    @property
    def name(self) -> str:
        """What is changed, as callers know it."""
        if self.path:
            return f"{self.operation.upper()} {escaped(self.path)}"
        return "The whole description"

    @property
    def description(self) -> str:
        """What oasdiff reports, in one line."""
        return " ".join(escaped(self.text or self.id)[:_LONGEST].split())


def derive(file: Path) -> Derived:
    """Return what oasdiff found; refuse anything that is not its output."""
    changes = _read(file)
    removed = {
        change.key: change for change in changes if change.path and _REMOVED.fullmatch(change.id)
    }
    broken: dict[str, list[ReportedChange]] = {}
    unsure: dict[str, ReportedChange] = {}
    for change in changes:
        if change.key in removed:
            continue
        if change.level == _ERROR and change.path:
            broken.setdefault(change.key, []).append(change)
        elif change.level == _ERROR or change.disclaimers:
            unsure.setdefault(change.key, change)
    deprecated = [change for change in changes if change.path and change.id in _DEPRECATED]
    stages = {change.key: "deprecated" for change in deprecated if change.key not in removed}
    notes = [f"{change.name} ({key}) is gone." for key, change in removed.items()]
    notes += [
        operation_note(
            listed[0].name, key, "breaks its callers", [change.description for change in listed]
        )
        for key, listed in broken.items()
    ]
    return Derived(
        removes=tuple(removed),
        breaks=tuple(broken),
        uncompared=tuple(key for key in unsure if key not in broken),
        stages=stages,
        notes=(*notes, *_lesser_notes(changes, unsure)),
    )


def _lesser_notes(
    changes: Iterable[ReportedChange], unsure: dict[str, ReportedChange]
) -> list[str]:
    """Tell of what was not compared, and of warnings."""
    missed = [
        f"{change.name} ({key}) is not compared: {change.description}."
        for key, change in unsure.items()
    ]
    warnings = [
        change for change in changes if _LEVELS[change.level] == "WARN" and not change.disclaimers
    ]
    return missed + [
        f"{warning.name} ({warning.key}) may surprise: {warning.description}."
        for warning in warnings
    ]


def _read(file: Path) -> list[ReportedChange]:
    try:
        value = load(file.read_bytes(), limit=LIMIT)
    except OSError as error:
        raise NotDerived(f"{file} cannot be read: {error.strerror}.") from None
    except BadRequest as error:
        raise NotDerived(f"{file}: {error.detail}", problems=error.problems) from None
    listed = value.get("changes") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise NotDerived(
            f"{file} is not what oasdiff writes; give the output of `oasdiff changelog --format"
            " json OLD NEW`."
        )
    problems: list[Problem] = []
    changes = [_change(entry, place, problems) for place, entry in enumerate(listed)]
    if problems:
        raise NotDerived(
            f"{file} has changes that cannot be read: {problems[0]}.", problems=problems[:_MOST]
        )
    return [change for change in changes if change]


def _change(value: Any, place: int, problems: list[Problem]) -> ReportedChange | None:
    try:
        change = msgspec.convert(value, ReportedChange)
    except msgspec.ValidationError:
        message = "must be a change with an id, a level and, for an operation, its path"
        problems.append(Problem(f"[{place}]", message))
        return None
    if change.level not in _LEVELS:
        allowed = ", ".join(f"{level} ({name})" for level, name in _LEVELS.items())
        message = f"must be one of {allowed}"
        problems.append(Problem(f"[{place}].level", message, value=change.level, allowed=allowed))
        return None
    if change.path and not change.operation:
        message = "is required beside a path"
        problems.append(Problem(f"[{place}].operation", message))
        return None
    return change
