"""The context of a release: all that the rules look at, read from the store."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from lifecycle.accounts.queries import versions_run
from lifecycle.calendar.zones import local_day
from lifecycle.catalogue import models, releases
from lifecycle.documents.suggestions import nearest_words
from lifecycle.errors import BadRequest, Problem
from lifecycle.gate.context.announcements import Announcements, waiver_of
from lifecycle.gate.context.changed_features import Features
from lifecycle.gate.context.comparison import ReleaseComparison
from lifecycle.gate.context.ended_lines import Lines
from lifecycle.gate.context.feature_moves import Changes
from lifecycle.gate.context.lasting_features import dependences, experiments
from lifecycle.gate.scenes import CatalogueState, Scene, Sync, Waiver
from lifecycle.support.supersession import superseded_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.gate.manifests import Manifest

__all__ = ["UnfitManifest", "gather"]

SHOWN = 20
MOST = 50
"""How many problems are told one by one."""
TOLD, HINTED = 3, 5
"""How many of them the sentence tells, and how many names get those that may be meant."""


class UnfitManifest(BadRequest):
    """The manifest contradicts what is known of the product."""


async def gather(
    session: AsyncSession, snapshot: Snapshot, manifest: Manifest, *, at: date, day: date
) -> Scene:
    """Return what the rules look at when a release is about to go out on a day, seen on ``at``.

    Refused where the manifest drops a line that the product does not have, or names a day before
    ``at``.
    """
    planned = await releases.plans_among(session, snapshot.known.id, [manifest.version])
    comparison = ReleaseComparison(
        snapshot, manifest, planned.get(manifest.version), at=at, day=day
    )
    await asyncio.to_thread(refuse, comparison)
    # With thousands of releases this takes a while: others are answered meanwhile.
    version = await asyncio.to_thread(lambda: comparison.version)
    first = next(iter(snapshot.facts.policies), None)
    inputs: dict[str, Any] = {
        "manifest": manifest,
        "at": at,
        "day": day,
        "version": version,
        "policy": comparison.policy,
        "first_policy_on": first.in_force_from if first else None,
        "syncs": await _syncs(session, comparison),
    }
    if (
        version.fault
        or version.known is CatalogueState.RELEASED
        or version.prerelease
        or not comparison.policy
    ):
        return Scene(**inputs)
    return Scene(**inputs, **await _changes(session, comparison))


def refuse(comparison: ReleaseComparison) -> None:
    """Refuse a manifest that does not fit the product; at most 50 problems are told one by one."""
    untimely, unknown = list(_untimely(comparison)), list(_unknown(comparison))
    count = len(untimely) + len(unknown)
    if not count:
        return
    shown = islice(unknown, MOST - len(untimely))
    problems = [
        *untimely,
        *(version_in_doubt.problem(hint=n < HINTED) for n, version_in_doubt in enumerate(shown)),
    ]
    message = "; ".join(map(str, problems[:TOLD]))
    more = f"; and {count - TOLD:,} more" if count > TOLD else ""
    slug = comparison.snapshot.slug
    raise UnfitManifest(
        f"The manifest contradicts what is known of {slug}: {message}{more}.", problems=problems
    )


async def _changes(session: AsyncSession, comparison: ReleaseComparison) -> dict[str, Any]:
    await asyncio.to_thread(lambda: (comparison.forecast.covered_ranks, comparison.coverage_later))
    changes, announcements = Changes(comparison), Announcements(session, comparison)
    run = await versions_run(session, comparison.known.slug)
    features = Features(session, comparison, changes, announcements, run)
    lines = Lines(session, comparison, announcements, run)
    await announcements.read([*features.announced(), *await lines.announced()])
    return {
        "removals": await features.removals(),
        "breaks": await features.breaks(),
        "unregistered": await asyncio.to_thread(features.unregistered),
        "uncompared": await features.uncompared(),
        "stages": await features.moves(),
        "overdue": await features.overdue(),
        "ends": await lines.ends(),
        "drops": await lines.drops(),
        "superseded": await asyncio.to_thread(
            superseded_by, comparison.coverage_later, comparison.release.version
        ),
        "experiments": experiments(comparison, changes),
        "dependences": dependences(comparison, changes),
        "waivers": await _waivers(session, comparison),
    }


async def _waivers(session: AsyncSession, comparison: ReleaseComparison) -> tuple[Waiver, ...]:
    """Return the product's waivers for rules, revoked ones left out."""
    statement = select(models.Waiver).where(
        models.Waiver.product_id == comparison.known.id,
        models.Waiver.rule.is_not(None),
        models.Waiver.revoked_at.is_(None),
    )
    return tuple(
        waiver_of(row) for row in await session.scalars(statement.order_by(models.Waiver.id))
    )


async def _syncs(session: AsyncSession, comparison: ReleaseComparison) -> tuple[Sync, ...]:
    """Return when the product's sources were last read, where the policy asks for it."""
    if comparison.policy is None or comparison.policy.gate.stale_after is None:
        return ()
    statement = select(models.Sync).where(models.Sync.product_id == comparison.known.id)
    rows = await session.scalars(statement.order_by(models.Sync.source))
    return tuple(Sync(row.source, local_day(row.synced_at, comparison.zone)) for row in rows)


def _untimely(comparison: ReleaseComparison) -> Iterator[Problem]:
    if comparison.day < comparison.at:
        allowed = f"{comparison.at} or later"
        message = f"lies before the day asked about, {comparison.at}"
        yield Problem("day", message, value=comparison.day.isoformat(), allowed=allowed)


class _Unknown(NamedTuple):
    """A name that means nothing here, and those that would."""

    field: str
    what: str
    value: str
    known: Collection[str]

    def problem(self, *, hint: bool) -> Problem:
        """Tell it; looking for the names that may be meant takes a while."""
        message, allowed = f"{self.value[:100]!r} is {self.what}", None
        if hint:
            near = nearest_words(self.value, self.known, most=3) or sorted(self.known)[:SHOWN]
            allowed = ", ".join(near) or "none is known"
        return Problem(self.field, message, value=self.value[:100], allowed=allowed)


def _unknown(comparison: ReleaseComparison) -> Iterator[_Unknown]:
    manifest, loaded = comparison.manifest, comparison.snapshot.known
    names = {line.name for line in loaded.facts.lines}
    names |= {release.line for release in loaded.facts.releases if release.line}
    for place, line in enumerate(manifest.drops):
        if line not in names:
            yield _Unknown(f"drops[{place}]", f"not a line of {loaded.slug}", line, names)
