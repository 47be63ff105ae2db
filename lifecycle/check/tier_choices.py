"""Which tiers what is checked has: one for every product, others for single products (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from lifecycle.documents.patterns import END, IN_WORDS, SLUG
from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELD: Final = "tier"
"""The option and the query parameter that name tiers."""

PATTERN: Final = f"^({SLUG}=)?[^=\\x00-\\x1f\\x7f-\\x9f]+{END}"
"""What is read, for those who describe it: a tier, alone or after a product's slug."""

_FORMS: Final = "TIER, or PRODUCT=TIER"
_SLUG_FORM: Final = IN_WORDS["^" + SLUG + END]
_SHOWN: Final = 100


class TierChoice(NamedTuple):
    """The ``tier`` of every product that is not among ``tiers``, which name it by product."""

    tier: str | None
    tiers: dict[str, str]


def read_tiers(texts: Iterable[str]) -> TierChoice:
    """Read tiers that are named one by one: ``TIER`` for every product, ``PRODUCT=TIER`` for one.

    Two for the same raise ``BadRequest``, as does a text of another form.

    >>> read_tiers(["pro", "base=gold"])
    TierChoice(tier='pro', tiers={'base': 'gold'})
    """
    tiers: dict[str, str] = {}
    for text in texts:
        product, _, tier = text.rpartition("=")
        if not tier or ("=" in text and not product):
            _refuse(text, f"{text[:_SHOWN]!r} is not a tier; use {_FORMS}", _FORMS)
        if product and not re.fullmatch(SLUG, product):
            sentence = f"{product[:_SHOWN]!r} is not a product's slug; use {_SLUG_FORM}"
            _refuse(text, sentence, _SLUG_FORM)
        if product in tiers:
            _refuse(text, _two_for_one(product, tiers[product][:_SHOWN], tier[:_SHOWN]))
        tiers[product] = tier
    return TierChoice(tiers.pop("", None), tiers)


def _two_for_one(product: str, first: str, second: str) -> str:
    products = product or "every product"
    if first == second:
        return f"The tier {first!r} is given twice for {products}; give it once"
    way_out = f"give {product} one of them" if product else "use PRODUCT=TIER for one of them"
    return f"The tiers {first!r} and {second!r} are both given for {products}; {way_out}"


def _refuse(text: str, sentence: str, allowed: str | None = None) -> NoReturn:
    problem = Problem(FIELD, sentence, value=text, allowed=allowed)
    raise BadRequest(f"{sentence}.", problems=[problem])
