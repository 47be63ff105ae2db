"""Finding what a client of endoflife.date asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.catalogue.queries import UnknownLine
from lifecycle.errors import NotFound
from lifecycle.interchange.endoflife_cycles import path_name

if TYPE_CHECKING:
    from lifecycle.interchange.endoflife_cycles import Cycle, CycledProduct

LATEST = "latest"


class UnknownGroup(NotFound):
    """No product has this category, tag or kind of identifier."""


def find_cycle(product: CycledProduct, name: str) -> Cycle:
    """Return a cycle by its name, with dashes for slashes, or the latest one.

    That is the highest which is not withdrawn, if there is any.
    """
    for cycle in product.cycles:
        if name in (cycle.name, path_name(cycle.name)):
            return cycle
    if name == LATEST and product.cycles:
        standing = (cycle for cycle in product.cycles if not cycle.withdrawn)
        return next(standing, product.cycles[0])
    raise UnknownLine(f"{product.slug} has no release cycle {name[:100]!r}.")
