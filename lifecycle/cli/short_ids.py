"""Short ids: the first letters of an id suffice where no other begins with them."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from lifecycle.cli import account_reads, reads
from lifecycle.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN = 8
FEWEST = 6
BEGINNING = re.compile(r"[0-9a-f-]{1,35}")
MOST_NAMED = 5


def deprecation(server: str | None, text: str) -> str:
    """Return the id of the one deprecation that begins so; anything else is returned as it is."""
    if not _is_beginning(text, "deprecation"):
        return text
    listed = reads.deprecations(server, begins=text.lower()).items
    return _whole(text, [(row["id"], f"{row['kind']}, {row['product']}") for row in listed])


def notice(server: str | None, account: str, text: str) -> str:
    """Return the id of the one notice of an account that begins so."""
    if not _is_beginning(text, "notice"):
        return text
    listed = account_reads.notices(server, account).items
    return _whole(text, [(row["id"], f"{row['milestone']}, {row['product']}") for row in listed])


def subscription(server: str | None, account: str, text: str) -> str:
    """Return the id of the one subscription of an account that begins so."""
    if not _is_beginning(text, "subscription"):
        return text
    listed = reads.subscriptions(server, account).items
    return _whole(text, [(row["id"], f"{row['channel']} {row['address']}") for row in listed])


def waiver(server: str | None, text: str) -> str:
    """Return the id of the one waiver that begins so."""
    if not _is_beginning(text, "waiver"):
        return text
    listed = reads.waivers(server, None).items
    return _whole(text, [(row["id"], f"{row['product']}, {row['person']}") for row in listed])


def shorten(ids: Sequence[str]) -> list[str]:
    """Return the beginnings by which ids are shown: of eight letters, or more where two share them.

    >>> shorten(["e3b8f27a-64b7", "e3b8f27a-99c1", "0a1b2c3d-64b7"])
    ['e3b8f27a-6', 'e3b8f27a-9', '0a1b2c3d']
    """
    ordered = sorted(set(ids))
    lengths = dict.fromkeys(ordered, SHOWN)
    for uid, following in pairwise(ordered):
        shared = takewhile(
            lambda letters: letters[0] == letters[1], zip(uid, following, strict=False)
        )
        apart = sum(1 for _ in shared) + 1
        lengths[uid] = max(lengths[uid], apart)
        lengths[following] = max(SHOWN, apart)
    return [uid[: lengths[uid]] for uid in ids]


def _is_beginning(text: str, noun: str) -> bool:
    """Say whether only the beginning of an id is given; refuse one that is too short."""
    if BEGINNING.fullmatch(text.lower()) is None:
        return False
    if len(text) < FEWEST:
        raise NotFound(
            f"There is no {noun} {text!r}: of an id, at least the first six letters are needed."
        )
    return True


def _whole(text: str, candidates: Iterable[tuple[str, str]]) -> str:
    matching = [(uid, about) for uid, about in candidates if uid.startswith(text.lower())]
    if len(matching) > 1:
        shown = shorten([uid for uid, _ in matching])[:MOST_NAMED]
        named = [f"{uid} ({about})" for uid, (_, about) in zip(shown, matching, strict=False)]
        more = f" and {len(matching) - MOST_NAMED} more" if len(matching) > MOST_NAMED else ""
        raise BadRequest(
            f"Several ids begin with {text!r}: {', '.join(named)}{more}. Give more of the one."
        )
    return matching[0][0] if matching else text
