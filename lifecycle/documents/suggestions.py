"""Suggestions: which known word may be meant by one that is not known."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST = 200
"""Comparing longer words would take long, and they are no misspellings."""


def nearest_words(
    word: str, words: Iterable[str], *, most: int = 1, likeness: float = 0.6
) -> list[str]:
    """Return the known words that are written much like one, the likeliest first.

    Upper and lower case count as the same.

    >>> nearest_words("europe/berln", ["Europe/Berlin", "Europe/Paris"])
    ['Europe/Berlin']
    """
    spelled = {candidate.lower(): candidate for candidate in words}
    near = get_close_matches(word[:LONGEST].lower(), spelled, most, likeness)
    return [spelled[candidate] for candidate in near]


def did_you_mean(words: Sequence[str]) -> str:
    """Suggest words at the end of a sentence; nothing for none.

    >>> did_you_mean(["pro", "enterprise"])
    '; did you mean `pro` or `enterprise`?'
    """
    return f"; did you mean {' or '.join(f'`{word}`' for word in words)}?" if words else ""


def suggest(word: str, words: Iterable[str]) -> str:
    """Suggest the known word that is meant, at the end of a sentence, if one is near.

    >>> suggest("enterprize", ["pro", "enterprise"])
    '; did you mean `enterprise`?'
    """
    return did_you_mean(nearest_words(word, words))
