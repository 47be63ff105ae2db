"""Finding what a client of endoflife.date asks for, also under a product's other names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.response import Redirect

from lifecycle.catalogue.queries import UnknownLine, UnknownProduct, find_by_alias
from lifecycle.errors import NotFound
from lifecycle.interchange.endoflife_cycles import path_name

if TYPE_CHECKING:
    from litestar import Request

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.interchange.endoflife_cycles import Cycle, CycledProduct
    from lifecycle.server.app_state import AppState
    from lifecycle.server.dependencies import Moment

LATEST = "latest"
SUFFIX = ".json"


class MovedProduct(Exception):  # noqa: N818 -- it is answered, and not refused
    """The product answers under another name."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class UnknownGroup(NotFound):
    """No product has this category, tag or kind of identifier."""


async def find_snapshot(moment: Moment, name: str) -> Snapshot:
    """Return a product as it stands; one that is asked for by an alias is said to have moved."""
    try:
        return await moment.snapshot(name)
    except UnknownProduct:
        async with moment.app_state.store.reading(apart=True) as session:
            slug = await find_by_alias(session, name, moment.visibility)
        if slug is None:
            raise
        raise MovedProduct(slug) from None


def find_cycle(product: CycledProduct, name: str) -> Cycle:
    """Return a cycle by its name, with dashes for slashes, or the latest one."""
    for cycle in product.cycles:
        if name in (cycle.name, path_name(cycle.name)):
            return cycle
    if name == LATEST and product.cycles:
        return product.cycles[0]
    raise UnknownLine(f"{product.slug} has no release cycle {name[:100]!r}.")


def redirect(request: Request[Any, Any, Any], moved: MovedProduct) -> Redirect:
    """Lead to the same question about the product's slug."""
    app_state: AppState = request.app.state.app_state
    slugs = {"product": moved.slug, "product_file": f"{moved.slug}{SUFFIX}"}
    names = {**request.scope["path_params"], **slugs}
    segments = [
        names[part.strip("{}").partition(":")[0]] if part.startswith("{") else part
        for part in request.scope["path_template"].strip("/").split("/")
    ]
    return Redirect(app_state.path(*segments), status_code=301)
