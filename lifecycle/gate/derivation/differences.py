"""What differs between two schemas, how grave it is, and where (pure)."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

import msgspec

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation.response_shapes import Shape


class Direction(Enum):
    """Whether callers send what a schema describes or are sent it."""

    SENT = "sent"
    RECEIVED = "received"


class Weight(Enum):
    """Whether a difference breaks callers, cannot be judged, or is worth a note only."""

    BREAK = "break"
    UNCOMPARED = "uncompared"
    NOTE = "note"


class Difference(msgspec.Struct, frozen=True):
    """One difference, in a sentence whose subject is ``place`` (the value itself if empty)."""

    weight: Weight
    message: str
    place: str = ""

    def within(self, path: str) -> Difference:
        """Return the difference as seen from outside a property or item."""
        return Difference(self.weight, self.message, f"{path}{self.place}".rstrip("."))

    def __str__(self) -> str:
        return f"{self.place} {self.message}" if self.place else self.message


class Pair(msgspec.Struct, frozen=True):
    """A value's schemas before and after a release."""

    old: Shape
    new: Shape
    direction: Direction

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the pair apart."""
        return self.old.key, self.new.key, self.direction

    @property
    def is_sent(self) -> bool:
        """Whether callers send the value."""
        return self.direction is Direction.SENT

    @property
    def wide(self) -> Shape:
        """What must fit: what callers could send, or what they are sent from now on."""
        return self.old if self.is_sent else self.new

    @property
    def strict(self) -> Shape:
        """What it must fit into: what is accepted from now on, or what callers were promised."""
        return self.new if self.is_sent else self.old

    def inside(self, old: list[Any], new: list[Any]) -> Pair:
        """Return the pair of a value within this one's."""
        return Pair(self.old.inside(old), self.new.inside(new), self.direction)

    def oriented(self, *, wide: Shape, strict: Shape) -> Pair:
        """Return a pair of the same direction of which one shape must fit into the other."""
        old, new = (wide, strict) if self.is_sent else (strict, wide)
        return Pair(old, new, self.direction)

    def changed(self, keyword: str, wide: list[Any], strict: list[Any]) -> str:
        """Say how a keyword changes."""
        old, new = (wide, strict) if self.is_sent else (strict, wide)
        if not old:
            return f"has a {keyword} of {_listed(new)} now"
        if not new:
            return f"no longer has a {keyword} of {_listed(old)}"
        return f"has a {keyword} of {_listed(new)} instead of {_listed(old)}"


class Inner(msgspec.Struct, frozen=True):
    """A value within another one that is still to be compared, and the step that leads to it."""

    step: str
    pair: Pair
    key: tuple[object, ...]

    @classmethod
    def at(cls, step: str, pair: Pair) -> Inner:
        """Return the value at a step, with what tells its pair apart, which is costly to find."""
        return cls(step, pair, pair.key)


def read_sunset(stated: Any) -> date | None:
    """Return the day of an `x-sunset`; nothing where it is none.

    >>> read_sunset("2027-03-01T10:00:00+02:00"), read_sunset("soon")
    (datetime.date(2027, 3, 1), None)
    """
    if isinstance(stated, datetime):
        return stated.date()
    if isinstance(stated, date):
        return stated
    try:
        return datetime.fromisoformat(stated).date() if isinstance(stated, str) else None
    except ValueError:
        return None


def removal_of(stated: Any, *, deprecated: bool, day: date, otherwise: Weight) -> Difference:
    """Judge the removal of what may have a sunset of its own: it was announced for that day."""
    if not deprecated or stated is None:
        return Difference(otherwise, "is gone")
    sunset = read_sunset(stated)
    if sunset is not None and sunset <= day:
        return Difference(Weight.NOTE, f"is gone, as announced for {sunset}")
    return Difference(Weight.BREAK, f"is gone before its sunset on {shown(str(stated))}")


def sunset_changes(old: Any, new: Any, *, deprecated: bool) -> list[Difference]:
    """Judge how a sunset moves: callers were promised the time until then."""
    before, after = read_sunset(old), read_sunset(new)
    if before is None or not deprecated:
        return []
    if new is None:
        return [Difference(Weight.BREAK, f"has its sunset on {before} taken back")]
    if after is None or after < before:
        stated = shown(str(after or new))
        return [Difference(Weight.BREAK, f"has its sunset moved from {before} to {stated}")]
    return []


def _listed(values: list[Any]) -> str:
    return " and ".join(dict.fromkeys(_shown(value) for value in values))


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{_shown(value[0])} (exclusive)" if value[1] else _shown(value[0])
    return shown(value if isinstance(value, str) else str(value))
