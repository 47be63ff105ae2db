"""How the service is: whether a worker lives, the key opens what is sealed, what waits longest."""

from __future__ import annotations

import asyncio
import contextlib
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from lifecycle import keys
from lifecycle.database.outages import Outage
from lifecycle.scheduler.job_locks import claim
from lifecycle.scheduler.models import Mark
from notifications.models import Delivery
from notifications.sealing import opens, sealed_samples
from notifications.secrets import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lifecycle.database.store import Store
    from lifecycle.settings import Settings
    from lifecycle.telemetry import Telemetry

EVERY = 15.0
"""Seconds between two measurements, and between two signs of life of a worker."""
AT_FIRST = 2.0
"""Seconds until the second measurement: the worker beside it may have begun after the first."""
SILENT_AFTER = 60.0
"""Seconds after which a worker that gave no sign of life is not taken to live."""
WORKER = "worker"
WRONG_KEY = (
    "The secret key does not open what is encrypted in the store; restart with the right one."
)


class WorkerState(StrEnum):
    """Whether any worker on this store lives, by its last sign of life."""

    ALIVE = "alive"
    SILENT = "silent"
    NONE = "none"


async def give_sign_of_life(store: Store, now: datetime) -> None:
    """Note in the store that a worker lives."""
    async with store.writing() as session:
        if mark := await claim(session, WORKER):
            mark.seq = int(now.timestamp())


class Vitals:
    """What was measured last, for whoever asks how the service is."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.waiting = 0
        self.oldest_seconds = 0.0
        self.key_opens = True
        self._seen: int | None = None
        self._store = store
        self._settings = settings
        self._clock = clock
        self._vault: Vault | None = None

    @property
    def silent_seconds(self) -> float | None:
        """The seconds since a worker last gave a sign of life; None where none ever did."""
        return None if self._seen is None else max(self._clock().timestamp() - self._seen, 0.0)

    @property
    def worker(self) -> WorkerState:
        """Whether any worker lives."""
        silence = self.silent_seconds
        if silence is None:
            return WorkerState.NONE
        return WorkerState.ALIVE if silence <= SILENT_AFTER else WorkerState.SILENT

    @property
    def trouble(self) -> str | None:
        """Why the service cannot do its work; nothing while it can."""
        return self._store.trouble or (None if self.key_opens else WRONG_KEY)

    def summary(self) -> dict[str, Any]:
        """Return what was measured, as probes show it."""
        return {
            "worker": self.worker,
            "key_opens": self.key_opens,
            "deliveries_waiting": self.waiting,
            "oldest_due_seconds": round(self.oldest_seconds, 1),
        }

    async def keep_measuring(self, ending: asyncio.Event) -> None:
        """Measure until the end; a store that fails is waited for."""
        outage, pause = Outage("measuring"), AT_FIRST
        while not ending.is_set():
            with outage.borne():
                await self.measure()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), pause)
            pause = EVERY

    async def measure(self) -> None:
        """Ask the store."""
        statement = select(func.count(), func.min(Delivery.due_at)).where(
            Delivery.due_at.is_not(None)
        )
        async with self._store.reading() as session:
            self.waiting, oldest = (await session.execute(statement)).one()
            self._seen = await session.scalar(select(Mark.seq).where(Mark.name == WORKER))
            samples = await sealed_samples(session)
        late = (self._clock() - oldest).total_seconds() if oldest else 0.0
        self.oldest_seconds = max(late, 0.0)
        self.key_opens = all(self._opens(sample) for sample in samples)

    def _opens(self, sample: str) -> bool:
        chosen = self._settings
        if not chosen.secret_key and not keys.key_file(chosen.database_url).exists():
            return False  # to ask for it would make another
        try:
            self._vault = self._vault or Vault(keys.secret_key(self._settings))
        except keys.SecretKeyUnavailable:
            return False
        return opens(self._vault, sample)

    def show(self, telemetry: Telemetry) -> None:
        """Show what was measured among the metrics."""
        telemetry.gauge(
            "lifecycle_deliveries_waiting",
            "Deliveries still to be attempted.",
            lambda: self.waiting,
        )
        telemetry.gauge(
            "lifecycle_deliveries_oldest_seconds",
            "How long the oldest of those due has waited.",
            lambda: self.oldest_seconds,
        )
        telemetry.gauge(
            "lifecycle_worker_alive",
            "Whether a worker gave a sign of life within the last minute.",
            lambda: self.worker is WorkerState.ALIVE,
        )
        telemetry.gauge(
            "lifecycle_store_writable",
            "Whether the last change or probe could be stored.",
            lambda: self._store.trouble is None,
        )
        telemetry.gauge(
            "lifecycle_key_opens",
            "Whether the secret key opens what is encrypted in the store.",
            lambda: self.key_opens,
        )
