"""Which versions a deprecation affects (rule 3.4); those of a revision are kept as its targets."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, literal, select

from lifecycle.accounts.queries import versions_run
from lifecycle.catalogue.line_placement import Lines, name_line
from lifecycle.database.json_arrays import elements
from lifecycle.deprecations.models import Target
from lifecycle.versions import UnparsableVersion, scheme
from lifecycle.versions.package_versions import readings
from lifecycle.versions.ranges import parse_range

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.models import Deprecation
    from lifecycle.support.facts import Release
    from lifecycle.versions import Scheme


async def write_targets(
    session: AsyncSession,
    deprecation: Deprecation,
    number: int,
    content: DeprecationIn,
    loaded: Loaded,
) -> int:
    """Keep the versions that a revision affects, and count those that were not kept yet.

    They are of the catalogue's releases and of what instances run, known to the catalogue or not.
    A feature, or the whole product, has none.
    """
    key = (Target.deprecation_id == deprecation.id, Target.number == number)
    stored_versions = set(await session.scalars(select(Target.version).where(*key)))
    versions = [
        version
        for version in await versions_of(session, content, loaded)
        if version not in stored_versions
    ]
    if versions:
        # As one text: a parameter for each version takes five times as long, under SQLite's lock.
        element = elements(msgspec.json.encode(versions).decode()).table_valued(
            "value", name="each"
        )
        rows = select(literal(deprecation.id), literal(number), element.c.value)
        columns = ["deprecation_id", "number", "version"]
        await session.execute(insert(Target).from_select(columns, rows))
    return len(versions)


async def versions_of(session: AsyncSession, content: DeprecationIn, loaded: Loaded) -> list[str]:
    """Return the versions, of releases and instances, that a deprecation's lines or range hold."""
    if content.lines is None and content.range is None:
        return []
    running = await versions_run(session, loaded.slug)
    # Placing thousands of versions takes a while: others are answered meanwhile.
    return await asyncio.to_thread(affected_versions, content, loaded, running)


def affected_versions(content: DeprecationIn, loaded: Loaded, running: Iterable[str]) -> list[str]:
    """Pick the affected ones of the known versions and of those that are ``running``."""
    releases = dict.fromkeys(release.version for release in loaded.facts.releases)
    running_versions = dict.fromkeys((*releases, *running))
    if content.range is not None:
        within = parse_range(content.range, loaded.scheme, order=list(releases))
        rules = scheme(loaded.scheme)
        spelled = {version: _as_product(version, rules, releases) for version in running_versions}
        inside = set(within.among(dict.fromkeys(spelled.values())))
        return [version for version in running_versions if spelled[version] in inside]
    lines, line_of = set(content.lines or ()), naming_lines(loaded)
    return [version for version in running_versions if line_of(version) in lines]


def naming_lines(loaded: Loaded) -> Callable[[str], str | None]:
    """Return a function from a version to its line: its release's, else the one it would join.

    A release is found by every spelling of its version, since its line may be declared.
    """
    rules = scheme(loaded.scheme)
    declared = frozenset(line.name for line in loaded.facts.lines)
    lines = Lines(loaded.line_by, declared)
    releases = loaded.facts.releases
    by_version = {release.version: release.line for release in releases}
    every = declared | set(by_version.values())

    def line_of(version: str) -> str | None:
        spelled = _as_product(version, rules, by_version)
        if spelled in by_version:
            return by_version[spelled]
        if (release := _equal_release(releases, rules, spelled)) is not None:
            return release.line
        return name_line(rules, lines, version, is_known=every.__contains__)

    return line_of


def _equal_release(releases: Sequence[Release], rules: Scheme, version: str) -> Release | None:
    """Find the first of the ``releases``, which come by version order, whose version is equal."""
    if not rules.ordered:
        return None
    with suppress(UnparsableVersion):
        key = rules.parse(version).key
        place = bisect_left(releases, key, key=lambda release: rules.parse(release.version).key)
        if place < len(releases) and rules.parse(releases[place].version).key == key:
            return releases[place]
    return None


def _as_product(version: str, rules: Scheme, releases: Container[str]) -> str:
    """Spell a version, reported by somebody, as a release has it, or its product's scheme reads it.

    One that neither knows stays as it is.
    """
    if version in releases:
        return version
    texts = [text for text, _ in readings(version)]
    for text in texts:
        for spelling in (text, f"v{text}"):
            if spelling in releases:
                return spelling
    for text in texts:
        with suppress(UnparsableVersion):
            rules.parse(text)
            return text
    return version
