from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import func, or_, select, true

from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.queries import last_details
from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.models import Feature, Line, Product, Release, StoredPolicy
from lifecycle.catalogue.ranks import equal_rank
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.database.pagination import Page, page
from lifecycle.documents.suggestions import nearest_words
from lifecycle.errors import NotFound
from lifecycle.policy.succession import zone_at
from lifecycle.versions import UnparsableVersion, nearest, scheme

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.visibility import Visibility

Entity = TypeVar("Entity", Product, Release)

LIVE = Release.voided_at.is_(None)
STANDING = StoredPolicy.replaced_at.is_(None)


class UnknownProduct(NotFound):
    """No product has this slug."""


class UnknownRelease(NotFound):
    """The product has no release with this version."""


class UnknownLine(NotFound):
    """The product declares no line with this name."""


class UnknownFeature(NotFound):
    """The product has no feature with this key."""


async def find_product(session: AsyncSession, slug: str, *, lock: bool = False) -> Product | None:
    """Look for a product; ``lock`` keeps other writers off it until the transaction ends."""
    statement = select(Product).where(Product.slug == slug)
    return await session.scalar(_locked(statement) if lock else statement)


async def find_products(session: AsyncSession, slugs: Collection[str]) -> Sequence[Product]:
    """Return those of several products that there are."""
    return (await session.scalars(select(Product).where(Product.slug.in_(slugs)))).all()


async def get_product(
    session: AsyncSession,
    slug: str,
    *,
    lock: bool = False,
    visibility: Visibility = EVERYTHING,
) -> Product:
    """Return a product; ``UnknownProduct`` names the public one that was probably meant."""
    product = await find_product(session, slug, lock=lock)
    if product is None or not visibility.shows(slug, public=product.public):
        raise await unknown_product(session, slug)
    return product


async def find_by_alias(session: AsyncSession, alias: str, visibility: Visibility) -> str | None:
    """Return the slug of the product that is shown and has an alias, if there is one."""
    rows = await session.execute(select(Product.slug, Product.aliases).where(_shown(visibility)))
    return next((row.slug for row in rows if alias in row.aliases), None)


async def unknown_product(session: AsyncSession, slug: str) -> UnknownProduct:
    """Return the refusal of a slug; whoever asks, only other, public products are suggested."""
    rows = await session.execute(select(Product.slug, Product.aliases).where(Product.public))
    names = {
        name: row.slug for row in rows if row.slug != slug for name in (*row.aliases, row.slug)
    }
    near = nearest_words(slug, names)
    hint = f" Did you mean {names[near[0]]!r}?" if near else ""
    return UnknownProduct(f"No product is called {slug[:100]!r}.{hint}")


async def list_products(
    session: AsyncSession,
    *,
    visibility: Visibility = EVERYTHING,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Product]:
    """Return the products that are shown, by slug."""
    statement = select(Product).where(_shown(visibility))
    return await page(session, statement, [Product.slug], cursor=cursor, limit=limit)


async def all_slugs(session: AsyncSession) -> Sequence[str]:
    """Return the slugs of all products, sorted."""
    return (await session.scalars(select(Product.slug).order_by(Product.slug))).all()


async def product_names(
    session: AsyncSession, visibility: Visibility = EVERYTHING
) -> dict[str, str]:
    """Return the names of the products that are shown, by slug."""
    rows = await session.execute(select(Product.slug, Product.name).where(_shown(visibility)))
    return {slug: name or slug for slug, name in rows}


async def identifiers_of(session: AsyncSession, visibility: Visibility) -> dict[str, list[str]]:
    """Return the identifiers of every product that is shown, by slug."""
    statement = select(Product.slug, Product.identifiers).where(_shown(visibility))
    rows = await session.execute(statement)
    return {row.slug: row.identifiers for row in rows}


async def get_release(
    session: AsyncSession, product: Product, version: str, *, lock: bool = False
) -> Release:
    """Return the release of exactly this version, or the only one of an equal version."""
    statement = select(Release).where(Release.product_id == product.id, LIVE)
    if lock:
        statement = _locked(statement)
    exact = await session.scalar(statement.where(Release.version == version))
    if exact is not None:
        return exact
    rank = await _rank_of(session, product, version)
    equal = await _all_of_rank(session, statement, rank) if rank else []
    if len(equal) == 1:
        return equal[0]
    if equal:
        names = ", ".join(release.version for release in equal)
        raise UnknownRelease(f"{version!r} equals several releases: {names}; name one of them.")
    raise UnknownRelease(await _unknown_release(session, product, version))


async def list_releases(
    session: AsyncSession,
    product: Product,
    *,
    cursor: str | None = None,
    limit: int = 100,
    descending: bool = False,
) -> Page[Release]:
    """Return a product's releases in version order, plans included, voided ones not."""
    statement = select(Release).where(Release.product_id == product.id, LIVE)
    keys = [Release.rank, Release.id]
    return await page(session, statement, keys, cursor=cursor, limit=limit, descending=descending)


async def was_voided(
    session: AsyncSession, product: Product, version: str, *, reason: str | None = None
) -> bool:
    """Return whether a release of exactly this version was ever voided, for a reason if given."""
    statement = select(Release.id).where(
        Release.product_id == product.id, Release.version == version, ~LIVE
    )
    if reason is not None:
        statement = statement.where(Release.void_reason == reason)
    return await session.scalar(statement.limit(1)) is not None


async def last_reason(session: AsyncSession, product: Product, version: str) -> str | None:
    """Return the reason that the log has for the last change of a release, if it has one."""
    details = await last_details(
        session, "release.changed", f"{product.slug}/{version}", product=product.slug
    )
    reason = details.get("reason") if details else None
    return reason if isinstance(reason, str) else None


async def get_line(session: AsyncSession, product: Product, name: str) -> Line:
    """Return what a line declares, or raise ``UnknownLine`` where it declares nothing."""
    statement = select(Line).where(Line.product_id == product.id, Line.name == name)
    line = await session.scalar(statement)
    if line is None:
        raise UnknownLine(f"{product.slug} declares no line {name[:100]!r}.")
    return line


async def list_lines(
    session: AsyncSession, product: Product, *, cursor: str | None = None, limit: int = 100
) -> Page[Line]:
    """Return the lines that declare something, in their declared order."""
    statement = select(Line).where(Line.product_id == product.id)
    return await page(session, statement, [Line.position, Line.id], cursor=cursor, limit=limit)


async def get_feature(
    session: AsyncSession, product: Product, key: str, visibility: Visibility
) -> Feature:
    """Return a feature by its key, or raise ``UnknownFeature`` where it is not shown."""
    statement = select(Feature).where(Feature.product_id == product.id, Feature.key == key)
    feature = await session.scalar(statement)
    if feature is None or not (feature.public or visibility.shows_whole(product.slug)):
        raise UnknownFeature(f"{product.slug} has no feature {key[:100]!r}.")
    return feature


async def policies_entered(session: AsyncSession, product_id: int) -> int:
    """Count the policies that were ever entered for a product, replaced ones too."""
    statement = select(func.count(StoredPolicy.id)).where(StoredPolicy.product_id == product_id)
    return await session.scalar(statement) or 0


async def vocabulary(session: AsyncSession, visibility: Visibility = EVERYTHING) -> Vocabulary:
    """Return what accounts may refer to: products shown, and every tier that some policy names."""
    tiers = await session.scalars(select(StoredPolicy.tiers).where(STANDING))
    named = frozenset(tier for names in tiers for tier in names)
    slugs = await session.scalars(select(Product.slug).where(_shown(visibility)))
    return Vocabulary(frozenset(slugs.all()), named)


async def feature_keys(
    session: AsyncSession, visibility: Visibility = EVERYTHING, *, product: str | None = None
) -> dict[str, list[str]]:
    """Return the keys of the features that are shown, by their products; or those of one."""
    statement = (
        select(Product.slug, Feature.key)
        .join(Feature, Feature.product_id == Product.id)
        .where(_shown(visibility))
        .order_by(Product.slug, Feature.key)
    )
    if product is not None:
        statement = statement.where(Product.slug == product)
    if not visibility.everything:
        statement = statement.where(or_(Feature.public, Product.slug.in_(visibility.whole)))
    keys: dict[str, list[str]] = {}
    for slug, key in await session.execute(statement):
        keys.setdefault(slug, []).append(key)
    return keys


async def today_for(session: AsyncSession, product: Product, now: datetime) -> date:
    """Return today's date for a product: in the zone of its policy in force, or in UTC."""
    return local_day(now, await zone_for(session, product.id, now))


async def zone_for(session: AsyncSession, product_id: int, now: datetime) -> ZoneInfo:
    """Return the zone that a product's days are counted in at an instant."""
    return (await zones_of(session, [product_id], now))[product_id]


class _Start(NamedTuple):
    """From when on, and in which zone, a stored policy is in force."""

    in_force_from: date
    timezone: str


async def zones_of(
    session: AsyncSession, products: Collection[int], now: datetime
) -> dict[int, ZoneInfo]:
    """Return the zone that the days of each of several products are counted in at an instant."""
    statement = select(
        StoredPolicy.product_id,
        StoredPolicy.in_force_from,
        StoredPolicy.document["timezone"].as_string(),
    ).where(StoredPolicy.product_id.in_(products), STANDING)
    starts: dict[int, list[_Start]] = {product: [] for product in products}
    for product, in_force_from, timezone in await session.execute(statement):
        starts[product].append(_Start(in_force_from, timezone or "UTC"))
    return {product: zone_at(policies, now) for product, policies in starts.items()}


def _shown(visibility: Visibility) -> ColumnElement[bool]:
    """Return whether a product is shown, as ``Visibility.shows`` does."""
    if visibility.everything:
        return true()
    return or_(Product.public, Product.slug.in_(visibility.whole))


def _locked(statement: Select[Entity]) -> Select[Entity]:
    """Lock what is found, and read it anew: it may have changed since it was read unlocked."""
    return statement.with_for_update().execution_options(populate_existing=True)


async def _all_of_rank(
    session: AsyncSession, statement: Select[Release], rank: int
) -> Sequence[Release]:
    return (await session.scalars(statement.where(Release.rank == rank).order_by(Release.id))).all()


async def _rank_of(session: AsyncSession, product: Product, version: str) -> int | None:
    try:
        return await equal_rank(session, product.id, scheme(product.scheme), version)
    except UnparsableVersion:
        return None


async def _unknown_release(session: AsyncSession, product: Product, version: str) -> str:
    statement = select(Release.version).where(Release.product_id == product.id, LIVE)
    near = nearest(version[:200], (await session.scalars(statement)).all())
    hint = f" The nearest are {', '.join(near)}." if near else ""
    return f"{product.slug} has no release {version[:100]!r}.{hint}"
