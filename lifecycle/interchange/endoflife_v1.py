"""endoflife.date's API v1: a product and its cycles, in the envelope of every answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.interchange import endoflife_cycles as cycles
from lifecycle.interchange.endoflife_cycles import ICONS, Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.interchange.endoflife_cycles import Cycle, CycledProduct

SCHEMA_VERSION: Final = "1.2.1"
PURL: Final = "pkg:"

Address: TypeAlias = Callable[..., str]
"""Writes the address of something of ours from the segments of its path."""


class EolUri(msgspec.Struct, frozen=True):
    """A name, and where more is said of it."""

    name: str
    uri: str


class EolIdentifier(msgspec.Struct, frozen=True):
    """A name of a product elsewhere, and its kind: ``purl``, ``cpe``, ``repology``."""

    id: str
    type: str


class EolVersion(msgspec.Struct, frozen=True):
    """A cycle's newest version."""

    name: str
    date: date | None
    link: str | None


class EolRelease(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A release cycle; a pair of fields is left out where the product has no such phase."""

    name: str
    codename: str | None
    label: str
    release_date: date
    is_lts: bool
    lts_from: date | None
    is_eoas: bool | UnsetType = UNSET
    eoas_from: date | UnsetType | None = UNSET
    is_eol: bool
    eol_from: date | None
    is_discontinued: bool | UnsetType = UNSET
    discontinued_from: date | UnsetType | None = UNSET
    is_eoes: bool | UnsetType | None = UNSET
    eoes_from: date | UnsetType | None = UNSET
    is_maintained: bool
    latest: EolVersion | None
    custom: dict[str, str | None] | None


class EolSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a list."""

    name: str
    aliases: list[str]
    label: str
    category: str
    tags: list[str]
    uri: str


class EolLabels(msgspec.Struct, frozen=True):
    """What a product's phases are called; null where it does not have one."""

    eoas: str | None
    discontinued: str | None
    eol: str
    eoes: str | None


class EolLinks(msgspec.Struct, frozen=True, rename="camel"):
    """Where more is said of a product."""

    icon: str | None
    html: str
    release_policy: str | None


class EolProduct(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a product."""

    name: str
    aliases: list[str]
    label: str
    category: str
    tags: list[str]
    version_command: str | None = msgspec.field(name="versionCommand")
    identifiers: list[EolIdentifier]
    labels: EolLabels
    links: EolLinks
    releases: list[EolRelease]


class EolIdentified(msgspec.Struct, frozen=True):
    """An identifier, and the product that has it."""

    identifier: str
    product: EolUri


class EolProductAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that holds a product."""

    schema_version: str = SCHEMA_VERSION
    generated_at: datetime
    last_modified: datetime
    result: EolProduct


class EolReleaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that holds a release cycle."""

    schema_version: str = SCHEMA_VERSION
    generated_at: datetime
    result: EolRelease


class EolProductListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that lists products."""

    schema_version: str = SCHEMA_VERSION
    generated_at: datetime
    total: int
    result: list[EolSummary]


class EolFullListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that lists products with all that is known of them."""

    schema_version: str = SCHEMA_VERSION
    generated_at: datetime
    total: int
    result: list[EolProduct]


class EolUriListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that lists where more is said."""

    schema_version: str = SCHEMA_VERSION
    generated_at: datetime
    total: int
    result: list[EolUri]


class EolIdentifierListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that lists the identifiers of one kind."""

    schema_version: str = SCHEMA_VERSION
    generated_at: datetime
    total: int
    result: list[EolIdentified]


def write_product(product: CycledProduct, today: date, address: Address) -> EolProduct:
    """Return all of a product, as of a day."""
    shown = product.presentation
    return EolProduct(
        name=product.slug,
        aliases=list(product.aliases),
        label=product.name,
        category=product.category,
        tags=product.tags,
        version_command=shown.version_command,
        identifiers=[
            EolIdentifier(name, kind) for kind, name in map(read_identifier, product.identifiers)
        ],
        labels=EolLabels(
            eoas=product.label_of(Pair.EOAS),
            discontinued=product.label_of(Pair.DISCONTINUED),
            eol=product.label_of(Pair.EOL) or cycles.LABELS[Pair.EOL],
            eoes=product.label_of(Pair.EOES),
        ),
        links=EolLinks(
            icon=ICONS.format(name=shown.icon) if shown.icon else None,
            html=address("products", product.slug),
            release_policy=shown.policy_url,
        ),
        releases=[write_release(product, cycle, today) for cycle in product.cycles],
    )


def write_summary(product: CycledProduct, address: Address) -> EolSummary:
    """Return a product as lists show it."""
    return EolSummary(
        name=product.slug,
        aliases=list(product.aliases),
        label=product.name,
        category=product.category,
        tags=product.tags,
        uri=address("api", "v1", "products", product.slug),
    )


def write_release(product: CycledProduct, cycle: Cycle, today: date) -> EolRelease:
    """Return a cycle, as of a day."""

    def over(pair: Pair) -> bool | None:
        end = cycle.ends.get(pair)
        return None if end is None else cycles.is_past(end, today)

    def day(pair: Pair) -> date | None:
        end = cycle.ends.get(pair)
        return None if isinstance(end, bool) else end

    pairs = product.pairs
    latest = cycle.latest if product.has_latest() else None
    return EolRelease(
        name=cycle.name,
        codename=cycle.codename,
        label=cycles.label(product, cycle, today),
        release_date=cycle.released_on,
        is_lts=cycles.is_past(cycle.lts, today),
        lts_from=None if isinstance(cycle.lts, bool) else cycle.lts,
        is_eoas=bool(over(Pair.EOAS)) if Pair.EOAS in pairs else UNSET,
        eoas_from=day(Pair.EOAS) if Pair.EOAS in pairs else UNSET,
        is_eol=bool(over(Pair.EOL)),
        eol_from=day(Pair.EOL),
        is_discontinued=bool(over(Pair.DISCONTINUED)) if Pair.DISCONTINUED in pairs else UNSET,
        discontinued_from=day(Pair.DISCONTINUED) if Pair.DISCONTINUED in pairs else UNSET,
        is_eoes=over(Pair.EOES) if Pair.EOES in pairs else UNSET,
        eoes_from=day(Pair.EOES) if Pair.EOES in pairs else UNSET,
        is_maintained=cycles.is_maintained(cycle, today),
        latest=EolVersion(latest, cycle.latest_on, cycles.link(product, cycle)) if latest else None,
        custom=cycles.custom_values(product, cycle) or None,
    )


def write_uris(names: Sequence[str], address: Address, *path: str) -> list[EolUri]:
    """Return names with their addresses below a path of the API."""
    return [EolUri(name, address("api", "v1", *path, name)) for name in names]


def read_identifier(identifier: str) -> tuple[str, str]:
    """Return an identifier's kind, and the identifier as its kind writes it.

    >>> read_identifier("pkg:npm/web"), read_identifier("cpe:/a:acme:web")
    (('purl', 'pkg:npm/web'), ('cpe', 'cpe:/a:acme:web'))
    >>> read_identifier("repology:web")
    ('repology', 'web')
    """
    if identifier.startswith(PURL):
        return "purl", identifier
    kind, _, name = identifier.partition(":")
    return kind, identifier if kind == "cpe" else name
