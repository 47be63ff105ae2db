"""Products from which one is chosen: all that are shown to who asks, searched and by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.upcoming_ends import catalogue_entry, search
from lifecycle.database.pagination import Page
from lifecycle.server.computed_lists import page_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

ON_A_PAGE: Final = 100
FEW: Final = 10
"""So many products are seen at a glance, and need no search."""


class ProductList(msgspec.Struct, frozen=True):
    """A page of the products that a ``question`` finds among all ``count`` that there are."""

    page: Page[Snapshot]
    question: str
    found: int
    count: int
    is_first: bool

    @property
    def is_searched(self) -> bool:
        """Whether a search is offered."""
        return self.count > FEW or bool(self.question)

    @property
    def only(self) -> Snapshot | None:
        """The product, where there is but one."""
        return self.page.items[0] if self.count == len(self.page.items) == 1 else None


def find_products(
    snapshots: Sequence[Snapshot], question: str | None, cursor: str | None, *, now: datetime
) -> ProductList:
    """Return a page of those products that a question finds; of all without one."""
    matching = snapshots
    if question:
        entries = [catalogue_entry(snapshot, snapshot.today(now)) for snapshot in snapshots]
        slugs = {entry.slug for entry in search(entries, question)}
        matching = [snapshot for snapshot in snapshots if snapshot.slug in slugs]
    page = page_of(matching, key=lambda snapshot: snapshot.slug, cursor=cursor, limit=ON_A_PAGE)
    return ProductList(page, question or "", len(matching), len(snapshots), is_first=cursor is None)
