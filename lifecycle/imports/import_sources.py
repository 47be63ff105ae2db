"""What an import reads, where it is read (at once, or beside an event loop), and its outcome."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from lifecycle.answers.runners import Runner
from lifecycle.catalogue.import_outcomes import Report
from lifecycle.errors import LifecycleError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

    from sqlalchemy.ext.asyncio import AsyncSession

Read = TypeVar("Read")


class TooManyEntries(LifecycleError):  # noqa: N818 -- named as all refusals are
    """The list has too many entries; send it in parts."""

    status_code = 413


class Outcome(msgspec.Struct):
    """What became of an import: a report a product, and what was left out, with its place.

    ``notes`` are for people to see to.
    """

    reports: list[Report] = []
    problems: list[Problem] = []
    notes: list[str] = []


class Keep(Protocol):
    """Called in the transaction that takes a file in, with what became of it."""

    async def __call__(self, session: AsyncSession, outcome: Outcome, /) -> None:
        """Keep it."""
        ...


async def keep_nothing(_session: AsyncSession, _outcome: Outcome) -> None:
    """Keep nothing of what became of a file."""


class Source(msgspec.Struct, frozen=True):
    """A file by its name, and what it holds.

    It is read by a ``runner`` where there is one, and may have at ``most`` so many entries. What
    became of it is for ``keep``.
    """

    name: str
    content: bytes
    runner: Runner | None = None
    most: int | None = None
    keep: Keep = keep_nothing

    async def read(self, parse: Callable[[], Read]) -> Read:
        """Return what a call reads of it."""
        return parse() if self.runner is None else await self.runner(parse)

    def check_length(self, entries: Sized) -> None:
        """Refuse more entries than are taken at once."""
        count = len(entries)
        if self.most is not None and count > self.most:
            raise TooManyEntries(
                f"{self.name} has {count:,} entries, and at most {self.most:,} are taken at once; "
                "send it in parts.",
                problems=[Problem("", f"has {count:,} entries", allowed=f"{self.most:,}")],
            )


class Begin(Protocol):
    """Called with the name of each thing as it is begun."""

    def __call__(self, name: str, count: int | None = None, total: int | None = None, /) -> None:
        """Show the name, how many are done, and of how many, where that is known only now."""
        ...


class Progress(Protocol):
    """Shows how far something is, of so many things."""

    def __call__(self, total: int, /) -> AbstractContextManager[Begin]:
        """Return what is called with each thing."""
        ...


@contextmanager
def unseen(_total: int) -> Iterator[Begin]:
    """Show nothing."""
    yield lambda _name, _count=None, _total=None: None


def placed(file: str, problem: Problem) -> Problem:
    """Return a problem with the name of the file in which it is."""
    return problem.at(f"{file}, {problem.field}")
