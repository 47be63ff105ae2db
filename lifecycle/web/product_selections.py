"""Which products, and which tier of them, a list, a feed or a calendar is asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from litestar.params import QueryParameter

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue.queries import UnknownProduct
from lifecycle.documents.suggestions import suggest
from lifecycle.documents.word_lists import listed
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.policies import UnknownTier
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.published_paths import write_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from lifecycle.server.dependencies import Moment

MOST_PRODUCTS = 100
MANY_PRODUCTS = 10
MOST_NAMED = 3
MOST_TIERS = 20

Products = Annotated[
    str | None,
    QueryParameter(description="Slugs of products, with commas between them; all if left out."),
]
OfTier = Annotated[
    str | None, QueryParameter(description="Only what concerns this tier; all if left out.")
]


Choice = TypeVar("Choice", bound=StrEnum)
Result = TypeVar("Result")


class Selection(msgspec.Struct, frozen=True):
    """Products as they stand: those that were named, or all of them, and one tier or every one."""

    snapshots: tuple[Snapshot, ...]
    named: bool
    tier: str | None

    @property
    def title(self) -> str:
        """Name the products and the tier.

        >>> Selection((), named=False, tier="pro").title
        'all products, tier pro'
        """
        names = [snapshot.known.name or snapshot.slug for snapshot in self.snapshots]
        if not self.named:
            names = ["all products"]
        elif len(names) > MOST_NAMED:
            names = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"]
        return listed(names) + (f", tier {self.tier}" if self.tier else "")

    @property
    def query(self) -> dict[str, str | None]:
        """Return the parameters by which the same is asked for, whatever the order was."""
        slugs = [snapshot.slug for snapshot in self.snapshots] if self.named else []
        return {"products": ",".join(slugs) or None, "tier": self.tier}

    def write_address(self, base: str, document: str, **criteria: str | None) -> str:
        """Return where a document about the selection stands: that of one product below its page.

        >>> Selection((), named=False, tier="pro").write_address("", "changes.atom")
        '/changes.atom?tier=pro'
        """
        if self.product is None:
            return write_path(base, document, **self.query, **criteria)
        return write_path(base, "products", self.product, document, tier=self.tier, **criteria)

    @property
    def product(self) -> str | None:
        """Return the slug of the product, if one alone was named."""
        return self.snapshots[0].slug if self.named and len(self.snapshots) == 1 else None

    @property
    def identity(self) -> tuple[str, str]:
        """Return what an id of the selection derives from, whatever products are called now."""
        products = ",".join(sorted(snapshot.identity for snapshot in self.snapshots))
        return products if self.named else "*", self.tier or "*"


async def select_products(
    moment: Moment, products: str | None, tier: str | None = None
) -> Selection:
    """Return what is asked for, or refuse what does not exist, with the way out.

    Empty parameters, as forms send them, are as good as none.
    """
    slugs = _slugs(products or "")
    if slugs:
        snapshots = tuple([await _snapshot(moment, slug) for slug in slugs])
    else:
        snapshots = tuple(await moment.catalogue())
    return narrowed(Selection(snapshots, bool(slugs), None), tier, moment.now)


async def select_product(moment: Moment, slug: str, tier: str | None) -> Selection:
    """Return one product, and of it the tier that is asked for."""
    snapshot = await moment.snapshot(slug)
    return narrowed(Selection((snapshot,), named=True, tier=None), tier, moment.now)


async def work_on(selection: Selection, moment: Moment, work: Callable[[], Result]) -> Result:
    """Do work beside the event loop; that on many products waits for its turn."""
    if len(selection.snapshots) > MANY_PRODUCTS:
        return await moment.runner(work)
    return await run_in_thread(work)


def narrowed(selection: Selection, tier: str | None, now: datetime) -> Selection:
    """Return the selection for one tier, or refuse one that none of its products has.

    Products without a policy have no tiers that it could be compared with.
    """
    tiers = tiers_of(selection, now)
    if tier and tiers and tier not in tiers:
        hint = suggest(tier, tiers) or f"; use {', '.join(tiers[:MOST_TIERS])}."
        raise UnknownTier(
            f"{tier[:100]!r} is not a tier of these products{hint}",
            problems=[Problem("tier", "is not a tier of these products", value=tier[:100])],
        )
    return msgspec.structs.replace(selection, tier=tier or None)


def tiers_of(selection: Selection, now: datetime) -> list[str]:
    """Name the tiers of the products today, product by product, each once."""
    names: dict[str, None] = {}
    for snapshot in selection.snapshots:
        policy = snapshot.policy_on(snapshot.today(now))
        names.update(dict.fromkeys(tier.name for tier in policy.tiers) if policy else {})
    return list(names)


def read_choice(name: str, text: str | None, choices: type[Choice]) -> Choice | None:
    """Read a parameter that is one of a few words, or nothing.

    >>> from lifecycle.policy.notice_periods import Kind
    >>> read_choice("kind", "removal", Kind)
    <Kind.REMOVAL: 'removal'>
    """
    if not text:
        return None
    if text in set(choices):
        return choices(text)
    fault, allowed = "is not one of its values", ", ".join(choices)
    hint = suggest(text, choices) or f"; use {allowed}, or leave it out for all."
    raise BadRequest(
        f"{name} {text[:100]!r} {fault}{hint}",
        problems=[Problem(name, fault, value=text[:100], allowed=allowed)],
    )


def _slugs(products: str) -> list[str]:
    """Read the slugs, each once and sorted.

    >>> _slugs("b, a,b")
    ['a', 'b']
    """
    slugs = sorted({slug.strip() for slug in products.split(",")} - {""})
    if len(slugs) > MOST_PRODUCTS:
        fault, allowed = f"names {len(slugs)} products", f"at most {MOST_PRODUCTS}"
        raise BadRequest(
            f"products {fault}; {allowed} are allowed. Leave it out for all products.",
            problems=[Problem("products", fault, value=products[:100], allowed=allowed)],
        )
    return slugs


async def _snapshot(moment: Moment, slug: str) -> Snapshot:
    try:
        return await moment.snapshot(slug)
    except UnknownProduct as error:
        problem = Problem("products", "holds an unknown product", value=slug)
        detail = f"{error.detail} Use slugs from the list of products."
        raise UnknownProduct(detail, problems=[problem]) from None
