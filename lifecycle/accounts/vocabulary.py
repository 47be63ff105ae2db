"""The names that accounts may use."""

from __future__ import annotations

import msgspec


class Vocabulary(msgspec.Struct, frozen=True):
    """What accounts may refer to: the products there are, and the tiers that policies name."""

    products: frozenset[str]
    tiers: frozenset[str]
