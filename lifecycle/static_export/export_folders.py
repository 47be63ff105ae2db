"""The folder of an export: files are written whole, and only what an export wrote is removed."""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lifecycle.errors import Conflict
from lifecycle.static_export.file_names import is_fit

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, TextIO

LIST_NAME: Final = ".lifecycle-export"
"""Names the files that the last export wrote, each after the digest of its contents."""
JOURNAL_NAME: Final = ".lifecycle-export.part"
"""Names what an export has written that has not ended, or was broken off."""
_ADDRESS: Final = "address"
"""Stands in these lists in the place of a digest, before the address of the files."""
_PART: Final = re.compile(r"\.(.+)\.[0-9]+\.part")
"""What a file is called while it is being written."""


class NotAnExport(Conflict):
    """The folder holds files that no export wrote."""


class ExportFolder:
    """The folder, open for one export.

    A file that stands as it should is left alone: its contents are compared, not what a list says
    of them. What an earlier export wrote and this one did not is removed in the end, unless
    somebody has changed it since.
    """

    def __init__(self, path: Path, *, replace: bool = False) -> None:
        """Refuse a folder with other files in it, unless they may be replaced."""
        self.path = path
        self.changed = self.unchanged = self.removed = 0
        self.kept: list[str] = []
        """What an earlier export wrote, and somebody has changed: it stays."""
        self._replace = replace
        self._names: dict[str, str] = {}
        self._folders: set[Path] = set()
        self._folded: dict[str, str] = {}
        self._inside: set[Path] = set()
        self._address: str | None = None
        self._before = self._read_lists()
        self._journal: TextIO | None = None
        if not self._before and not replace and _has_files(path):
            raise NotAnExport(
                f"{path} holds files that no export wrote. Name an empty or a new folder, or add "
                "--replace to write beside them and over those with the same names."
            )

    def publish_at(self, address: str) -> None:
        """Refuse another address than the last export's, unless its files may be replaced."""
        if self._address not in {None, address} and not self._replace:
            raise NotAnExport(
                f"{self.path} was exported for {self._address}, and this export would replace it "
                f"by one for {address}. Name another folder, or add --replace if the files move."
            )
        self._address = address

    def __enter__(self) -> Self:
        """Make the folder, and begin to note what is written."""
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / JOURNAL_NAME).exists():
            self._remove_parts()
        self._journal = (self.path / JOURNAL_NAME).open("a", encoding="utf-8", buffering=1)
        self._journal.writelines(self._address_lines())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep the notes of an export that failed: the next one goes on from them."""
        if self._journal is not None:
            self._journal.close()

    def has_room_for(self, name: str) -> bool:
        """Return whether this export wrote no file of that name, nor one where its folder is.

        Where names that differ in case alone mean one file, the first has it.
        """
        path = Path(name)
        if name in self._names or path in self._folders:
            return False
        if any(parent.as_posix() in self._names for parent in path.parents):
            return False
        holder = self._folded.get(name.casefold())
        return holder is None or not _is_same(self.path / name, self.path / holder)

    def write(self, name: str, content: bytes) -> None:
        """Write a file, unless it stands so already; another's file is refused."""
        path, digest = self.path / name, _digest(content)
        self._refuse_way_out(path.parent)
        self._folders |= set(Path(name).parents)
        self._folded[name.casefold()] = name
        self._names[name] = digest
        if (standing := _read(path)) == content:
            self._note(name, digest)
            self.unchanged += 1
            return
        if standing is not None and name not in self._before and not self._replace:
            raise NotAnExport(
                f"{path} was not written by an export; move it away, or add --replace."
            )
        self._note(name, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, content)
        self.changed += 1

    def finish(self) -> None:
        """Remove what earlier exports wrote and this one did not, and list what there is now."""
        for name, digest in self._before.items():
            if name not in self._names:
                self._remove(name, digest)
        lines = [f"{digest} {name}\n" for name, digest in sorted(self._names.items())]
        content = "".join([*self._address_lines(), *lines]).encode()
        if _read(self.path / LIST_NAME) != content:
            _write_whole(self.path / LIST_NAME, content)
        if self._journal is not None:
            self._journal.close()
        (self.path / JOURNAL_NAME).unlink(missing_ok=True)

    def _remove(self, name: str, digest: str) -> None:
        path = self.path / name
        standing = _read(path)
        if standing is None:
            return
        if _digest(standing) != digest or self._leads_out(path.parent):
            self.kept.append(name)
            return
        path.unlink()
        self.removed += 1
        for folder in path.relative_to(self.path).parents:
            if folder == Path() or any((self.path / folder).iterdir()):
                break
            (self.path / folder).rmdir()

    def _refuse_way_out(self, folder: Path) -> None:
        if folder not in self._inside:
            if self._leads_out(folder):
                raise NotAnExport(
                    f"{folder} is a link that leads out of {self.path}; remove it, so that a "
                    "folder can take its place."
                )
            self._inside.add(folder)

    def _leads_out(self, folder: Path) -> bool:
        return not folder.resolve().is_relative_to(self.path.resolve())

    def _remove_parts(self) -> None:
        """Remove what was being written when an export was broken off."""
        folders = {(self.path / name).parent for name in (*self._before, LIST_NAME)}
        for folder in folders:
            if not folder.is_dir() or self._leads_out(folder):
                continue
            for file in folder.iterdir():
                part = _PART.fullmatch(file.name)
                name = part and (folder / part[1]).relative_to(self.path).as_posix()
                if name in self._before or name == LIST_NAME:
                    file.unlink()

    def _note(self, name: str, digest: str) -> None:
        if self._journal is not None and self._before.get(name) != digest:
            self._journal.write(f"{digest} {name}\n")

    def _address_lines(self) -> list[str]:
        return [f"{_ADDRESS} {self._address}\n"] if self._address else []

    def _read_lists(self) -> dict[str, str]:
        """Return what exports wrote, the last digest of each; and keep their last address."""
        names = {}
        for list_name in (LIST_NAME, JOURNAL_NAME):
            content = _read(self.path / list_name)
            for line in (content or b"").decode("utf-8", "replace").split("\n"):
                digest, _, name = line.partition(" ")
                if digest == _ADDRESS:
                    self._address = name
                elif _stays_inside(name):
                    names[name] = digest
        return names


def _has_files(path: Path) -> bool:
    return path.exists() and any(path.iterdir())


def _stays_inside(name: str) -> bool:
    *folders, file = name.split("/")
    return all(map(is_fit, (*folders, file.rpartition(".")[0] or file)))


def _is_same(path: Path, alike: Path) -> bool:
    try:
        return path.samefile(alike)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=12).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name first, so that nobody ever reads half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
