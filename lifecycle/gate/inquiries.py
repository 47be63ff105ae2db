"""Inquiries: the gate is asked about a manifest, and its verdict is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.snapshots import as_seen
from lifecycle.gate import assessment, verdicts

if TYPE_CHECKING:
    from collections import Counter
    from datetime import date

    from lifecycle.answers.snapshot_cache import Snapshots
    from lifecycle.audit.chain import By
    from lifecycle.database.store import Store
    from lifecycle.gate.manifests import Manifest
    from lifecycle.gate.verdict_outputs import VerdictOut


async def judge_and_keep(
    store: Store,
    snapshots: Snapshots,
    manifest: Manifest,
    *,
    at: date | None = None,
    by: By,
    tally: Counter[str],
) -> VerdictOut:
    """Judge a release as known on the day ``at``, today if left out, and keep a new verdict.

    The store is locked for keeping it alone. ``tally`` counts what was answered.
    """
    snapshot = await snapshots.get(manifest.product)
    async with store.reading() as session:
        snapshot = await as_seen(session, snapshot)
        day = at or snapshot.today(by.at)
        verdict = await assessment.ask(session, snapshot, manifest, at=day)
        is_stored = await verdicts.is_kept(session, verdict.id)
    if not is_stored:
        async with store.writing() as session:
            await verdicts.store(session, snapshot.known.id, verdict, by=by)
    tally[assessment.outcome(verdict)] += 1
    return verdict
