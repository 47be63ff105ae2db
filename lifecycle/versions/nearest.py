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


def nearest(version: str, versions: Sequence[str]) -> list[str]:
    """Give up to three known versions that were probably meant, the likeliest first.

    >>> nearest("3.35.21", ["3.34.2", "3.35.1", "3.35.2", "4.0.0"])
    ['3.35.2', '3.35.1', '3.34.2']
    """
    # Comparing every text would take seconds with 20,000 versions; a wrong version mostly begins
    # right but for a tag's "v", so only the longest common beginnings are compared closely.
    bare = version.removeprefix("v")
    close = nlargest(
        _COMPARED,
        versions,
        key=lambda candidate: (_common(bare, candidate), -abs(len(candidate) - len(bare))),
    )
    likeness = {
        candidate: SequenceMatcher(None, bare, candidate, autojunk=False).ratio()
        for candidate in close
    }
    alike = (candidate for candidate in likeness if likeness[candidate] >= _ALIKE)
    return nlargest(_SHOWN, alike, key=likeness.__getitem__)


def _common(first: str, second: str) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))
