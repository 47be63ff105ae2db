"""What an import did, or in a dry run would do, as the API shows it (light)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.import_changes import AccountReport, FieldChange
from lifecycle.catalogue.import_outcomes import Counts, Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.errors import Problem


class SkippedOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry that was left out: its place, with the line, what is wrong, and what stood there."""

    field: str
    message: str
    value: Any = None
    allowed: str | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f" (it says {self.value!r})"
        return f"{self.field}: {self.message}{value}" if self.field else f"{self.message}{value}"


class ProductImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a product."""

    product: str
    created: bool
    changed: bool
    releases: Counts
    lines: Counts
    features: Counts
    changes: list[FieldChange]
    corrections: list[dict[str, Any]]
    voided: list[str]

    @property
    def altered(self) -> bool:
        """Whether anything is different now."""
        kinds = (self.releases, self.lines, self.features)
        return self.created or self.changed or any(kind.created or kind.changed for kind in kinds)


class ImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import of releases or features."""

    dry_run: bool
    products: list[ProductImportOut]
    problems: list[SkippedOut]
    notes: list[str]

    @classmethod
    def of(
        cls,
        reports: Iterable[Report],
        problems: Iterable[Problem],
        notes: list[str],
        *,
        dry_run: bool,
    ) -> ImportOut:
        """Show what became of products, and what was left out."""
        return cls(
            dry_run=dry_run,
            products=[_product(report) for report in reports],
            problems=_skipped(problems),
            notes=notes,
        )


class AccountImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a customer list."""

    dry_run: bool
    created: list[str]
    changed: list[str]
    unchanged: int
    instances: int
    addresses: int
    new_instances: list[str]
    new_addresses: list[str]
    changes: list[FieldChange]
    missing_in_source: list[str]
    problems: list[SkippedOut]
    notes: list[str]
    unknown_features: dict[str, list[str]]

    @classmethod
    def of(cls, report: AccountReport, *, dry_run: bool) -> AccountImportOut:
        """Show what became of accounts, and what was left out."""
        facts = msgspec.structs.asdict(report) | {"problems": _skipped(report.problems)}
        return cls(dry_run=dry_run, **facts)


def _product(report: Report) -> ProductImportOut:
    facts = msgspec.structs.asdict(report)
    del facts["problems"]
    return ProductImportOut(**facts)


def _skipped(problems: Iterable[Problem]) -> list[SkippedOut]:
    return [
        SkippedOut(
            problem.field, problem.message, msgspec.to_builtins(problem.value), problem.allowed
        )
        for problem in problems
    ]
