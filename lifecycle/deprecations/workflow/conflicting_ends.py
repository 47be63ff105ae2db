"""What stands already: ends of support announced for the same lines and tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations.announced import ends_support
from lifecycle.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn


class EndAnnouncedAlready(Conflict):
    """Another deprecation ends the support of the same line for the same tier."""


def refuse_second_end(
    loaded: Loaded, content: DeprecationIn, tiers: Iterable[str], *, uid: str
) -> None:
    """Refuse to announce a second end for a line and tier: the one that stands can be amended."""
    if not ends_support(content) or content.lines is None:
        return
    for end in loaded.facts.ends:
        lines = sorted((end.lines or frozenset()) & set(content.lines))
        shared_tiers = [tier for tier in tiers if tier in end.days]
        if end.uid != uid and lines and shared_tiers:
            raise EndAnnouncedAlready(
                f"The end of support of {' and '.join(lines)} for {' and '.join(shared_tiers)} is"
                f" announced already, by deprecation {end.uid}; amend that one.",
                deprecation=end.uid,
            )
