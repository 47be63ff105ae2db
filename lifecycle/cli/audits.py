"""`lifecycle audit`: proving that the log of changes was not touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from lifecycle.audit.archive_files import ArchiveProof, Batch, prove_archive
from lifecycle.cli import reads
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.refusals import NO


@click.group("audit", cls=Group)
def command() -> None:
    """Prove that the log of changes was not altered."""


@command.command(example="lifecycle audit verify")
@server_option
@click.option(
    "--archive",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also prove that this archive holds what left the store; may be repeated.",
)
@format_option
def verify(*, server: str | None, files: tuple[Path, ...], style: str) -> int:
    """Walk the whole chain and name the first entry that was edited, removed or reordered."""
    verdict = reads.audit_verdict(server)
    proofs = _prove_archives(files, server) if files else []
    if style == "json":
        archives = {"archives": msgspec.to_builtins(proofs)} if files else {}
        show_json({**verdict, **archives})
    else:
        _show_verdict(verdict)
        for proof in proofs:
            _show_proof(proof)
    is_proven = verdict["whole"] and not any(proof.faults for proof in proofs)
    return 0 if is_proven else NO


def _prove_archives(files: tuple[Path, ...], server: str | None) -> list[ArchiveProof]:
    entries = msgspec.to_builtins(reads.archived_batches(server))
    batches = [msgspec.convert(entry["details"], Batch) for entry in entries]
    return [prove_archive(path, batches) for path in files]


def _show_verdict(verdict: dict[str, Any]) -> None:
    if verdict["whole"]:
        click.echo(f"The log is intact: {verdict['entries']} entries, head {verdict['head']}.")
    else:
        click.echo(f"The log was altered: {verdict['fault']}.")


def _show_proof(proof: ArchiveProof) -> None:
    if proof.faults:
        click.echo(f"{proof.archive} is not what the log lists: {'; '.join(proof.faults)}.")
        return
    click.echo(f"{proof.archive} is intact: {proof.rows} rows in {proof.batches} batches.")
    if proof.unlisted:
        click.echo(
            f"  Its last {proof.unlisted} rows are not listed in the log: the service stopped "
            "before they left the store, so they stayed there. Disregard them here."
        )
