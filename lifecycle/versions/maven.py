"""Maven's versions, ordered as Maven orders them since 3.9 (its ``ComparableVersion``).

``univers`` follows an earlier Maven, which put ``1.0.0.SP1`` above ``1.0.0-SP2`` and read
``1.0-RELEASE`` as another version than ``1.0``.
"""

from __future__ import annotations

import re
from functools import cmp_to_key
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from lifecycle.versions.native import units
from lifecycle.versions.schemes import Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUALIFIERS: Final = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_RELEASE: Final = _QUALIFIERS.index("")
_UNKNOWN: Final = len(_QUALIFIERS)
_ALIASES: Final = {"cr": "rc", "ga": "", "final": "", "release": ""}
_BEFORE_DIGITS: Final = {"a": "alpha", "b": "beta", "m": "milestone"}

# A word and the number after it, a dash between them or none, are one item.
_TOKEN: Final = re.compile(
    "(?P<word>[^0-9.-]+)(?:-?(?P<counted>[0-9]+))?|(?P<number>[0-9]+)|(?P<separator>[.-])"
)


class _Word(NamedTuple):
    """A qualifier by its place among those that Maven knows; others follow, by their letters."""

    place: int
    text: str
    counted: int
    """The number after it, or -1."""


_Item: TypeAlias = "int | _Word | list[_Item]"


def maven(version: str) -> Parsed:
    """Read a Maven version; the qualifiers that order below a release make a prerelease.

    >>> maven("1.0.0.SP1").key < maven("1.0.0-SP2").key
    True
    >>> maven("1.0.RELEASE").key == maven("1").key
    True
    """
    items = _items(version.lower())
    early = any(word.place < _RELEASE for word in _words(items))
    numbers = list(takewhile(lambda item: isinstance(item, int), items))
    named = None
    if numbers:
        major, minor, patch = (*numbers, 0, 0)[:3]
        named = units(major, minor, patch)  # type: ignore[arg-type]
    return Parsed(cmp_to_key(_compare)(items), early, named)


def _items(version: str) -> list[_Item]:
    """Take a version apart; a dash, and a change between digits and letters, nest what follows."""
    levels: list[list[_Item]] = [[]]
    before = "separator"
    for token in _TOKEN.finditer(version):
        kind = "word" if token["word"] else "number" if token["number"] else "separator"
        if kind == "separator":
            if before == "separator":
                levels[-1].append(0)
            if token["separator"] == "-":
                _nest(levels)
        elif kind == "number":
            levels[-1].append(int(token["number"]))
        else:
            ends = token["counted"] or token.end() == len(version)
            if levels[-1] and (ends or before == "number"):
                _nest(levels)
            levels[-1].append(_word(token["word"], token["counted"]))
        before = "number" if token["counted"] else kind
    for level in reversed(levels):
        _trim(level)
    return levels[0]


def _nest(levels: list[list[_Item]]) -> None:
    inner: list[_Item] = []
    levels[-1].append(inner)
    levels.append(inner)


def _word(text: str, counted: str | None) -> _Word:
    if counted is not None:
        text = _BEFORE_DIGITS.get(text, text)
    text = _ALIASES.get(text, text)
    place = _QUALIFIERS.index(text) if text in _QUALIFIERS else _UNKNOWN
    return _Word(place, text, -1 if counted is None else int(counted))


def _trim(items: list[_Item]) -> None:
    """Drop the zeros and empty lists at the end, and those before a qualifier."""
    for place in range(len(items) - 1, -1, -1):
        following = items[place + 1 : place + 2]
        if items[place] in (0, []) and (not following or _begins_with_word(following[0])):
            del items[place]


def _begins_with_word(item: _Item) -> bool:
    if isinstance(item, list):
        return isinstance(item[0], _Word)
    return isinstance(item, _Word) and item.counted < 0


def _words(items: list[_Item]) -> Iterator[_Word]:
    for item in items:
        if isinstance(item, _Word):
            yield item
        elif isinstance(item, list):
            yield from _words(item)


def _compare(first: _Item | None, second: _Item | None) -> int:
    """Return which of two items is higher, as a sign; a missing one counts as a plain release."""
    if first is None or second is None:
        present = first if second is None else second
        sign = 0 if present is None else _above_release(present)
        return sign if second is None else -sign
    if isinstance(first, list) and isinstance(second, list):
        return next((sign for pair in zip_longest(first, second) if (sign := _compare(*pair))), 0)
    if type(first) is type(second):
        return (first > second) - (first < second)  # type: ignore[operator]
    return _kind(first) - _kind(second)


def _above_release(item: _Item) -> int:
    if isinstance(item, list):
        return next(filter(None, map(_above_release, item)), 0)
    if isinstance(item, int):
        return min(item, 1)
    return item.place - _RELEASE


def _kind(item: _Item) -> int:
    """Words come before lists, and these before numbers."""
    return 0 if isinstance(item, _Word) else 1 if isinstance(item, list) else 2
