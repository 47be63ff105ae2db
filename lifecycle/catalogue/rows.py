"""Releases as their columns hold them, and what of a change is evidence."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, update

from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.line_placement import derive
from lifecycle.catalogue.models import Release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.line_placement import Lines
    from lifecycle.versions import Scheme

IN_FULL = 100
"""Up to so many releases are evidence in full; more leave their count and digest."""

FIELDS = (
    "released_on",
    "planned_on",
    "stage",
    "line",
    "withdrawn_on",
    "restored_on",
    "notes_url",
)


async def update_all(session: AsyncSession, changes: Mapping[int, dict[str, Any]]) -> None:
    """Give rows new values, in one statement; ``changes`` all hold the same columns."""
    if not changes:
        return
    table = Release.__table__
    names = next(iter(changes.values())).keys()
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("row"))
        .values(
            {name: bindparam(f"to_{name}") for name in names} | {"revision": table.c.revision + 1}
        )
    )
    rows = [
        {"row": row} | {f"to_{name}": value for name, value in values.items()}
        for row, values in changes.items()
    ]
    await session.execute(statement, rows)


def columns(facts: ReleaseIn, version_scheme: Scheme, lines: Lines) -> dict[str, Any]:
    """Return a release's facts, and what follows from its version, as its columns hold them."""
    derived = derive(version_scheme, lines, facts.version, stage=facts.stage, stated=facts.line)
    return {
        "line": derived.line,
        "given_line": facts.line if lines.by == "declared" else None,
        "major": derived.major,
        "minor": derived.minor,
        "patch": derived.patch,
        "prerelease": derived.prerelease,
        "stage": facts.stage,
        "released_on": facts.released_on,
        "planned_on": facts.planned_on,
        "withdrawn_on": facts.withdrawn_on,
        "restored_on": facts.restored_on,
        "notes_url": facts.notes_url,
    }


def facts_of(release: Release) -> ReleaseIn:
    """Return a release as it would be registered."""
    values = {field: getattr(release, field) for field in FIELDS}
    return ReleaseIn(version=release.version, **(values | {"line": release.given_line}))


def evidence(facts: Sequence[msgspec.Struct]) -> dict[str, Any]:
    """Return facts as evidence: in full, or where they are many, their count and digest."""
    plain = [
        {name: value for name, value in msgspec.to_builtins(fact).items() if value is not None}
        for fact in facts
    ]
    if len(plain) <= IN_FULL:
        return {"releases": plain}
    digest = hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
    return {"count": len(plain), "sha256": digest}


def differences(before: msgspec.Struct, after: msgspec.Struct) -> dict[str, Any]:
    """Return the fields in which two of a kind differ, for evidence."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {
        name: {"before": old[name], "after": new[name]} for name in new if old[name] != new[name]
    }
