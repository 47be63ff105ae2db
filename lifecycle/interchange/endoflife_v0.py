"""endoflife.date's API v0: cycles as they stand in its files, support and extended support turned.

``support: true`` is support that goes on, where ``eoas: true`` is support that is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from lifecycle.interchange import endoflife_cycles as cycles
from lifecycle.interchange.endoflife_cycles import Pair

if TYPE_CHECKING:
    from lifecycle.interchange.endoflife_cycles import Cycle, CycledProduct
    from lifecycle.support.facts import DeclaredDay


def write_product(product: CycledProduct) -> list[dict[str, Any]]:
    """Return all cycles of a product, newest first, each with its name."""
    return [{"cycle": cycle.name, **write_cycle(product, cycle)} for cycle in product.cycles]


def write_cycle(product: CycledProduct, cycle: Cycle) -> dict[str, Any]:
    """Return a cycle without its name; what is not known of it is left out."""
    shown, ends = cycle.presentation, cycle.ends
    values: dict[str, Any] = {
        "releaseDate": cycle.released_on,
        "eol": ends.get(Pair.EOL, False),
        "latest": cycle.latest,
        "latestReleaseDate": cycle.latest_on,
        "codename": cycle.codename,
        "releaseLabel": shown.label,
        "discontinued": ends.get(Pair.DISCONTINUED),
        "support": _turned(ends.get(Pair.EOAS)),
    }
    if Pair.EOES in product.pairs:
        values["extendedSupport"] = _turned(ends.get(Pair.EOES, True))
    values = {name: value for name, value in values.items() if value is not None}
    values["lts"] = cycle.lts
    if shown.notes_url is not UNSET or cycle.notes_url:
        values["link"] = cycles.link(product, cycle)
    unsaid = {cycles.unsaid_name(pair): why for pair, why in cycle.unsaid.items()}
    return unsaid | shown.custom | values


def _turned(end: DeclaredDay | None) -> DeclaredDay | None:
    return not end if isinstance(end, bool) else end
