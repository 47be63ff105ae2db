"""What an import did, or in a dry run would do, as people read it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click
import msgspec

from lifecycle.cli.output import show_json
from lifecycle.cli.quietness import is_quiet
from lifecycle.cli.refusals import NO, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.accounts.import_changes import FieldChange
    from lifecycle.catalogue.import_outcomes import Counts
    from lifecycle.imports.import_outputs import (
        AccountImportOut,
        ImportOut,
        ProductImportOut,
        SkippedOut,
    )

SHOWN = 10
NAMING = (
    "`lifecycle product put {} --name NAME --identifier PURL` sets its name, and the package URL "
    "that stands for it in SBOMs."
)
PROMISING = (
    "No policy says yet what is promised of {}. Where the lines' declared days are the promise: "
    "`lifecycle policy show declared > policy.yaml`, then `lifecycle policy put {} policy.yaml`."
)


def tell_accounts(report: AccountImportOut, style: str) -> int:
    """Print what became of a customer list; return 1 where something was left out.

    A quiet import says only what was left out, so that one that runs each night sends no mail.
    """
    if style == "json":
        return _show_whole(report)
    if report.dry_run or not is_quiet():
        _tell_customers(report)
    imported = len(report.created) + len(report.changed) + report.unchanged
    return _tell_problems(report.problems, _number(imported, "account"), dry_run=report.dry_run)


def _tell_customers(report: AccountImportOut) -> None:
    if report.dry_run:
        _tell_dry_run()
    click.echo(
        f"accounts: {_counted(len(report.created), len(report.changed), report.unchanged)}; "
        f"instances new or changed: {report.instances:,}; addresses new: {report.addresses:,}"
    )
    if report.dry_run:
        _tell_new("account", report.created)
        _tell_new("instance", report.new_instances)
        _tell_new("address", report.new_addresses)
        _tell_changes(report.changes)
    _name("Not in the list, and kept", "accounts", report.missing_in_source)
    for instance, keys in report.unknown_features.items():
        say(f"{instance} reports features that its product does not have: {', '.join(keys)}")
    for note in report.notes:
        say(note)


def _show_whole(outcome: AccountImportOut | ImportOut) -> int:
    """Print all of it for programs, as the API answers it."""
    show_json(msgspec.to_builtins(outcome))
    return NO if outcome.problems else 0


def _tell_dry_run() -> None:
    click.echo("Dry run: nothing is changed.")


def _tell_differences(report: ProductImportOut) -> None:
    if report.created:
        _tell_new("product", [report.product])
    for kind in ("release", "line", "feature"):
        created: list[str] = getattr(report, f"{kind}s").created
        _tell_new(kind, (f"{report.product}/{name}" for name in created))
    _tell_changes(report.changes)


def _tell_new(kind: str, names: Iterable[str]) -> None:
    for name in names:
        click.echo(f"{kind} {name}: new")


def _tell_changes(changes: Iterable[FieldChange]) -> None:
    for change in changes:
        before, after = _text(change.before, "nothing"), _text(change.after, "cleared")
        click.echo(f"{change.subject}: {change.field} {before} -> {after}")


def _text(value: Any, absent: str) -> str:
    if value is None or value == "":
        return absent
    plain = msgspec.to_builtins(value)
    if isinstance(plain, list) and plain and isinstance(plain[0], dict):
        return ", ".join(map(_stage, plain))
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def _stage(stage: dict[str, Any]) -> str:
    begins = stage.get("from_version") or stage.get("from_day")
    switched = "" if stage.get("default") is None else f" (default {_text(stage['default'], '')})"
    return f"{stage['stage']} from {begins}{switched}"


def tell_products(
    outcome: ImportOut, style: str, *, bare: bool = False, declaring: bool = False
) -> int:
    """Print what became of products; return 1 where something was left out.

    A ``bare`` source says nothing of a product but its versions; a ``declaring`` one says when its
    lines end. A quiet import says only what was left out.
    """
    if style == "json":
        return _show_whole(outcome)
    if outcome.dry_run or not is_quiet():
        _tell_catalogue(outcome, bare=bare, declaring=declaring)
    return _tell_problems(outcome.problems, _taken(outcome.products), dry_run=outcome.dry_run)


def _tell_catalogue(outcome: ImportOut, *, bare: bool, declaring: bool) -> None:
    if outcome.dry_run:
        _tell_dry_run()
    reports = outcome.products
    _tell_counts(reports)
    for report in reports:
        if outcome.dry_run:
            _tell_differences(report)
        for kind in ("releases", "lines", "features"):
            missing = getattr(report, kind).missing_in_source
            _name(f"{report.product}: no longer in the source, and kept", kind, missing)
        _name(f"{report.product}: left out, since voided here", "releases", report.voided)
        lines = [str(correction["line"]) for correction in report.corrections]
        _name(f"{report.product}: days corrected to earlier ones", "lines", lines)
    for note in outcome.notes:
        say(note)
    if not outcome.dry_run:
        new_products = [report.product for report in outcome.products if report.created]
        _advise(new_products, bare=bare, declaring=declaring)


def _advise(new_products: Sequence[str], *, bare: bool, declaring: bool) -> None:
    """Say what new products still need, which their source did not say."""
    if bare:
        for product in new_products:
            say(NAMING.format(product))
    if declaring and new_products:
        only = new_products[0] if len(new_products) == 1 else None
        say(PROMISING.format(only or _number(len(new_products), "new product"), only or "PRODUCT"))


def _taken(reports: Sequence[ProductImportOut]) -> str:
    """Say how much was taken in: products, or what the list of a single one holds."""
    if len(reports) != 1:
        return _number(len(reports), "product")
    entries = [
        _number(total, kind)
        for kind in ("release", "line", "feature")
        if (total := _total(getattr(reports[0], f"{kind}s")))
    ]
    return " and ".join(entries) or "nothing"


def _total(counts: Counts) -> int:
    return len(counts.created) + len(counts.changed) + counts.unchanged


def _tell_counts(reports: Sequence[ProductImportOut]) -> None:
    created = sum(report.created for report in reports)
    changed = sum(report.altered and not report.created for report in reports)
    if len(reports) != 1:
        click.echo(f"products: {_counted(created, changed, len(reports) - created - changed)}")
    for kind in ("releases", "lines", "features"):
        counts: list[Counts] = [getattr(report, kind) for report in reports]
        total = Counter[str]()
        for count in counts:
            total.update(made=len(count.created), changed=len(count.changed), same=count.unchanged)
        if total.total():
            click.echo(f"{kind}: {_counted(total['made'], total['changed'], total['same'])}")


def _tell_problems(listed: Sequence[SkippedOut], imported: str, *, dry_run: bool) -> int:
    for problem in listed:
        say(str(problem))
    if listed:
        entries, past_tense = ("entry", "was") if len(listed) == 1 else ("entries", "were")
        be = "would be " if dry_run else ""
        verb = "would be" if dry_run else past_tense
        count = _number(len(listed), "problem")
        say(f"{count}: the {entries} above {verb} skipped; {imported} {be}imported.")
    return NO if listed else 0


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _counted(created: int, changed: int, unchanged: int) -> str:
    return f"{created:,} new, {changed:,} changed, {unchanged:,} unchanged"


def _name(heading: str, kind: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        click.echo(f"{heading}: {kind} {', '.join(names[:SHOWN])}{more}")
