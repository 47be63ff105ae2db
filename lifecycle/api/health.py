"""What the operator's own tools ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Request, Router
from litestar.params import QueryParameter
from litestar.response import Response
from prometheus_client import CONTENT_TYPE_LATEST

from lifecycle.audit import queries as audit
from lifecycle.errors import Unavailable
from lifecycle.scheduler.vitals import WorkerState
from lifecycle.server.routing import get

if TYPE_CHECKING:
    from lifecycle.server.app_state import AppState


class Purpose(StrEnum):
    """What a balancer has requests for: everything, or only public questions."""

    WRITES = "writes"
    READS = "reads"


For = Annotated[
    Purpose,
    QueryParameter(
        name="for",
        description="`writes`: whether the store accepts changes, too; "
        "`reads`: whether public questions can be answered, if only from memory.",
    ),
]


class HealthOut(msgspec.Struct, frozen=True):
    """How the service is; ``revision`` is the number of the audit log's last entry."""

    status: str
    revision: int | None = None
    worker: WorkerState | None = None
    key_opens: bool | None = None
    deliveries_waiting: int | None = None
    oldest_due_seconds: float | None = None


@get(
    "/health/live",
    scope="operator",
    summary="Show that the process answers",
)
async def show_live() -> HealthOut:
    """Say that the process answers."""
    return HealthOut("alive")


@get(
    "/health/ready",
    scope="operator",
    summary="Show whether the service is ready",
)
async def show_ready(request: Request[Any, Any, Any], for_: For = Purpose.WRITES) -> HealthOut:
    """Say that the store answers and accepts changes, and that nothing inside has died.

    It does not while the last change that was tried failed, or a probe every few seconds, or
    while the secret key does not open what is encrypted. Whether a worker lives, on whichever
    machine, and how long deliveries have waited, it only tells: questions can be answered.
    """
    app_state: AppState = request.app.state.app_state
    if app_state.dead:
        raise Unavailable("Something inside this process has died; it is about to end.")
    if for_ is Purpose.READS and app_state.settings.public_reads and app_state.snapshots.any_kept:
        return HealthOut("ready")
    if for_ is Purpose.WRITES and app_state.vitals.trouble:
        raise Unavailable(app_state.vitals.trouble)
    async with app_state.store.reading() as session:
        revision, _ = await audit.head(session)
    return HealthOut("ready", revision, **app_state.vitals.summary())


@get("/metrics", scope="operator", media_type=CONTENT_TYPE_LATEST, include_in_schema=False)
async def show_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show the metrics in Prometheus' text format."""
    return Response(
        request.app.state.app_state.telemetry.render(),
        headers={"content-type": CONTENT_TYPE_LATEST},
    )


router = Router("/", route_handlers=[show_live, show_ready, show_metrics], tags=["operations"])
