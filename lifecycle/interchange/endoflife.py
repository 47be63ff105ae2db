"""endoflife.date's own files: a product's cycles, and beside them its dated versions.

A cycle becomes a line, oldest first; ``eoas``, ``eol`` and ``eoes`` become the declared ends of
active support, of life and of extended support, kept as day, true, false or missing; older files
call two of them otherwise. A version
belongs to the longest cycle name it begins with, whichever cycle names it as its latest; only a
part of that cycle (``11.0-sp2`` of ``11.0``) comes before it. A version that begins with none
belongs to the cycle that names it, or is kept without a line.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.catalogue import consistency
from lifecycle.catalogue.catalogue_inputs import ImportedProduct, LineIn, ProductIn, ReleaseIn
from lifecycle.catalogue.line_placement import longest_prefix
from lifecycle.documents import UnreadableDocument, decode, load_with_lines
from lifecycle.interchange.endoflife_former_keys import find_end
from lifecycle.interchange.endoflife_metadata import (
    read_identifiers,
    read_line,
    read_presentation,
)
from lifecycle.interchange.row_problems import LIMIT, Problems
from lifecycle.interchange.version_fit import fit_scheme
from lifecycle.policy.windows import Phase
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.documents import Path
    from lifecycle.errors import Problem
    from lifecycle.versions import Scheme

PHASES: Final = {
    "eoas": Phase.ACTIVE_SUPPORT,
    "eol": Phase.END_OF_LIFE,
    "eoes": Phase.EXTENDED_SUPPORT,
}
_FENCE: Final = "---"


class Cycle(msgspec.Struct, frozen=True):
    """A cycle as far as it is a line, and the newest version it names."""

    name: str
    line: LineIn
    latest: str | None = None
    latest_on: date | None = None


class Dated(msgspec.Struct, frozen=True):
    """A version, its day, and its cycle where it belongs to one."""

    version: str
    day: date
    cycle: str | None = None


def parse_product(
    text: str | bytes,
    *,
    slug: str,
    today: date,
    release_data: str | bytes | None = None,
    file: str = "",
) -> tuple[ImportedProduct, list[Problem]]:
    """Read a product file, with the release-data that stands beside it, if any.

    The product's slug is its permalink, and ``slug`` where it has none; its other addresses are
    its aliases, and ``slug`` among them, since it may be stored under that.
    Versions whose day lies after ``today`` are plans. Broken entries become problems that name
    file, line and path; only a file without readable front matter is refused as a whole.
    """
    file = file or f"{slug}.md"
    document = load_with_lines(
        _front_matter(text), format="yaml", limit=LIMIT, numbers_as_text=True
    )
    if not isinstance(document.value, dict) or not isinstance(document.value.get("releases"), list):
        raise UnreadableDocument("The front matter has no list of releases; give one.")
    problems = Problems(file, document)
    cycles = list(_cycles(document.value["releases"], problems))
    beside = Problems(f"{slug}.json")
    dated = _releases(cycles, list(_versions(release_data, beside)))
    fit = fit_scheme([dated_release.version for dated_release in dated])
    version_scheme = scheme("declared" if fit.odd else fit.scheme)
    releases = tuple(_release(dated_release, today) for dated_release in dated)
    product = _product(document.value, slug, version_scheme, problems)
    lines = {cycle.name: cycle.line for cycle in cycles}
    notes = tuple(_undated(cycles, dated, file))
    imported = ImportedProduct(product=product, releases=releases, lines=lines, notes=notes)
    return imported, [*problems.found, *beside.found]


def _front_matter(text: str | bytes) -> str:
    content = decode(text, limit=LIMIT)
    if content.lstrip()[:1] in ("{", "["):
        raise UnreadableDocument(
            "The file is JSON, as endoflife.date's API or a service like it answers. What is read "
            "is the product's own file, such as products/NAME.md in endoflife.date's repository."
        )
    first, *lines = content.split("\n")
    end = next((place for place, line in enumerate(lines) if line.rstrip() == _FENCE), None)
    if first.rstrip() != _FENCE or end is None:
        raise UnreadableDocument("The file has no front matter between two lines of '---'.")
    # The first line stays, empty, so that the lines keep their numbers.
    return "\n".join(["", *lines[:end]])


def _product(
    values: dict[str, Any], name: str, version_scheme: Scheme, problems: Problems
) -> ProductIn:
    slug, *aliases = _addresses(values, name, problems)
    bare = ProductIn(
        slug=slug, scheme=version_scheme.name, line_by="declared", aliases=tuple(aliases)
    )
    full = problems.read(
        ProductIn,
        {
            **msgspec.to_builtins(bare),
            "name": values.get("title") or slug,
            "identifiers": read_identifiers(values, problems),
            "presentation": msgspec.to_builtins(read_presentation(values, problems)),
        },
        (),
    )
    if full is None or problems.add_all(consistency.product_problems(full), ()):
        return bare
    return full


def _addresses(values: dict[str, Any], name: str, problems: Problems) -> list[str]:
    """Return the names by which a product's pages are known, its own first."""
    listed = values.get("alternate_urls") or []
    entries: list[tuple[Path, Any]] = [(("permalink",), values.get("permalink") or f"/{name}")]
    entries += [
        (("alternate_urls", place), entry)
        for place, entry in enumerate(listed if isinstance(listed, list) else [listed])
    ]
    addresses = []
    for path, entry in entries:
        slug = str(entry).removeprefix("/")
        if not problems.add_all(consistency.product_slug_problems("", slug), path):
            addresses.append(slug)
    return list(dict.fromkeys([*addresses, name])) if addresses else [name]


def _cycles(entries: list[Any], problems: Problems) -> Iterator[Cycle]:
    """Read the cycles, which the file lists newest first, from the oldest on."""
    names: set[str] = set()
    for place, entry in reversed(list(enumerate(entries))):
        path = ("releases", place)
        if not isinstance(entry, dict) or not isinstance(entry.get("releaseCycle"), str):
            problems.add(path, "has no releaseCycle; give the cycle's name")
            continue
        name = entry["releaseCycle"]
        if name in names:
            problems.add((*path, "releaseCycle"), "is given twice; keep one", value=name)
            continue
        cycle = _cycle(name, entry, len(entries) - place, path, problems)
        if cycle is not None:
            names.add(name)
            yield cycle


def _cycle(
    name: str, entry: dict[str, Any], position: int, path: tuple[str, int], problems: Problems
) -> Cycle | None:
    days: dict[str, Any] = {}
    for key in (*PHASES, "lts", "discontinued", "releaseDate", "latestReleaseDate"):
        written, value = find_end(entry, key)
        if value is None or _fits(key, value):
            days |= {key: value} if value is not None else {}
            continue
        allowed = "a day as YYYY-MM-DD" if key.endswith("Date") else "a day, true or false"
        problems.add((*path, written), f"must be {allowed}", value=value)
    line = LineIn(
        declared={phase: days[key] for key, phase in PHASES.items() if key in days},
        lts=days.get("lts"),
        codename=entry.get("codename") or None,
        released_on=days.get("releaseDate"),
        position=position,
        presentation=read_line(entry, days, path, problems),
    )
    if problems.add_all(consistency.line_problems(name, line), path):
        return None
    latest = entry.get("latest")
    return Cycle(
        name,
        line,
        latest if isinstance(latest, str) and latest else None,
        days.get("latestReleaseDate"),
    )


def _fits(key: str, value: Any) -> bool:
    return isinstance(value, date) or (isinstance(value, bool) and not key.endswith("Date"))


def _versions(text: str | bytes | None, problems: Problems) -> Iterator[Dated]:
    """Read the dated versions, which the file lists newest first, from the oldest on."""
    if text is None:
        return
    try:
        document = load_with_lines(text, format="json", limit=LIMIT, numbers_as_text=True)
    except UnreadableDocument as error:
        problems.add((), error.detail)
        return
    versions = document.value.get("versions") if isinstance(document.value, dict) else None
    if not isinstance(versions, dict):
        problems.add(("versions",), "must be a mapping of versions")
        return
    for version, entry in reversed(versions.items()):
        path = ("versions", version)
        values = {"version": version, "day": entry.get("date") if isinstance(entry, dict) else None}
        if (dated := problems.read(Dated, values, path)) is not None and not problems.add_all(
            consistency.version_problems("", version, scheme("declared")), path
        ):
            yield dated


def _releases(cycles: list[Cycle], versions: list[Dated]) -> list[Dated]:
    """Return every version its cycle, and every cycle a version; lines by age, then by day.

    A cycle that names a latest version without a day gets none: no other stands in for it.
    """
    named = {cycle.latest: cycle.name for cycle in reversed(cycles) if cycle.latest}
    names = {cycle.name for cycle in cycles}

    def cycle_of(version: str) -> str | None:
        begins, latest_of = longest_prefix(version, names), named.get(version)
        return latest_of if latest_of and latest_of.startswith(begins or "") else begins

    releases = {
        version.version: Dated(version.version, version.day, cycle_of(version.version))
        for version in versions
    }
    for cycle in cycles:
        if cycle.latest and cycle.latest_on and cycle.latest not in releases:
            releases[cycle.latest] = Dated(cycle.latest, cycle.latest_on, cycle_of(cycle.latest))
    filled = {release.cycle for release in releases.values()}
    for cycle in cycles:
        bare = cycle.name not in filled and cycle.name not in releases
        if bare and cycle.latest in (None, cycle.name) and cycle.line.released_on:
            releases[cycle.name] = Dated(cycle.name, cycle.line.released_on, cycle.name)
    # A version of no cycle is mostly older than all of them.
    age = {cycle.name: cycle.line.position or 0 for cycle in cycles}
    return sorted(
        releases.values(), key=lambda release: (age.get(release.cycle or "", 0), release.day)
    )


def _undated(cycles: list[Cycle], dated: Iterable[Dated], file: str) -> Iterator[str]:
    versions = {release.version for release in dated}
    for cycle in cycles:
        if cycle.latest and cycle.latest not in versions:
            yield (
                f"{file}: the latest version of {cycle.name}, {cycle.latest}, has no day"
                " (latestReleaseDate) and is left out."
            )


def _release(dated: Dated, today: date) -> ReleaseIn:
    if dated.day > today:
        return ReleaseIn(version=dated.version, planned_on=dated.day, line=dated.cycle)
    return ReleaseIn(version=dated.version, released_on=dated.day, line=dated.cycle)
