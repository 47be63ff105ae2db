"""Registering, changing and voiding releases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET
from sqlalchemy import insert, select

from lifecycle.accounts.actions import check_revision
from lifecycle.accounts.names import text_problems
from lifecycle.audit.actions import append
from lifecycle.catalogue import consistency, queries, release_checks
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.models import Release
from lifecycle.catalogue.products import lines_of
from lifecycle.catalogue.prospective_releases import published
from lifecycle.catalogue.ranks import move, place_new
from lifecycle.catalogue.rows import columns, differences, evidence, facts_of
from lifecycle.documents.partial_structs import stated
from lifecycle.documents.storable_text import is_blank
from lifecycle.errors import BadRequest, Conflict, Problem, raise_if_any
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import ReleasePatch
    from lifecycle.catalogue.line_placement import Lines
    from lifecycle.catalogue.models import Product
    from lifecycle.versions import Scheme

VERSIONS_PER_QUERY = 500


class ReleaseExists(Conflict):
    """The product already has this version; nothing was stored."""


class StageIsKept(Conflict):
    """A release keeps the stage that it was first published with."""


class Registered(msgspec.Struct, frozen=True):
    """The versions that were added, and the planned ones that their publication confirmed."""

    added: list[str]
    confirmed: list[str]


class Accepted(msgspec.Struct, frozen=True):
    """Releases that may be registered: those that are new, and those that confirm a plan."""

    given: Sequence[ReleaseIn]
    added: list[ReleaseIn]
    confirmed: list[ReleaseIn]


async def accept(
    session: AsyncSession,
    product: Product,
    facts: Sequence[ReleaseIn],
    *,
    today: date,
    listed: bool = True,
) -> Accepted:
    """Lock a product, and refuse releases unless all can be registered, as ``check`` does."""
    await session.refresh(product, with_for_update=True)
    return await check(session, product, facts, today=today, listed=listed)


async def check(
    session: AsyncSession,
    product: Product,
    facts: Sequence[ReleaseIn],
    *,
    today: date,
    listed: bool = True,
) -> Accepted:
    """Refuse releases unless all could be registered now.

    ``today`` is the day in the product's zone. ``listed`` releases are named by their place in
    what was sent: ``releases[3].version``.
    """
    version_scheme, lines = scheme(product.scheme), await lines_of(session, product)
    raise_if_any(
        release_checks.list_problems(facts, version_scheme, lines, today=today, listed=listed),
        subject="The list of releases" if listed else "The release",
    )
    known_versions = await _known(session, product, [fact.version for fact in facts])
    _refuse_known(product, facts, known_versions, listed=listed)
    return Accepted(
        facts,
        added=[release for release in facts if release.version not in known_versions],
        confirmed=[release for release in facts if release.version in known_versions],
    )


async def store(
    session: AsyncSession, product: Product, accepted: Accepted, *, by: By
) -> Registered:
    """Add what is new; publishing a planned version confirms it."""
    await add(session, product, accepted.added, by=by)
    for release in accepted.confirmed:
        await _confirm(session, product, release, by=by)
    facts = accepted.given
    subject = f"{product.slug}/{facts[0].version}" if len(facts) == 1 else product.slug
    append(
        session, by, "release.registered", subject, product=product.slug, details=evidence(facts)
    )
    return Registered(
        [release.version for release in accepted.added],
        [release.version for release in accepted.confirmed],
    )


async def add(
    session: AsyncSession, product: Product, facts: Sequence[ReleaseIn], *, by: By
) -> None:
    """Store releases that are sound and new, in one statement; leaves no evidence by itself."""
    if not facts:
        return
    version_scheme, lines = scheme(product.scheme), await lines_of(session, product)
    derived = {fact.version: columns(fact, version_scheme, lines) for fact in facts}
    in_lines = {version: values["line"] for version, values in derived.items()}
    placed = await place_new(session, product.id, version_scheme, in_lines)
    await move(session, product.id, placed.moved)
    rows = [
        values
        | {
            "product_id": product.id,
            "version": version,
            "rank": placed.ranks[version],
            "registered_at": by.at,
            "revision": 1,
        }
        for version, values in derived.items()
    ]
    await session.execute(insert(Release.__table__), rows)  # type: ignore[arg-type]


async def change(
    session: AsyncSession,
    product: Product,
    version: str,
    patch: ReleasePatch,
    *,
    by: By,
    today: date,
    expected: int | None = None,
) -> Release:
    """Withdraw, restore or void a release, publish a plan, or correct what is known of it."""
    await session.refresh(product, with_for_update=True)
    release = await queries.get_release(session, product, version, lock=True)
    check_revision(f"Release {release.version!r}", release.revision, expected)
    if patch.voided is not UNSET:
        return _void(session, product, release, patch, by=by)
    before = facts_of(release)
    after = await changed(session, product, release, patch, today=today)
    if after == before:
        await _correct_reason(session, product, release, patch, by=by)
        return release
    _update(release, after, scheme(product.scheme), await lines_of(session, product))
    if before.released_on is None and after.released_on is not None:
        release.registered_at = by.at
    append(
        session,
        by,
        "release.changed",
        f"{product.slug}/{release.version}",
        product=product.slug,
        details=differences(before, after) | _reason(patch),
    )
    return release


async def _correct_reason(
    session: AsyncSession, product: Product, release: Release, patch: ReleasePatch, *, by: By
) -> None:
    """Note a reason that differs from the one in the log, where nothing else is changed."""
    corrected = _reason(patch)
    if not corrected:
        return
    known_reason = await queries.last_reason(session, product, release.version)
    if corrected["reason"] != known_reason:
        append(
            session,
            by,
            "release.changed",
            f"{product.slug}/{release.version}",
            product=product.slug,
            details=corrected,
        )


def _reason(patch: ReleasePatch) -> dict[str, str]:
    """Return why something is changed, as the log has it."""
    return {} if patch.reason is UNSET or is_blank(patch.reason) else {"reason": patch.reason}


async def changed(
    session: AsyncSession, product: Product, release: Release, patch: ReleasePatch, *, today: date
) -> ReleaseIn:
    """Return a release as a change makes it, voiding apart; refuse a change that does not fit."""
    before = facts_of(release)
    facts = {name: value for name, value in stated(patch).items() if name != "reason"}
    after = msgspec.structs.replace(before, **facts)
    version_scheme, lines = scheme(product.scheme), await lines_of(session, product)
    raise_if_any(
        release_checks.change_problems(before, after, version_scheme, lines, today=today),
        subject=f"The change of {release.version!r}",
    )
    _refuse_relabelling(before, after, version_scheme)
    return after


def _refuse_relabelling(before: ReleaseIn, after: ReleaseIn, version_scheme: Scheme) -> None:
    problems = list(consistency.relabelling_problems(before, after, version_scheme))
    if problems:
        raise StageIsKept(f"Release {before.version!r}: {problems[0]}.", problems=problems)


async def plans_among(
    session: AsyncSession, product_id: int, versions: Sequence[str]
) -> dict[str, ReleaseIn]:
    """Return those of a few versions that the product has planned, as they were planned."""
    statement = select(Release).where(
        Release.product_id == product_id,
        queries.LIVE,
        Release.released_on.is_(None),
        Release.version.in_(versions),
    )
    return {release.version: facts_of(release) for release in await session.scalars(statement)}


async def _known(
    session: AsyncSession, product: Product, versions: Sequence[str]
) -> dict[str, bool]:
    """Return those of the versions that the product has, and whether each is but a plan."""
    is_plan: dict[str, bool] = {}
    for start in range(0, len(versions), VERSIONS_PER_QUERY):
        statement = select(Release.version, Release.released_on).where(
            Release.product_id == product.id,
            queries.LIVE,
            Release.version.in_(versions[start : start + VERSIONS_PER_QUERY]),
        )
        is_plan |= {version: day is None for version, day in await session.execute(statement)}
    return is_plan


def _refuse_known(
    product: Product,
    facts: Sequence[ReleaseIn],
    known_versions: Mapping[str, bool],
    *,
    listed: bool,
) -> None:
    paths = (release_checks.path_of(place, listed=listed) for place in range(len(facts)))
    problems = [
        Problem(f"{path}version", "is registered already", value=release.version)
        for path, release in zip(paths, facts, strict=True)
        if release.version in known_versions
        and not (known_versions[release.version] and release.released_on)
    ]
    if problems:
        shown = ", ".join(str(problem.value) for problem in problems[:5])
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""  # noqa: PLR2004
        raise ReleaseExists(
            f"{product.slug} already has {shown}{more}; nothing was stored. "
            "Use PATCH to change a release.",
            problems=problems,
        )


async def _confirm(session: AsyncSession, product: Product, facts: ReleaseIn, *, by: By) -> None:
    release = await queries.get_release(session, product, facts.version)
    lines = await lines_of(session, product)
    _update(release, published(facts_of(release), facts), scheme(product.scheme), lines)
    release.registered_at = by.at
    await session.flush()


def _update(release: Release, facts: ReleaseIn, version_scheme: Scheme, lines: Lines) -> None:
    for name, value in columns(facts, version_scheme, lines).items():
        setattr(release, name, value)
    release.revision += 1


def _void(
    session: AsyncSession, product: Product, release: Release, patch: ReleasePatch, *, by: By
) -> Release:
    reason = str(patch.voided)
    if stated(patch).keys() != {"voided"}:
        problem = Problem(
            "voided", "must be given alone: a voided release has nothing else to change"
        )
        raise BadRequest("A release is voided or changed, not both.", problems=[problem])
    raise_if_any(text_problems("voided", reason, required=True), subject="The reason")
    release.voided_at = by.at
    release.void_reason = reason
    release.revision += 1
    append(
        session,
        by,
        "release.voided",
        f"{product.slug}/{release.version}",
        product=product.slug,
        details={"reason": reason},
    )
    return release
