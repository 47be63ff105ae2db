"""A product as endoflife.date sees it: cycles, newest first, and how each phase of theirs ends."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import UNSET

from lifecycle.catalogue.presentations import Column, LinePresentation, Presentation
from lifecycle.interchange.endoflife_templates import fill, without_markup
from lifecycle.support.facts import DeclaredDay


class Pair(StrEnum):
    """The phases that have a pair of fields, whether it is over and from when."""

    EOAS = "eoas"
    EOL = "eol"
    DISCONTINUED = "discontinued"
    EOES = "eoes"


COLUMNS: Final[dict[Pair, Column]] = {
    Pair.EOAS: "active_support",
    Pair.EOL: "end_of_life",
    Pair.DISCONTINUED: "discontinued",
    Pair.EOES: "extended_support",
}
LABELS: Final = {
    Pair.EOAS: "Active Support",
    Pair.EOL: "Security Support",
    Pair.DISCONTINUED: "Discontinued",
    Pair.EOES: "Extended Support",
}
"""What the phases are called where a product says nothing else."""
LTS_LABEL: Final = "LTS"
ICONS: Final = "https://cdn.jsdelivr.net/npm/simple-icons/icons/{name}.svg"
CATEGORY: Final = "app"
"""What a product is that names no category: one has to be given."""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """A line of releases.

    ``ends`` are last covered days, ``True`` for over and ``False`` for not over; without an entry
    the line has no such phase. ``unsaid`` says by phase why there is no day, in one word. Of a
    ``withdrawn`` one, no release is left.
    """

    name: str
    released_on: date
    codename: str | None = None
    lts: DeclaredDay = False
    latest: str | None = None
    latest_on: date | None = None
    notes_url: str | None = None
    ends: dict[Pair, DeclaredDay] = {}
    unsaid: dict[Pair, str] = {}
    withdrawn: bool = False
    presentation: LinePresentation = LinePresentation()


class CycledProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its cycles, newest first; ``pairs`` are the phases that it has.

    ``tiers`` are what those are called whose phases end with a tier's support.
    """

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    presentation: Presentation = Presentation()
    pairs: frozenset[Pair] = frozenset({Pair.EOL})
    tiers: dict[Pair, str] = {}
    cycles: tuple[Cycle, ...] = ()
    modified_at: datetime

    @property
    def category(self) -> str:
        """The product's category."""
        return self.presentation.category or CATEGORY

    @property
    def tags(self) -> list[str]:
        """The product's tags; its category is one of them."""
        return sorted([*self.presentation.tags, self.category])

    @property
    def custom_names(self) -> list[str]:
        """The names of the fields beside the usual ones, in their order."""
        names = [field.name for field in self.presentation.custom_fields]
        unsaid = {unsaid_name(pair) for cycle in self.cycles for pair in cycle.unsaid}
        return [*names, *sorted(unsaid)]

    def label_of(self, pair: Pair) -> str | None:
        """Return what a phase is called; None where the product does not have it."""
        if pair not in self.pairs:
            return None
        column = self.presentation.columns.get(COLUMNS[pair])
        if isinstance(column, str):
            return without_markup(column)
        return self.tiers.get(pair, LABELS[pair])

    def has_latest(self) -> bool:
        """Return whether the newest version of a cycle is told."""
        return self.presentation.columns.get("latest") is not False


def is_past(end: DeclaredDay, today: date) -> bool:
    """Return whether something is over; the day itself is still covered.

    >>> is_past(date(2026, 11, 30), date(2026, 11, 30)), is_past(True, date(2026, 11, 30))
    (False, True)
    """
    return end if isinstance(end, bool) else today > end


def unsaid_name(pair: Pair) -> str:
    """Return the name of the custom field that says why there is no day."""
    return f"{pair}End"


def path_name(cycle: str) -> str:
    """Return how a cycle is called in an address.

    >>> path_name("releng/14.0")
    'releng-14.0'
    """
    return cycle.replace("/", "-")


def is_maintained(cycle: Cycle, today: date) -> bool:
    """Return whether a cycle has some level of support left."""
    return any(not is_past(end, today) for end in cycle.ends.values())


def label(product: CycledProduct, cycle: Cycle, today: date) -> str:
    """Return what a cycle is called, with the mark of long-term support."""
    shown = product.presentation
    template = cycle.presentation.label or shown.label_template
    text = (fill(template, _facts(cycle)) if template else None) or cycle.name
    lts = shown.lts_label or LTS_LABEL
    if is_past(cycle.lts, today):
        text = f"{text} ({lts})"
    elif not isinstance(cycle.lts, bool):
        text = f"{text} (Upcoming {lts})"
    return without_markup(text)


def link(product: CycledProduct, cycle: Cycle) -> str | None:
    """Return where the notes of a cycle's newest version are."""
    own = cycle.presentation.notes_url
    if own is None:
        return None
    if own is not UNSET:
        return fill(own, _facts(cycle))
    if cycle.notes_url:
        return cycle.notes_url
    template = product.presentation.notes_template
    return fill(template, _facts(cycle)) if template else None


def custom_values(product: CycledProduct, cycle: Cycle) -> dict[str, str | None]:
    """Return the values of the custom fields by name; what a cycle does not say is None."""
    values = {unsaid_name(pair): why for pair, why in cycle.unsaid.items()}
    values |= cycle.presentation.custom
    return {name: values.get(name) for name in product.custom_names}


def _facts(cycle: Cycle) -> dict[str, str | None]:
    return {
        "RELEASE_CYCLE": cycle.name,
        "CODENAME": cycle.codename,
        "LATEST_RELEASE_DATE": cycle.latest_on.isoformat() if cycle.latest_on else None,
        "LATEST": cycle.latest,
    }
