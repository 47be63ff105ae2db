"""The only wiring: settings, store and clock in; the application that a server runs out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.datastructures import State

from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.api import (
    accounts,
    checks,
    cle,
    comparisons,
    cyclonedx,
    deliveries,
    deprecations,
    endoflife,
    endoflife_files,
    evidence,
    features,
    flag_evaluations,
    gate,
    health,
    imports,
    instances,
    lifecycle_metrics,
    lines,
    notices,
    openeox,
    policies,
    products,
    reach,
    releases,
    subscriptions,
    support,
    tea,
    tokens,
    waivers,
)
from lifecycle.database.store import open_store
from lifecycle.idempotency.keyed_requests import Working
from lifecycle.server import openapi_pages, request_validation
from lifecycle.server.allowed_methods import Methods
from lifecycle.server.app_state import AppState
from lifecycle.server.authorization import guard
from lifecycle.server.body_limits import Bodies
from lifecycle.server.escaped_paths import RestoredNames
from lifecycle.server.moved_products import MovedProduct, redirect
from lifecycle.server.published_paths import accepted_prefix
from lifecycle.server.quotas import Metering
from lifecycle.server.request_metrics import Counting
from lifecycle.server.response_cache import ReadyAnswers
from lifecycle.server.security_headers import Defended
from lifecycle.server.standing_jobs import run_jobs
from lifecycle.server.trusted_proxies import read_networks
from lifecycle.telemetry import Telemetry
from lifecycle.web import error_pages, site

if TYPE_CHECKING:
    from lifecycle.accounts.scopes import Caller
    from lifecycle.database.store import Store
    from lifecycle.settings import Settings

Clock = Callable[[], datetime]
ROUTERS = (
    products.router,
    releases.router,
    lines.router,
    features.router,
    flag_evaluations.router,
    policies.router,
    support.router,
    comparisons.router,
    cle.router,
    openeox.router,
    cyclonedx.router,
    tea.router,
    gate.router,
    accounts.router,
    instances.router,
    checks.router,
    imports.router,
    deprecations.router,
    reach.router,
    subscriptions.router,
    deliveries.router,
    notices.router,
    waivers.router,
    tokens.router,
    evidence.router,
    endoflife.router,
    endoflife_files.router,
    health.router,
    lifecycle_metrics.router,
    *site.ROUTERS,
)
DEMO_BEGINS = time(15, tzinfo=UTC)
"""When a demo of another day begins: its vendor, in New York, is at work, whatever the season."""


def utc_now() -> datetime:
    """Read the clock; nothing below the edge does."""
    return datetime.now(UTC)


class App(ReadyAnswers):
    """The application: ready answers in front, handlers behind, and what runs beside them.

    Whatever runs beside must not die unnoticed: ``dead`` says so, and ``on_death`` is called.
    """

    def __init__(self, litestar: Litestar, app_state: AppState) -> None:
        settings = app_state.settings
        bodies = Bodies(litestar, largest=settings.max_body_bytes)  # type: ignore[arg-type]
        proxies = read_networks(settings.trusted_proxies)
        metering = Metering(bodies, app_state.quotas, proxies)
        super().__init__(
            Defended(Counting(Methods(metering), app_state.telemetry.requests.count)),
            current=app_state.snapshots.current,
            clock=app_state.clock,
            public=settings.public_reads,
            max_age=settings.max_age_seconds,
            max_bytes=settings.cache_bytes,
            prefix=accepted_prefix(app_state.prefix, (route.path for route in litestar.routes)),
        )
        self.litestar = litestar
        self.app_state = app_state
        _measure(self, app_state.telemetry, bodies)
        app_state.vitals.show(app_state.telemetry)

    @property
    def dead(self) -> bool:
        """Whether something that should run for ever has ended."""
        return self.app_state.dead

    def on_death(self, callback: Callable[[], None]) -> None:
        """Have somebody told when that happens."""
        self.app_state.on_death.append(callback)


def create_app(
    settings: Settings, store: Store, clock: Clock = utc_now, *, at_hand: Caller | None = None
) -> App:
    """Wire everything together; nothing is contacted before the application starts.

    ``at_hand`` is who asks, where the application is served to the user of this machine alone.
    """
    app_state = AppState(
        settings=settings,
        store=store,
        clock=clock,
        snapshots=Snapshots(store, clock),
        telemetry=Telemetry(),
        working=Working(),
        at_hand=at_hand,
    )
    litestar = Litestar(
        route_handlers=ROUTERS,
        guards=[guard],
        middleware=[RestoredNames],
        before_request=request_validation.check,
        exception_handlers={Exception: error_pages.handle, MovedProduct: redirect},
        request_class=request_validation.StrictRequest,
        request_max_body_size=None,  # `Bodies` bounds them, together as well
        openapi_config=openapi_pages.description(),
        lifespan=[lambda _: run_jobs(app_state)],
        state=State({"app_state": app_state}),
        logging_config=None,
    )
    return App(litestar, app_state)


async def build(settings: Settings) -> App:
    """Return the application on the store that the settings name."""
    return create_app(settings, open_store(settings.database_url), clock_of(settings))


def clock_of(settings: Settings) -> Clock:
    """Return the clock: the real one, or for a demo of another day, one that is set to it."""
    if settings.at is None:
        return utc_now
    moved = datetime.combine(settings.at, DEMO_BEGINS) - utc_now()
    return lambda: utc_now() + moved


def _measure(app: App, telemetry: Telemetry, bodies: Bodies) -> None:
    telemetry.counter("lifecycle_ready_answers", "Answers served from memory.", lambda: app.hits)
    telemetry.counter(
        "lifecycle_rendered_answers", "Reads that a handler answered.", lambda: app.misses
    )
    telemetry.counter(
        "lifecycle_ready_answers_evicted",
        "Ready answers dropped to make room.",
        lambda: app.evictions,
    )
    telemetry.counters(
        "lifecycle_gate_verdicts",
        "Verdicts of the gate; undecided ones are counted separately.",
        "verdict",
        lambda: app.app_state.verdicts,
    )
    telemetry.counters(
        "lifecycle_failed_tokens",
        "Requests refused for their token: malformed, unknown, revoked or expired.",
        "failure",
        lambda: app.app_state.failed_tokens,
    )
    telemetry.counter(
        "lifecycle_quota_refusals",
        "Requests without a token refused because their address had used up its processor time.",
        lambda: app.app_state.quotas.refusals,
    )
    telemetry.counter(
        "lifecycle_sign_in_refusals",
        "Attempts to sign in refused because too many had failed.",
        lambda: app.app_state.sign_in_attempts.refusals,
    )
    telemetry.gauge("lifecycle_bodies_bytes", "Request bodies held in memory.", lambda: bodies.held)
    telemetry.gauge("lifecycle_ready_answers_kept", "Ready answers kept.", lambda: len(app))
    telemetry.gauge("lifecycle_ready_answers_bytes", "Memory of ready answers.", lambda: app.bytes)
