"""Archives: files to which rows go before they leave the store, each batch proven by the log.

A file is appended to during one night, and never again. Each batch is JSON lines, compressed as a
gzip member of its own; the log holds the SHA-256 of its lines. A crash leaves at most one batch
that the log does not list, the last of its file: its rows stayed in the store.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.documents import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

ARCHIVED = "archive.written"
"""The action of the entries that list batches; their subject is the archive's name."""
AT_ONCE = 1024 * 1024
_WITH_HEADER = 31


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One batch as the log lists it; ``sha256`` is of its lines, the first one included."""

    archive: str
    batch: int
    rows: int
    sha256: str


class ArchiveProof(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says of a file: how much of it is proven, and what is wrong.

    ``unlisted`` is the number of rows in a last batch that a crash kept out of the log.
    """

    archive: str
    batches: int
    rows: int
    unlisted: int
    faults: tuple[str, ...]


class Archive:
    """A file of one night, made when its first batch comes."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.path = folder / f"lifecycle-{now:%Y-%m-%d}-{os.urandom(4).hex()}.jsonl.gz"
        self._count = 0

    def add(self, rows: Sequence[Mapping[str, Any]]) -> Batch:
        """Append rows, and return once they are on the disk."""
        name, number = self.path.name, self._count + 1
        header = {"archive": name, "batch": number, "rows": len(rows)}
        lines = msgspec.json.Encoder().encode_lines([header, *rows])
        flags = os.O_WRONLY | os.O_APPEND | (0 if self._count else os.O_CREAT | os.O_EXCL)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(self.path, flags, 0o600), "wb") as file:
            file.write(gzip.compress(lines, mtime=0))
            file.flush()
            os.fsync(file.fileno())
        if not self._count:
            _sync_folder(self.path.parent)
        self._count = number
        digest = hashlib.sha256(lines).hexdigest()
        return Batch(archive=name, batch=number, rows=len(rows), sha256=digest)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def read_batches(path: Path) -> Iterator[Batch | None]:
    """Yield each batch of a file; None for one that is cut short or damaged, with which it ends."""
    with path.open("rb") as file:
        unread = b""
        while unread or (unread := file.read(AT_ONCE)):
            lines, member = bytearray(), zlib.decompressobj(wbits=_WITH_HEADER)
            try:
                lines += member.decompress(unread)
                while not member.eof and (unread := file.read(AT_ONCE)):
                    lines += member.decompress(unread)
            except zlib.error:
                yield None
                return
            if not member.eof:
                yield None
                return
            unread = member.unused_data
            yield _batch(bytes(lines), path)


def _batch(lines: bytes, path: Path) -> Batch:
    first, *rows = lines.splitlines()
    try:
        header = msgspec.json.decode(first, type=_Header)
    except msgspec.DecodeError as error:
        raise UnreadableDocument(f"{path} is not an archive of this service.") from error
    digest = hashlib.sha256(lines).hexdigest()
    return Batch(archive=header.archive, batch=header.batch, rows=len(rows), sha256=digest)


class _Header(msgspec.Struct):
    archive: str
    batch: int


def prove_archive(path: Path, listed: Iterable[Batch]) -> ArchiveProof:
    """Compare a file with the batches that the log lists of all archives."""
    batches = list(read_batches(path))
    name = next((batch.archive for batch in batches if batch), path.name)
    expected = {batch.batch: batch for batch in listed if batch.archive == name}
    faults, proven, unlisted = [], {}, 0
    numbers = [batch.batch if batch else place for place, batch in enumerate(batches, start=1)]
    for number, batch in zip(numbers, batches, strict=True):
        if batch is not None and batch == expected.get(number):
            proven[number] = batch.rows
        elif number == max(numbers) and number not in expected:
            unlisted = batch.rows if batch else 0
        elif batch is None:
            faults.append(f"batch {number} is cut short or damaged")
        else:
            faults.append(f"batch {number} was changed or added after it was written")
    missing = sorted(expected.keys() - set(numbers))
    faults += [f"batch {number} is missing" for number in missing]
    if not batches:
        faults.append("it is empty")
    elif not proven and batches[-1] is None and not faults:
        faults.append("nothing in it can be read")
    return ArchiveProof(
        archive=name,
        batches=len(proven),
        rows=sum(proven.values()),
        unlisted=unlisted,
        faults=tuple(faults),
    )
