"""What the service tells its operator: structured logs and Prometheus metrics.

Counting must cost next to nothing, so counters are plain integers that a collector reads when
Prometheus asks; the client library's own counters take a lock each.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

TALKATIVE = ("alembic", "uvicorn")
"""Libraries that tell each step of a start, which only those who look for a fault want to read."""
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
Gauge = Callable[[], float]
Counts = Callable[[], Mapping[str, float]]


class Requests:
    """How many requests each route answered with which status, and how long they took."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record one answered request; ``route`` is the template, never the path."""
        key = (method, route, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        buckets = self._buckets.setdefault(route, [0] * (len(BOUNDS) + 1))
        buckets[_bucket(seconds)] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the families Prometheus reads."""
        yield self._counted()
        yield self._timed()

    def _counted(self) -> Metric:
        family = CounterMetricFamily(
            "lifecycle_requests",
            "Requests answered by a handler.",
            labels=["method", "route", "status"],
        )
        for (method, route, status), count in list(self._counts.items()):
            family.add_metric([method, route, str(status)], count)
        return family

    def _timed(self) -> Metric:
        family = HistogramMetricFamily(
            "lifecycle_request_seconds", "Time a handler took.", labels=["route"]
        )
        for route, buckets in list(self._buckets.items()):
            family.add_metric([route], _cumulated(buckets), self._seconds[route])
        return family


class Telemetry(Collector):
    """The metrics of one application; two in one process do not mix."""

    def __init__(self) -> None:
        self.requests = Requests()
        self.registry = CollectorRegistry()
        self._counters: dict[str, tuple[str, Gauge]] = {}
        self._gauges: dict[str, tuple[str, Gauge]] = {}
        self._labelled: dict[str, tuple[str, str, Counts]] = {}
        self.registry.register(self)

    def counter(self, name: str, description: str, read: Gauge) -> None:
        """Show a number that only grows, read when Prometheus asks."""
        self._counters[name] = (description, read)

    def gauge(self, name: str, description: str, read: Gauge) -> None:
        """Show a number that rises and falls, read when Prometheus asks."""
        self._gauges[name] = (description, read)

    def counters(self, name: str, description: str, label: str, read: Counts) -> None:
        """Show several numbers that only grow, told apart by a label."""
        self._labelled[name] = (description, label, read)

    def collect(self) -> Iterable[Metric]:
        """Return everything counted so far."""
        yield from self.requests.collect()
        for name, (description, read) in self._counters.items():
            yield CounterMetricFamily(name, description, value=read())
        for name, (description, read) in self._gauges.items():
            yield GaugeMetricFamily(name, description, value=read())
        for name, (description, label, counts) in self._labelled.items():
            family = CounterMetricFamily(name, description, labels=[label])
            for value, count in counts().items():
                family.add_metric([value], count)
            yield family

    def render(self) -> bytes:
        """Write the metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Given(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def render_metrics(families: Iterable[Metric]) -> bytes:
    """Write families of metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Given(families))
    return generate_latest(registry)


def _bucket(seconds: float) -> int:
    for index, bound in enumerate(BOUNDS):
        if seconds <= bound:
            return index
    return len(BOUNDS)


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    rows, total = [], 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        total += count
        rows.append((bound, float(total)))
    return rows


def configure_logs(level: str, log_format: str) -> None:
    """Send this program's and its libraries' logs to standard error, one a line."""
    stream = sys.stderr
    for_people = log_format == "console" or (log_format == "auto" and stream.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if for_people
        else structlog.processors.JSONRenderer()
    )
    shared = _shared_processors(for_people=for_people)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(level.upper() if level == "debug" else "WARNING")
    logging.captureWarnings(capture=True)


def _shared_processors(*, for_people: bool) -> list[Any]:
    errors = [] if for_people else [structlog.processors.format_exc_info]
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *errors,
    ]
