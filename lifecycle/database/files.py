"""The SQLite file a process has open, and whether it is still the one of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path


class Moved(Unavailable):
    """The store's file was deleted or replaced while in use; nothing was changed."""


class OpenedFile:
    """A SQLite file that must stay where it was found.

    A process that has it open could go on in a deleted one and never know: whatever it was told
    would be gone when it ends.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._found: tuple[int, int] | None = None

    def check(self) -> None:
        """Refuse to go on once another file, or none, has its name; until then, note which has."""
        if self._path is None:
            return
        try:
            status = self._path.stat()
        except OSError:
            status = None
        now = (status.st_dev, status.st_ino) if status else None
        if self._found is None:
            self._found = now
        elif now != self._found:
            change = "replaced" if now else "deleted"
            raise Moved(
                f"The store's file {self._path} was {change} while in use; nothing was changed. "
                "Put that file back; or stop the service, and let `lifecycle db restore` bring in "
                "another, since SQLite would mix what it has not yet written to the file with it."
            )
