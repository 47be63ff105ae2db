"""What of a catalogue somebody is shown: what is public, or more (pure)."""

from __future__ import annotations

from typing import Final

import msgspec


class Visibility(msgspec.Struct, frozen=True):
    """Which products are shown whole: all, or those that somebody runs or is there for.

    Of any other product what is public is shown; where that is nothing, it is as if there were none
    of that name.
    """

    everything: bool = False
    whole: frozenset[str] = frozenset()

    def shows_whole(self, slug: str) -> bool:
        """Return whether all of a product is shown."""
        return self.everything or slug in self.whole

    def shows(self, slug: str, *, public: bool) -> bool:
        """Return whether anything of a product is shown.

        >>> Visibility(whole=frozenset({"widget"})).shows("widget", public=False)
        True
        >>> PUBLIC.shows("widget", public=False)
        False
        """
        return public or self.shows_whole(slug)


PUBLIC: Final = Visibility()
EVERYTHING: Final = Visibility(everything=True)
