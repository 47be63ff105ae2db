"""Plain lists of releases: versions and their days, as JSON, YAML or CSV.

An entry has ``version`` and ``day`` (or ``released_on``, or ``released_at`` for an instant, which
becomes a day in the policy's zone), and may have ``planned_on``, ``stage``, ``line``,
``withdrawn_on``, ``restored_on`` and ``notes_url``; what else it has is passed over. In JSON and
YAML a mapping of versions to days will do.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue import checks
from lifecycle.catalogue.facts import ReleaseIn
from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.tables import Row, Table, read_table
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lifecycle.errors import Problem
    from lifecycle.interchange.problems import Problems

_DAYS: Final = ("day", "released_on", "released_at", "date")
_OTHERS: Final = ("planned_on", "stage", "line", "withdrawn_on", "restored_on", "notes_url")
_FORM: Final = "a day as YYYY-MM-DD, or an instant with its offset from UTC"


def parse_releases(
    text: str | bytes, *, file: str, zone: ZoneInfo, today: date
) -> tuple[list[ReleaseIn], list[Problem]]:
    """Read the releases in the order given; a day after ``today`` makes a plan.

    An entry that is broken, or gives a version again, becomes a problem.
    """
    table = read_table(text, file=file, wrapper="releases")
    if table.columns and ("version" not in table.columns or not {*table.columns} & {*_DAYS}):
        raise UnreadableDocument(f"{file}: the header must name the columns version and day.")
    read: dict[str, ReleaseIn] = {}
    for row in _rows(table, file):
        release = _release(row, table.problems, zone=zone, today=today)
        if release is None:
            continue
        if release.version in read:
            table.problems.add(
                (*row.path, "version"),
                "is given twice; keep one",
                value=release.version,
                line=row.line,
            )
            continue
        read[release.version] = release
    return list(read.values()), table.problems.found


def _rows(table: Table, file: str) -> list[Row]:
    if isinstance(table.value, dict):
        return [
            Row(_entry(version, said), (*table.path, version))
            for version, said in table.value.items()
        ]
    if table.value is not None:
        raise UnreadableDocument(
            f"{file}: give a list of releases, or a mapping of versions to days."
        )
    return table.rows


def _entry(version: str, said: Any) -> dict[str, Any]:
    return {"version": version, **(said if isinstance(said, dict) else {"day": said})}


def _release(row: Row, problems: Problems, *, zone: ZoneInfo, today: date) -> ReleaseIn | None:
    path, line = row.path, row.line
    given = next((name for name in _DAYS if row.values.get(name) is not None), None)
    values = {name: row.values[name] for name in _OTHERS if row.values.get(name) is not None}
    values["version"] = row.values.get("version")
    if given:
        day = _day(row.values[given], zone)
        if day is None:
            problems.add((*path, given), f"must be {_FORM}", value=row.values[given], line=line)
            return None
        values["planned_on" if day > today else "released_on"] = day
    release = problems.read(ReleaseIn, values, path, line=line)
    declared = scheme("declared")
    if release is None or problems.add_all(
        checks.release_problems(release, declared), path, line=line
    ):
        return None
    return release


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
