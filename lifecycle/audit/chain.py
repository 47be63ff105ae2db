"""The chain: every entry's hash covers the one before it, so nothing changes unseen (pure)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

START = "0" * 64
"""What the first entry has in place of a previous hash."""


class By(msgspec.Struct, frozen=True):
    """Who does something, and when: ``token:3 release-bot``, ``cli:root``, ``system``."""

    actor: str
    at: datetime


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change of state; ``product`` is the slug of the product it concerns, if any.

    Of one that is ``erased`` the hash is of what it said before an account was erased.
    """

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    product: str | None
    details: dict[str, Any]
    previous: str
    hash: str
    erased: bool = False


class Seal(msgspec.Struct, frozen=True):
    """An entry of the audit log, by which anyone can check later that it was not rewritten."""

    seq: int
    hash: str


def hash_of(entry: Entry) -> str:
    """Hash all of an entry but its hash, as JSON with sorted keys and the moment in UTC.

    >>> entry = Entry(1, datetime(2026, 1, 1, tzinfo=UTC), "cli", "product.added", "x", "x", {},
    ...               START, "")
    >>> hash_of(entry)[:8]
    '4c21eeb4'
    """
    content = {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "product": entry.product,
        "details": entry.details,
        "previous": entry.previous,
    }
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def link(entry: Entry, *, seq: int, previous: str) -> Entry:
    """Put an entry at its place in the chain."""
    placed = msgspec.structs.replace(entry, seq=seq, previous=previous)
    return msgspec.structs.replace(placed, hash=hash_of(placed))


def first_break(
    entries: Iterable[Entry], *, seq: int, previous: str, erasable: Container[int] = ()
) -> tuple[int, str] | None:
    """Find the first entry that does not follow ``(seq, previous)``: its number, what is wrong.

    Only those that are ``erasable``, since an erasure lists them, may have been erased.
    """
    for entry in entries:
        if entry.seq != seq + 1:
            return seq + 1, f"entry {seq + 1} is missing"
        if entry.previous != previous:
            return entry.seq, f"entry {entry.seq} does not follow the entry before it"
        if entry.erased and entry.seq not in erasable:
            return entry.seq, f"entry {entry.seq} was erased, and no erasure says so"
        if not entry.erased and hash_of(entry) != entry.hash:
            return entry.seq, f"entry {entry.seq} was changed after it was written"
        seq, previous = entry.seq, entry.hash
    return None
