"""All products or some of them: the choice as forms offer it, and as it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.web.page_forms import Form

WHICH, PRODUCTS = "which", "products"
ALL, SOME = "all", "some"
LABELS: Final = {WHICH: "Products", PRODUCTS: "Products"}
"""What the fields are called where a problem leads to one."""


def list_choices(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what is offered: each product's slug, with its name and the slug if it differs.

    >>> list_choices({"studio": "Studio One", "cli": "cli"})
    [('cli', 'cli'), ('studio', 'Studio One (studio)')]
    """
    named = sorted(names.items(), key=lambda item: (item[1].casefold(), item[0]))
    return [(slug, name if name == slug else f"{name} ({slug})") for slug, name in named]


def read_products(form: Form) -> list[str] | None:
    """Return the slugs of the products that were chosen; None where that is all of them.

    What stays checked while all are chosen is hidden on the page, and does not count.
    """
    match form.text(WHICH):
        case "all":
            return None
        case "some":
            if products := form.texts(PRODUCTS):
                return products
            fault = "must be at least one where not all are meant; check those that are"
            raise BadRequest("No product is chosen.", problems=[Problem(PRODUCTS, fault)])
    fault = "must be all of them or some; choose one of the two"
    raise BadRequest("Choose all products or some.", problems=[Problem(PRODUCTS, fault)])
