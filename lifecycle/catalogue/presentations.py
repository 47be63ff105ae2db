"""How a product and its lines are shown in lists of others: names, links, columns (pure).

Nothing of this decides what is supported. It is what endoflife.date and its like say beside that,
kept as it came, so that it can be said again.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lifecycle.documents.patterns import (
    ADDRESS_TEMPLATE,
    END,
    FIELD_NAME,
    PROSE,
    SLUG,
    WEB_ADDRESS,
    Text,
    Version,
)
from lifecycle.support.facts import DeclaredDay

MOST: Final = 100
"""How many tags, custom fields, or values of these there may be."""

Word: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern="^" + SLUG + END)]
FieldName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=FIELD_NAME)]
Command: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=PROSE)]
Link: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=WEB_ADDRESS)]
Template: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=ADDRESS_TEMPLATE)]
Column: TypeAlias = Literal[
    "active_support", "end_of_life", "extended_support", "discontinued", "latest", "released_on"
]


class CustomField(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact that the product's lines have beside the usual ones, such as a runtime's version."""

    name: FieldName
    label: Text = ""
    description: Text = ""
    link: Template | None = None
    display: Text = ""


class Presentation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a product is shown in lists of others.

    ``columns`` says which phases and facts its lines have, and what those are called; ``true`` is
    the usual name. In templates ``__RELEASE_CYCLE__``, ``__CODENAME__``, ``__LATEST__`` and
    ``__LATEST_RELEASE_DATE__`` stand for what a line has.
    """

    category: Word | None = None
    tags: Annotated[tuple[Word, ...], Meta(max_length=MOST)] = ()
    icon: Word | None = None
    policy_url: Link | None = None
    version_command: Command | None = None
    notes_template: Template | None = None
    label_template: Text | None = None
    lts_label: Text | None = None
    columns: dict[Column, bool | Text] = {}
    custom_fields: Annotated[tuple[CustomField, ...], Meta(max_length=MOST)] = ()


class LinePresentation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a line is shown in lists of others.

    ``latest`` is the newest version that its source names, which counts until a later one comes
    out. ``notes_url`` may be a template; ``null`` says that there are no notes, and left out the
    product's template counts. ``discontinued`` is the last day on which it was sold.
    """

    label: Text | None = None
    latest: Version | None = None
    latest_on: date | None = None
    notes_url: Template | UnsetType | None = UNSET
    discontinued: DeclaredDay | None = None
    custom: Annotated[dict[FieldName, Text], Meta(max_length=MOST)] = {}


def stored(value: object) -> Any:
    """Return a value as a column of JSON gives it back.

    >>> stored(Presentation(tags=("runtime",)))
    {'tags': ['runtime']}
    """
    return msgspec.json.decode(msgspec.json.encode(value))


class EndoflifeTiers(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which tier's last covered day stands for which of endoflife.date's phases."""

    support: Text | None = None
    eol: Text | None = None
    extended: Text | None = None
