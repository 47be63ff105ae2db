"""The known versions nearest to one that is not known."""

from __future__ import annotations

from difflib import SequenceMatcher
from heapq import nlargest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN: Final = 3
_COMPARED: Final = 60
_ALIKE: Final = 0.5


def nearest(version: str, known: Sequence[str]) -> list[str]:
    """Give up to three known versions that were probably meant, the likeliest first.

    >>> nearest("3.35.21", ["3.34.2", "3.35.1", "3.35.2", "4.0.0"])
    ['3.35.2', '3.35.1', '3.34.2']
    """
    # Comparing every text would take seconds with 20,000 versions; a wrong version mostly begins
    # right but for a tag's "v", so only the longest common beginnings are compared closely.
    bare = version.removeprefix("v")
    close = nlargest(
        _COMPARED,
        known,
        key=lambda each: (_common(bare, each), -abs(len(each) - len(bare))),
    )
    likeness = {each: SequenceMatcher(None, bare, each, autojunk=False).ratio() for each in close}
    alike = (each for each in likeness if likeness[each] >= _ALIKE)
    return nlargest(_SHOWN, alike, key=likeness.__getitem__)


def _common(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
