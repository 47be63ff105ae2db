"""What became of an import of a product: what is new, what is different, what was left out."""

from __future__ import annotations

from typing import Any

import msgspec

from lifecycle.accounts.import_changes import FieldChange


class Counts(msgspec.Struct):
    """What became of one kind of thing; ``missing_in_source`` is reported and stays."""

    created: list[str] = []
    changed: list[str] = []
    unchanged: int = 0
    missing_in_source: list[str] = []


class Report(msgspec.Struct):
    """What an import did. What is in ``problems`` was left out, and what is in ``voided`` too.

    ``changes`` says what is different of what was known.
    """

    product: str
    created: bool = False
    changed: bool = False
    releases: Counts = msgspec.field(default_factory=Counts)
    lines: Counts = msgspec.field(default_factory=Counts)
    features: Counts = msgspec.field(default_factory=Counts)
    changes: list[FieldChange] = []
    corrections: list[dict[str, Any]] = []
    problems: list[Any] = []
    voided: list[str] = []

    @property
    def altered(self) -> bool:
        """Whether anything is different now."""
        kinds = (self.releases, self.lines, self.features)
        return self.created or self.changed or any(kind.created or kind.changed for kind in kinds)
