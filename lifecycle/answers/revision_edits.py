"""What one revision of a deprecation changed: whose day it moved, and what else (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations.notices import wording
from lifecycle.documents.markdown_texts import write_plainly
from lifecycle.documents.word_lists import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.public_histories import PublicRevision


class Move(msgspec.Struct, frozen=True):
    """A tier's effective day before and after; None where the change does not concern the tier."""

    tier: str
    before: date | None
    after: date | None


class Edit(msgspec.Struct, frozen=True):
    """A part of an announcement before and after; empty where there was nothing.

    Of Markdown, these are the words and the addresses.
    """

    part: str
    before: str
    after: str


def moves_between(before: PublicRevision | None, after: PublicRevision) -> tuple[Move, ...]:
    """Return the tiers whose day differs, in the order of the tiers; all of them at first."""
    old_days = before.days if before else {}
    moves = (
        Move(tier, old_days.get(tier), after.days.get(tier))
        for tier in dict.fromkeys([*old_days, *after.days])
    )
    return tuple(move for move in moves if move.before != move.after)


def edits_between(before: PublicRevision | None, after: PublicRevision) -> tuple[Edit, ...]:
    """Return what else a revision changed; nothing of the first, which says all for once."""
    if before is None:
        return ()
    pairs = zip(_parts(before.content), _parts(after.content), strict=True)
    return tuple(Edit(part, old, new) for (part, old), (_, new) in pairs if old != new)


def _parts(content: DeprecationIn) -> Iterator[tuple[str, str]]:
    yield "Lines", listed(content.lines) if content.lines else ""
    yield "Versions", wording.versions(content.range) if content.range else ""
    yield "What to do", write_plainly(content.migration or "")
    yield "Replacement", write_plainly(content.replacement or "")
    links = (f"{link.title}: {link.url}" if link.title else link.url for link in content.links)
    yield "Links", "\n".join(links)
