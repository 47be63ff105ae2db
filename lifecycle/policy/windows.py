"""Windows: the rules that say which lines a tier covers (design, section 3.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from lifecycle.calendar.lengths import Length


class Granularity(StrEnum):
    """What a window counts."""

    RELEASE = "release"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    LINE = "line"


class Since(StrEnum):
    """The day from which a time-based window runs."""

    LINE_RELEASE = "line_release"
    RELEASE = "release"
    SUPERSEDED = "superseded"


class Phase(StrEnum):
    """A phase of support whose last covered day a line may declare."""

    ACTIVE_SUPPORT = "active_support"
    SECURITY_SUPPORT = "security_support"
    EXTENDED_SUPPORT = "extended_support"
    END_OF_LIFE = "end_of_life"


class Newest(msgspec.Struct, frozen=True):
    """The ``count`` highest of a granularity that have a stable release by the day."""

    count: int
    of: Granularity


class For(msgspec.Struct, frozen=True):
    """A length of time from the day named by ``since``."""

    length: Length
    since: Since


class Declared(msgspec.Struct, frozen=True):
    """Until the declared day of the first of these ``phases`` that the line declares."""

    phases: tuple[Phase, ...]


class LtsOnly(msgspec.Struct, frozen=True):
    """Lines with long-term support, from the day they have it."""


class BestEffort(msgspec.Struct, frozen=True):
    """No obligation: neither supported nor unsupported."""


class Nothing(msgspec.Struct, frozen=True):
    """No line at all."""


class AnyOf(msgspec.Struct, frozen=True):
    """Covered while any of the ``rules`` holds."""

    rules: tuple[Rule, ...]


class AllOf(msgspec.Struct, frozen=True):
    """Covered while all of the ``rules`` hold."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = Newest | For | Declared | LtsOnly | BestEffort | Nothing | AnyOf | AllOf


class Patches(StrEnum):
    """Which patches of a covered line get fixes."""

    LATEST = "latest"
    ALL = "all"


class Ends(StrEnum):
    """Whether support ends when the window says, or only when that was announced."""

    ON_SCHEDULE = "on_schedule"
    AFTER_NOTICE = "after_notice"


class Window(msgspec.Struct, frozen=True):
    """A tier's window: its rule, the floor under it, and how its ends take effect.

    ``at_least`` counts from the line's first stable release.
    """

    rule: Rule
    at_least: Length | None = None
    patches: Patches = Patches.LATEST
    ends: Ends = Ends.ON_SCHEDULE
