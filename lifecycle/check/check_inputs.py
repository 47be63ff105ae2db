"""What a check is asked: the components that are run, or those of an account."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from lifecycle.answers.component_matches import Components
from lifecycle.catalogue.catalogue_inputs import Key
from lifecycle.check import support_rules
from lifecycle.check.support_rules import FailOn
from lifecycle.documents.patterns import Text

Tiers = Annotated[dict[Key, Text], Meta(max_length=100)]
Expected = Annotated[tuple[Key, ...], Meta(max_length=100)]


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far to look ahead, and what fails: ``within`` are days.

    ``at`` left out is each product's own today. ``fail_on`` is the least that fails. ``tiers`` name
    the tier for single products, in place of ``tier``.
    """

    tier: Text | None = None
    tiers: Tiers = {}
    within: Annotated[int, Meta(ge=0, le=36500)] = support_rules.WITHIN
    at: date | None = None
    fail_on: FailOn = FailOn.ENDING
    expect: Expected = ()
    allow_no_match: bool = False


class CheckIn(CheckOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is run, and how far to look ahead: ``within`` are days.

    ``at`` left out is each product's own today. ``fail_on`` is the least that fails. The check is
    not decided where nothing is of a product that is among ``expect``, or where nothing is of any
    product, unless ``allow_no_match``.
    """

    components: Components


class AccountCheckIn(CheckOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for an account: without components, what it has reported is checked.

    With components, the products that it has reported (with ``report``, those under that name) are
    expected among them too, unless ``allow_no_match``.
    """

    components: Components | None = None
