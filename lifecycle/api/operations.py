"""What the operator's own tools ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.response import Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.api.routing import get
from lifecycle.audit import queries as audit
from lifecycle.errors import Unavailable


class HealthOut(msgspec.Struct, frozen=True):
    """How the service is; ``revision`` is the number of the audit log's last entry."""

    status: str
    revision: int | None = None


@get("/health/live", scope="operator")
async def show_live() -> HealthOut:
    """Say that the process answers."""
    return HealthOut("alive")


@get("/health/ready", scope="operator")
async def show_ready(
    request: Request[Any, Any, Any], session: NamedDependency[AsyncSession]
) -> HealthOut:
    """Say that the store answers, and that nothing inside has died."""
    if request.app.state.parts.dead:
        raise Unavailable("Something inside this process has died; it is about to end.")
    revision, _ = await audit.head(session)
    return HealthOut("ready", revision)


@get("/metrics", scope="operator", media_type=CONTENT_TYPE_LATEST, include_in_schema=False)
async def show_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show the metrics in Prometheus' text format."""
    return Response(
        request.app.state.parts.telemetry.render(),
        headers={"content-type": CONTENT_TYPE_LATEST},
    )


router = Router("/", route_handlers=[show_live, show_ready, show_metrics], tags=["operations"])
