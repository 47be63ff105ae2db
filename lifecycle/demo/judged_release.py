"""What CI asked the gate about the release that the demo vendor plans next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from lifecycle.answers.snapshots import read_snapshot
from lifecycle.audit.chain import By
from lifecycle.catalogue.models import Release
from lifecycle.catalogue.queries import LIVE
from lifecycle.demo.dashboard import SLUG
from lifecycle.gate import assessment, verdicts
from lifecycle.gate.manifests import Manifest

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

ASKED_BY = "ci"
REMOVED = "legacy-connector"


async def ask(session: AsyncSession, *, at: datetime, today: date) -> None:
    """Ask about the next planned release, which would drop a connector, and keep the verdict."""
    snapshot = await read_snapshot(session, SLUG)
    planned = (
        select(Release)
        .where(Release.product_id == snapshot.known.id, LIVE, Release.released_on.is_(None))
        .order_by(Release.planned_on, Release.id)
    )
    release = (await session.scalars(planned.limit(1))).one()
    manifest = Manifest(
        product=SLUG, version=release.version, day=release.planned_on, removes=(REMOVED,)
    )
    verdict = await assessment.ask(session, snapshot, manifest, at=today)
    await verdicts.store(session, snapshot.known.id, verdict, by=By(ASKED_BY, at))
