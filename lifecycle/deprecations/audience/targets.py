"""Which versions a deprecation affects (rule 3.4); those of a revision are kept as its targets."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, literal, select

from lifecycle.accounts.queries import versions_run
from lifecycle.catalogue.placing import Lines, name_line
from lifecycle.database.json_arrays import elements
from lifecycle.deprecations.models import Target
from lifecycle.versions import UnparsableVersion, scheme
from lifecycle.versions.package_versions import readings
from lifecycle.versions.ranges import parse_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loading import Loaded
    from lifecycle.deprecations.facts import DeprecationIn
    from lifecycle.deprecations.models import Deprecation


async def write_targets(
    session: AsyncSession,
    deprecation: Deprecation,
    number: int,
    content: DeprecationIn,
    known: Loaded,
) -> int:
    """Keep the versions that a revision affects, and count those that were not kept yet.

    They are of the catalogue's releases and of what instances run, known to the catalogue or not.
    A feature, or the whole product, has none.
    """
    key = (Target.deprecation_id == deprecation.id, Target.number == number)
    kept = set(await session.scalars(select(Target.version).where(*key)))
    versions = [each for each in await versions_of(session, content, known) if each not in kept]
    if versions:
        # As one text: a parameter for each version takes five times as long, under SQLite's lock.
        each = elements(msgspec.json.encode(versions).decode()).table_valued("value", name="each")
        rows = select(literal(deprecation.id), literal(number), each.c.value)
        columns = ["deprecation_id", "number", "version"]
        await session.execute(insert(Target).from_select(columns, rows))
    return len(versions)


async def versions_of(session: AsyncSession, content: DeprecationIn, known: Loaded) -> list[str]:
    """Give the versions, of releases and of instances, that a deprecation's lines or range hold."""
    if content.lines is None and content.range is None:
        return []
    running = await versions_run(session, known.slug)
    # Placing thousands of versions takes a while: others are answered meanwhile.
    return await asyncio.to_thread(affected_versions, content, known, running)


def affected_versions(content: DeprecationIn, known: Loaded, running: Iterable[str]) -> list[str]:
    """Pick the affected ones of the known versions and of those that are ``running``."""
    releases = {release.version: release.line for release in known.facts.releases}
    everything = dict.fromkeys((*releases, *running))
    if content.range is not None:
        found = parse_range(content.range, known.scheme, order=list(releases))
        spelled = {
            version: version if version in releases else _as_product(version, known.scheme)
            for version in everything
        }
        inside = set(found.among(dict.fromkeys(spelled.values())))
        return [version for version in everything if spelled[version] in inside]
    wanted, line_of = set(content.lines or ()), naming_lines(known)
    return [
        version
        for version in everything
        if (releases[version] if version in releases else line_of(version)) in wanted
    ]


def naming_lines(known: Loaded) -> Callable[[str], str | None]:
    """Give what names the line of a version that the catalogue does not know."""
    rules = scheme(known.scheme)
    declared = frozenset(line.name for line in known.facts.lines)
    lines = Lines(known.line_by, declared)
    every = declared | {release.line for release in known.facts.releases}
    return partial(name_line, rules, lines, is_known=every.__contains__)


def _as_product(version: str, name: str) -> str:
    """Spell a version, reported by somebody, as its product's scheme reads it, if that can."""
    rules = scheme(name)
    for text, _ in readings(version):
        with suppress(UnparsableVersion):
            rules.parse(text)
            return text
    return version
