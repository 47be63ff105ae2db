"""The releases of the demo vendor: a real vendor's cadence, laid back from a given day.

Days hang on the day given and versions do not, so that what is newest is always 3.39.1.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue.catalogue_inputs import ReleaseIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = "clairdash"
MINORS = [(2, minor) for minor in range(28, 34)] + [(3, minor) for minor in range(40)]
NEXT = (3, 40)
LTS = (2, 33)
PATCHES = {(3, 39): 1, (3, 35): 9}
WITHDRAWN = "3.37.2"
RESTORED = "3.31.1"

NEWEST_OPENED = 18
NEXT_AHEAD = 9
SECURITY_EVERY = 45
SECURITY_LAST = 11
SUPPORTED_LINES = 5
PRERELEASES = (("alpha.0", 12), ("beta.0", 10), ("rc.0", 3))


class Opened(msgspec.Struct, frozen=True):
    """A minor line and the days on which it gets its first and its next line its first release."""

    major: int
    minor: int
    first: date
    next: date

    @property
    def name(self) -> str:
        """The line's name, such as 3.35."""
        return f"{self.major}.{self.minor}"

    @property
    def key(self) -> tuple[int, int]:
        """The line by its numbers."""
        return self.major, self.minor


def releases(today: date) -> tuple[ReleaseIn, ...]:
    """Return every release up to a day, and the one planned after it, in order of their days."""
    rng = Random(SEED)  # noqa: S311 -- the demo is to look alike every time, not to keep a secret
    lines = opened(rng, today)
    published = [release for line in lines for release in _of_line(rng, line, lines, today)]
    published += _ahead(today)
    return tuple(sorted(published, key=_day))


def opened(rng: Random, today: date) -> list[Opened]:
    """Lay the minor lines back from a day, about three weeks apart, the oldest first."""
    following, first = today + timedelta(NEXT_AHEAD), today - timedelta(NEWEST_OPENED)
    lines = []
    for major, minor in reversed(MINORS):
        lines.append(Opened(major, minor, first, following))
        following, first = first, first - timedelta(rng.randint(18, 24))
    return lines[::-1]


def _of_line(
    rng: Random, line: Opened, lines: Sequence[Opened], today: date
) -> Iterator[ReleaseIn]:
    """Yield a line's prereleases, its first release, its patches and its backports."""
    for suffix, before in PRERELEASES:
        yield _published(f"{line.name}.0-{suffix}", line.first - timedelta(before))
    fixes = _backports(line, lines, today)
    patch_count = PATCHES.get(line.key, rng.randint(6, 11))
    days = sorted([*_patches(rng, line, max(0, patch_count - len(fixes))), *fixes])
    for patch, day in enumerate([line.first, *days]):
        yield _published(f"{line.name}.{patch}", day)


def _patches(rng: Random, line: Opened, count: int) -> list[date]:
    """Spread patches over the time in which the line is the newest, never two a day."""
    span = (line.next - line.first).days - 1
    return [line.first + timedelta(n) for n in sorted(rng.sample(range(1, span), min(count, 12)))]


def _backports(line: Opened, lines: Sequence[Opened], today: date) -> list[date]:
    """Return the days on which the line gets a security fix: while it is supported, or for long."""
    place = list(lines).index(line)
    after = lines[place + SUPPORTED_LINES :]
    until = after[0].first if after and line.key != LTS else today
    day, days = today - timedelta(SECURITY_LAST), []
    while day > line.first:
        if day <= until:
            days.append(day)
        day -= timedelta(SECURITY_EVERY)
    if line.key == (3, 33):
        days.append(today - timedelta(6))  # a courtesy to one customer, long after newer minors
    return days


def _ahead(today: date) -> Iterator[ReleaseIn]:
    """Yield what is coming: the next minor with its prereleases so far, and the next major's."""
    name, day = f"{NEXT[0]}.{NEXT[1]}.0", today + timedelta(NEXT_AHEAD)
    for suffix, before in PRERELEASES:
        if day - timedelta(before) < today:
            yield _published(f"{name}-{suffix}", day - timedelta(before))
    yield ReleaseIn(version=name, planned_on=day)
    yield _published("4.0.0-alpha.0", today - timedelta(40))
    yield _published("4.0.0-alpha.1", today - timedelta(12))


def _published(version: str, day: date) -> ReleaseIn:
    return ReleaseIn(
        version=version,
        released_on=day,
        withdrawn_on=day + timedelta(1) if version in (WITHDRAWN, RESTORED) else None,
        restored_on=day + timedelta(4) if version == RESTORED else None,
        notes_url=f"https://clairdash.example/releases/{version}",
    )


def _day(release: ReleaseIn) -> date:
    day = release.released_on or release.planned_on
    assert day is not None  # noqa: S101 -- each is made above, with one of the two
    return day
