"""What a tier is called where people read it (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lifecycle.documents.word_lists import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

ABBREVIATIONS: Final = frozenset(
    {"elts", "eol", "esm", "esu", "ga", "lts", "oem", "oss", "sla", "vip"}
)
"""Words in names of tiers that people write in capitals."""

_WORD: Final = re.compile(r"[A-Za-z]+")


def tier_label(tier: str) -> str:
    """Write a tier's name as the name of something: as its policy has it, with a capital first.

    Abbreviations that support is often named after are written in capitals.

    >>> [tier_label(tier) for tier in ("enterprise", "lts", "premium-esu", "myTier", "LTS")]
    ['Enterprise', 'LTS', 'Premium-ESU', 'MyTier', 'LTS']
    """
    written = tier_word(tier)
    return written[:1].upper() + written[1:]


def tier_word(tier: str) -> str:
    """Write a tier's name within a sentence that needs no name: without a capital first.

    >>> [tier_word(tier) for tier in ("enterprise", "lts-plus")]
    ['enterprise', 'LTS-plus']
    """
    return _WORD.sub(_capitals, tier)


def name_tiers(tiers: Iterable[str]) -> str:
    """Name tiers in a sentence.

    >>> name_tiers(["pro", "lts"])
    'Pro and LTS'
    """
    return listed([tier_label(tier) for tier in tiers])


def _capitals(word: re.Match[str]) -> str:
    return word[0].upper() if word[0] in ABBREVIATIONS else word[0]
