"""What ends and who was told, as Prometheus metrics: for those who alert from there."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.response import Response
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.scopes import touches
from lifecycle.answers.line_ends import line_ends
from lifecycle.deprecations.evidence.reach_counts import ReachCounts, count_reach
from lifecycle.server.dependencies import Moment
from lifecycle.server.routing import get
from lifecycle.telemetry import render_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.announced import Announced
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn

SHOWN_AFTER: Final = timedelta(days=30)
"""How long an end is shown once it is past, with negative days, so that an alert can still fire."""


class _Day(NamedTuple):
    """A product's snapshot, and its own today."""

    snapshot: Snapshot
    today: date

    def is_shown(self, day: date) -> bool:
        return day >= self.today - SHOWN_AFTER


@get(
    "/metrics/lifecycle",
    scope="publish",
    by_product=True,
    media_type=CONTENT_TYPE_LATEST,
    include_in_schema=False,
)
async def show_lifecycle_metrics(
    session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Response[bytes]:
    """Show the days left of lines and deprecations, and how many accounts were notified."""
    days = [
        _Day(snapshot, snapshot.today(moment.now))
        for snapshot in await moment.app_state.snapshots.get_all(moment.visibility)
        if touches(moment.products, snapshot.slug)
    ]
    announced = [(day, change) for day in days for change in _announced(day)]
    counts = await count_reach(session, [change.id for _, change in announced])
    body = await moment.runner(partial(_render, days, announced, counts))
    return Response(body, headers={"content-type": CONTENT_TYPE_LATEST})


def _announced(day: _Day) -> Iterator[Announced]:
    for change in day.snapshot.announced:
        if any(day.is_shown(change.days[tier]) for tier in change.tiers):
            yield change


def _render(
    days: Sequence[_Day],
    announced: Iterable[tuple[_Day, Announced]],
    counts: Mapping[int, ReachCounts],
) -> bytes:
    changes = list(announced)
    return render_metrics(
        [_line_days(days), _deprecation_days(changes), _accounts(changes, counts)]
    )


def _line_days(days: Iterable[_Day]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "lifecycle_line_days_left",
        "Days until the last day of a line's support; an estimate's are those of its median.",
        labels=["product", "line", "tier", "estimated"],
    )
    for day in days:
        for end in line_ends(day.snapshot, day.today):
            if day.is_shown(end.last_day):
                estimated = "true" if end.estimate else "false"
                for tier in end.tiers:
                    labels = [day.snapshot.slug, end.line, tier, estimated]
                    family.add_metric(labels, (end.last_day - day.today).days)
    return family


def _deprecation_days(announced: Iterable[tuple[_Day, Announced]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "lifecycle_deprecation_days_left",
        "Days until a deprecation takes effect for a tier.",
        labels=["product", "subject", "deprecation", "kind", "tier"],
    )
    for day, change in announced:
        about = [day.snapshot.slug, _subject(change.content), change.uid, str(change.content.kind)]
        for tier in change.tiers:
            if day.is_shown(change.days[tier]):
                family.add_metric([*about, tier], (change.days[tier] - day.today).days)
    return family


def _accounts(
    announced: Iterable[tuple[_Day, Announced]], counts: Mapping[int, ReachCounts]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "lifecycle_deprecation_accounts",
        "Accounts that a deprecation reaches; those acknowledged or moved are counted twice.",
        labels=["product", "subject", "deprecation", "state"],
    )
    for day, change in announced:
        about = [day.snapshot.slug, _subject(change.content), change.uid]
        for state, count in msgspec.structs.asdict(counts[change.id]).items():
            family.add_metric([*about, state], count)
    return family


def _subject(content: DeprecationIn) -> str:
    """Return the feature, lines or versions that it concerns; empty for the whole product."""
    return content.feature or content.range or ", ".join(content.lines or ())


router = Router("/", route_handlers=[show_lifecycle_metrics], tags=["operations"])
