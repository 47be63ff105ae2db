"""A release's verdict as a report: what the gate is asked, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.cli.connections import connect_for_ci
from lifecycle.cli.inputs import read as read_input
from lifecycle.client.resource_paths import path
from lifecycle.documents import format_of
from lifecycle.errors import Unavailable
from lifecycle.gate.manifests import read_manifest
from lifecycle.reports.answered_reports import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.gate.manifests import Manifest, ReadManifest
    from lifecycle.reports import Page, Report

MOST_READ = 64 << 20


def report_on(
    manifest: str,
    *,
    source: str | None,
    at: str | None,
    strict: bool,
    server: str | None,
    seconds: float,
) -> Report:
    """Ask about the release that a file describes, and return what the gate says of it."""
    read = read_manifest(read_input(manifest, MOST_READ), format=format_of(manifest))
    document = _ask(read.manifest, at, server, seconds)
    _check(document, read.manifest, at)
    return _report(document, read, source=source, strict=strict)


def _ask(manifest: Manifest, at: str | None, server: str | None, seconds: float) -> Any:
    address = path("v1", "products", manifest.product, "gate")
    plain = msgspec.to_builtins(manifest)
    body = {name: value for name, value in plain.items() if value}
    with connect_for_ci(server, seconds=seconds, scope="release") as client:
        return client.ask(address, body, at=at)


def _check(document: Any, manifest: Manifest, at: str | None) -> None:
    """Refuse an answer to another question, such as one that a cache gave."""
    expected = {"product": manifest.product, "version": manifest.version}
    expected |= {"at": at} if at else {}
    for name, value in expected.items():
        answered = document.get(name) if isinstance(document, dict) else None
        if answered != value:
            raise Unavailable(
                f"The answer is not a verdict on {manifest.product} {manifest.version}: "
                f"its {name} is {answered!r}, not {value!r}. Is --server or LIFECYCLE_SERVER right?"
            )


def _report(
    document: Mapping[str, Any], read: ReadManifest, *, source: str | None, strict: bool
) -> Report:
    title = f"{document['product']} {document['version']} on {document.get('day')}"
    return read_report(
        document,
        title=title,
        source=source,
        line_of=read.document.line_of if source else None,
        summary=list(_summary(document)),
        strict=strict,
    )


def _summary(document: Mapping[str, Any]) -> Iterator[str]:
    for end in document.get("implied_ends") or ():
        counted = f"{end['accounts']} account{'' if end['accounts'] == 1 else 's'}"
        yield (
            f"It ends support of {end['line']} for {end['tier']} ({counted}) on "
            f"{end['effective_on']}, at {end['days_of_notice']} days' notice."
        )
    policy = document.get("policy")
    under = f" under {policy['name']} {policy['version']}" if policy else ""
    yield f"As known on {document.get('at')}{under}; the verdict is kept as {document.get('id')}."


def pages() -> Mapping[str, Page]:
    """Return what is written about the gate's rules."""
    from lifecycle.gate.rules import documentation  # noqa: PLC0415 -- only findings need explaining

    return documentation.pages()
