"""Names that read from right to left, in sentences that do not (pure)."""

from __future__ import annotations

import unicodedata
from typing import Final

_MIXING: Final = frozenset({"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "RLI", "FSI"})
_ISOLATE: Final = "\u2068"
_END_OF_ISOLATE: Final = "\u2069"


def isolated(name: str) -> str:
    r"""Keep a name that reads from right to left from mixing with the text around it.

    >>> isolated("3.35") == "3.35", len(isolated("\u05e9"))
    (True, 3)
    """
    is_mixing = any(unicodedata.bidirectional(character) in _MIXING for character in name)
    return f"{_ISOLATE}{name}{_END_OF_ISOLATE}" if is_mixing else name
