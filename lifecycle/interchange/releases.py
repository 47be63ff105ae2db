"""Plain lists of releases: versions and their days, as JSON, YAML or CSV.

An entry has ``version`` and ``day`` (or ``released_on``, or ``released_at`` for an instant, which
becomes a day in the policy's zone), and may have ``planned_on``, ``stage``, ``line``,
``withdrawn_on``, ``restored_on`` and ``notes_url``. Of these, a column that is missing leaves what
is known as it is; an empty cell, or ``null``, clears it. In JSON and YAML a mapping of versions to
days will do, and so will the releases as GitHub's and GitLab's APIs list them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue import consistency
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.documents import UnreadableDocument
from lifecycle.errors import Problem
from lifecycle.interchange.forge_releases import forge_entry, is_forge_entry
from lifecycle.interchange.tables import Row, Table, describe_empty, note_unread, read_table
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from lifecycle.interchange.row_problems import Problems

SHOWN: Final = 5
_DAYS: Final = ("day", "released_on", "released_at", "date")
_OTHERS: Final = ("planned_on", "stage", "line", "withdrawn_on", "restored_on", "notes_url")
COLUMNS: Final = ("version", *_DAYS, *_OTHERS)
_FORM: Final = "a day as YYYY-MM-DD, or an instant with its offset from UTC"


class ReleaseList(msgspec.Struct):
    """What a list says: releases in its order, and by version the fields that it clears.

    ``problems`` name what was left out for a mistake, ``notes`` what was passed over without one.
    ``mentioned`` are the versions of all entries, those left out included. ``lines`` are those of
    the versions in a table.
    """

    releases: list[ReleaseIn] = []
    cleared: dict[str, frozenset[str]] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    mentioned: set[str] = set()
    lines: dict[str, int] = {}

    def on_line(self, problem: Problem) -> Problem:
        """Return a problem of one of the releases, found later, at its line in the table."""
        version, _, field = problem.field.removeprefix("releases[").rpartition("].")
        line = self.lines.get(version)
        return problem.at(f"line {line}, {field}") if line else problem


def parse_releases(
    text: str | bytes, *, file: str, zone: ZoneInfo, today: date, prefix: str = ""
) -> ReleaseList:
    """Read the releases in the order given; a day after ``today`` makes a plan.

    An entry that is broken, or gives a version again, becomes a problem. Where a ``prefix`` is
    given, only what begins with it is read, without it; drafts of a forge are passed over.
    """
    table = read_table(text, file=file, wrapper="releases")
    dated = {*_DAYS, "planned_on"}
    if table.columns and ("version" not in table.columns or dated.isdisjoint(table.columns)):
        unread = note_unread(table, (), COLUMNS, file)
        hints = [f" {note.removeprefix(f'{file}: ')}" for note in unread]
        raise UnreadableDocument(
            f"{file}: the header must name the columns version and day (or planned_on)."
            f"{''.join(hints)}"
        )
    problems, read = table.problems, ReleaseList()
    rows = list(_published(_rows(table, file), file, read.notes))
    if not (rows or read.notes or problems.found):
        read.notes.append(describe_empty(file))
    read.notes += note_unread(table, rows, COLUMNS, file)
    versions: set[str] = set()
    for row in _prefixed(rows, prefix, file, read.notes):
        read.mentioned.add(str(row.values.get("version")))
        release = _release(row, problems, zone=zone, today=today)
        if release is None:
            continue
        if release.version in versions:
            message, place = "is given twice; keep one", (*row.path, "version")
            problems.add(place, message, value=release.version, line=row.line)
            continue
        versions.add(release.version)
        read.releases.append(release)
        if row.line is not None:
            read.lines[release.version] = row.line
        if cleared := _cleared(row, release):
            read.cleared[release.version] = cleared
    read.problems = problems.found
    return read


def _published(rows: Iterable[Row], file: str, notes: list[str]) -> Iterator[Row]:
    """Yield the rows, those of a forge in our words; what a forge has not published is named."""
    drafts = []
    for row in rows:
        if not is_forge_entry(row.values):
            yield row
        elif (values := forge_entry(row.values)) is None:
            drafts.append(str(row.values.get("tag_name") or row.values.get("tagName")))
        else:
            yield Row(values, row.path, row.line)
    if drafts:
        notes.append(f"{file}: drafts are not published and left out: {_some(drafts)}.")


def _prefixed(rows: Iterable[Row], prefix: str, file: str, notes: list[str]) -> Iterator[Row]:
    unprefixed = []
    for row in rows:
        version = row.values.get("version")
        if not prefix or not isinstance(version, str):
            yield row
        elif version.startswith(prefix):
            yield Row(row.values | {"version": version[len(prefix) :]}, row.path, row.line)
        else:
            unprefixed.append(version)
    if unprefixed:
        notes.append(
            f"{file}: does not begin with {prefix!r} and is left out: {_some(unprefixed)}."
        )


def _cleared(row: Row, release: ReleaseIn) -> frozenset[str]:
    return frozenset(
        name
        for name in _OTHERS
        if name in row.values and row.values[name] in (None, "") and getattr(release, name) is None
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{', '.join(name[:100] for name in names[:SHOWN])}{more}"


def _rows(table: Table, file: str) -> list[Row]:
    if isinstance(table.value, dict) and is_forge_entry(table.value):
        return [Row(table.value, table.path)]
    if isinstance(table.value, dict):
        return [
            Row(_entry(version, fields), (*table.path, version))
            for version, fields in table.value.items()
        ]
    if table.value is not None:
        raise UnreadableDocument(
            f"{file}: give a list of releases, or a mapping of versions to days."
        )
    return table.rows


def _entry(version: str, fields: Any) -> dict[str, Any]:
    return {"version": version, **(fields if isinstance(fields, dict) else {"day": fields})}


def _release(row: Row, problems: Problems, *, zone: ZoneInfo, today: date) -> ReleaseIn | None:
    path, line = row.path, row.line
    if row.values.get("version") in (None, ""):
        problems.add((*path, "version"), "is missing", line=line)
        return None
    day_field = next((name for name in _DAYS if row.values.get(name) is not None), None)
    values = {name: row.values[name] for name in _OTHERS if row.values.get(name) not in (None, "")}
    values["version"] = row.values.get("version")
    if day_field:
        day = _day(row.values[day_field], zone)
        if day is None:
            problems.add(
                (*path, day_field), f"must be {_FORM}", value=row.values[day_field], line=line
            )
            return None
        values["planned_on" if day > today else "released_on"] = day
    release = problems.read(ReleaseIn, values, path, line=line)
    if release is None or problems.add_all(_unfit(release, row), path, line=line):
        return None
    return release


def _unfit(release: ReleaseIn, row: Row) -> Iterator[Problem]:
    """Yield what is wrong with a release; a missing day by the name that the row has for it."""
    dated = release.released_on or release.planned_on
    for problem in consistency.release_problems(release, scheme("declared")):
        if problem.field == "released_on" and dated is None:
            yield problem.at(next((name for name in _DAYS if name in row.values), "day"))
        else:
            yield problem


def _day(value: Any, zone: ZoneInfo) -> date | None:
    if isinstance(value, date) or not isinstance(value, str):
        return value if isinstance(value, date) else None
    try:
        if len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return local_day(instant, zone) if instant.tzinfo else None
