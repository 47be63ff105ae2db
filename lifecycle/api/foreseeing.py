"""Foreseeing: what registering releases will cause, worked out before the store is locked.

With thousands of releases that takes a while, and on SQLite nobody else could write meanwhile. It
holds only if the product is still the one it was worked out for when the lock is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency

from lifecycle.api import enforcing
from lifecycle.audit import queries as audit
from lifecycle.catalogue import releases
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.foresight import once_registered
from lifecycle.catalogue.queries import UnknownProduct
from lifecycle.deprecations.workflow import caused_ends
from lifecycle.errors import LifecycleError
from lifecycle.gate import assessment
from lifecycle.server.dependencies import Change, IdempotencyKey, provide_keyed_change
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from datetime import date, datetime

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.models import Product
    from lifecycle.deprecations.workflow.caused_ends import CausedEnd
    from lifecycle.gate.verdicts import VerdictOut
    from lifecycle.server.app_state import Parts

MOST_LOOKED_AT = 100
"""More releases than this at once are history: what they cause is not looked for."""


class Foreseen:
    """What will be caused by registering releases now, if their product is as it was."""

    def __init__(self, snapshot: Snapshot, facts: list[ReleaseIn], now: datetime) -> None:
        self.snapshot = snapshot
        self.facts = facts
        self.days = snapshot.days(now)
        self.ends: list[CausedEnd] = []
        self.verdicts: list[VerdictOut] | None = None
        """The gate's, where it is asked; None where it could not be."""

    @property
    def today(self) -> date:
        """The day it is for the product."""
        return self.days[0]

    async def work_out(self, parts: Parts) -> None:
        """Compare the product with what it will be, and count whom that concerns."""
        known = self.snapshot.known
        versions = [each.version for each in self.facts]
        async with parts.store.reading() as session:
            plans = await releases.plans_among(session, known.id, versions)
            later = await asyncio.to_thread(
                once_registered, known, self.facts, plans=plans, registered_on=self.days[1]
            )
            ends = await caused_ends.ends_caused(later, versions, today=self.today)
            self.ends = await caused_ends.told_of(
                session, later, self.snapshot.announced, ends, today=self.today
            )

    async def judge(self, parts: Parts) -> None:
        """Ask the gate for its verdict on each release; what it refuses is told at their entry."""
        today, registered_on = self.days
        with suppress(LifecycleError):
            async with parts.store.reading() as session:
                self.verdicts = await assessment.ask_for_all(
                    session, self.snapshot, self.facts, today=today, registered_on=registered_on
                )

    async def holds(self, change: Change, product: Product) -> bool:
        """Lock the product, and say whether it is still the same."""
        await change.session.refresh(product, with_for_update=True)
        revision = self.snapshot.revision
        newest, changed = await audit.changed_since(change.session, revision)
        unchanged = newest >= revision and product.slug not in changed
        return unchanged and self.days == self.snapshot.days(change.now)


async def provide_foreseen(request: Request[Any, Any, Any]) -> Foreseen | None:
    """Say what the releases of a body will cause; None where their registration has to tell.

    What is wrong with the body is told then as well.
    """
    parts: Parts = request.app.state.parts
    try:
        given = msgspec.json.decode(await request.body(), type=ReleaseIn | list[ReleaseIn])
        facts = given if isinstance(given, list) else [given]
        if not 0 < len(facts) <= MOST_LOOKED_AT:
            return None
        snapshot = await parts.snapshots.get(request.path_params["product"])
        foreseen = Foreseen(snapshot, facts, parts.clock())
        await foreseen.work_out(parts)
        if request.query_params.get("gate") == enforcing.ENFORCE:
            await foreseen.judge(parts)
    except (msgspec.MsgspecError, UnicodeError, UnknownProduct, UnparsableVersion):
        return None
    return foreseen


async def provide_change(
    request: Request[Any, Any, Any],
    foreseen: NamedDependency[Foreseen | None],  # noqa: ARG001 -- it comes before the lock
    idempotency_key: IdempotencyKey = None,
) -> AsyncGenerator[Change, None]:
    """Give the change whose consequences are foreseen."""
    async with asynccontextmanager(provide_keyed_change)(request, idempotency_key) as change:
        yield change
