"""What is wrong with releases, given how their product numbers and groups its versions (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.catalogue import consistency
from lifecycle.catalogue.line_placement import derive
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from lifecycle.catalogue.catalogue_inputs import ReleaseIn
    from lifecycle.catalogue.line_placement import Lines
    from lifecycle.versions import Scheme


def line_mistakes(
    facts: ReleaseIn, version_scheme: Scheme, lines: Lines, path: str = ""
) -> Iterator[Problem]:
    """Yield why a release cannot be in the line it was given."""
    if facts.line is None or lines.by == "declared":
        return
    derived = derive(version_scheme, lines, facts.version, stage=None, stated=None).line
    if derived != facts.line:
        message = f"follows from the version ({derived}) and cannot be given"
        yield Problem(f"{path}line", message, value=facts.line, allowed=derived)


def list_problems(
    facts: Sequence[ReleaseIn], version_scheme: Scheme, lines: Lines, *, today: date, listed: bool
) -> Iterator[Problem]:
    """Yield what is wrong with releases that are to be registered together."""
    if not facts:
        yield Problem("releases", "must name at least one release", value=[])
    places: dict[str, int] = {}
    for place, release in enumerate(facts):
        path = path_of(place, listed=listed)
        mistakes = list(consistency.release_problems(release, version_scheme, path))
        yield from mistakes
        yield from consistency.day_problems(
            release.released_on, release.planned_on, today=today, path=path
        )
        if not mistakes:
            yield from line_mistakes(release, version_scheme, lines, path)
        if release.version in places:
            message = f"is listed twice, first as releases[{places[release.version]}]"
            yield Problem(f"{path}version", message, value=release.version)
        places.setdefault(release.version, place)


def change_problems(
    before: ReleaseIn, after: ReleaseIn, version_scheme: Scheme, lines: Lines, *, today: date
) -> Iterator[Problem]:
    """Yield what is wrong with a release as it would be after a change; of a day, one thing."""
    if before.released_on is not None and after.released_on is None:
        yield Problem("released_on", "cannot be removed; void the release, with a reason")
        return
    unfit = consistency.release_problems(after, version_scheme)
    mistakes = list(_named_by_change(before, after, unfit))
    yield from mistakes
    named = {problem.field for problem in mistakes}
    released = None if after.released_on == before.released_on else after.released_on
    planned = None if after.planned_on == before.planned_on else after.planned_on
    if after.released_on is None or released is not None:
        days = consistency.day_problems(released, planned, today=today)
        yield from (problem for problem in days if problem.field not in named)
    yield from line_mistakes(after, version_scheme, lines)


def _named_by_change(
    before: ReleaseIn, after: ReleaseIn, problems: Iterable[Problem]
) -> Iterator[Problem]:
    """Name the day that was changed where it does not fit one that stays: the withdrawal's."""
    for problem in problems:
        if problem.field == "withdrawn_on" and after.withdrawn_on == before.withdrawn_on:
            day = after.released_on.isoformat() if after.released_on else None
            message = f"must not lie after the withdrawal on {after.withdrawn_on}"
            yield Problem("released_on", message, value=day, allowed=f"up to {after.withdrawn_on}")
        else:
            yield problem


def path_of(place: int, *, listed: bool) -> str:
    """Return what precedes a release's fields in problems: its place, where it is listed."""
    return f"releases[{place}]." if listed else ""
