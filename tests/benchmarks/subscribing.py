"""What a calendar of 10,000 events, and the feed of the same products, cost.

Run it as ``python tests/benchmarks/subscribing.py``; it prints ratios of medians of rounds that
take turns. Products of twenty lines each are made up; the yardsticks are the icalendar library
writing bare events on the same days, and the matrices of the same products as JSON.
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from icalendar import Calendar, Event

from lifecycle.answers.dated_events import dated_events
from lifecycle.answers.matrix import matrix
from lifecycle.answers.public_changes import ChangeFilter
from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import Declared, Phase, Window
from lifecycle.settings import load
from lifecycle.support.facts import Facts, Line, Release
from lifecycle.web import calendars, feeds
from lifecycle.web.product_selections import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

PRODUCTS, LINES = 500, 20
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
ROUNDS = 3
SETTINGS = load({}, database_url="unused")


def product(number: int) -> Snapshot:
    """Give a product with twenty lines that end in the coming years."""
    slug = f"product-{number}"
    names = [f"{line}.0" for line in range(LINES)]
    releases = [
        Release(f"{name}.0", rank, date(2026, 1, 1), line=name) for rank, name in enumerate(names)
    ]
    lines = [
        Line(name, declared={Phase.END_OF_LIFE: TODAY + timedelta(days=37 * (place + 1))})
        for place, name in enumerate(names)
    ]
    tier = Tier("pro", 1, Window(Declared((Phase.END_OF_LIFE,))))
    policy = Policy(name="promise", version="1", in_force_from=date(2020, 1, 1), tiers=(tier,))
    facts = Facts(slug, "minor", tuple(releases), tuple(lines), (policy,))
    loaded = Loaded(
        id=number,
        slug=slug,
        name=f"Product {number}",
        scheme="semver",
        line_by="minor",
        identifiers=(),
        revision=1,
        facts=facts,
        features={},
        former_stages={},
        policies_entered=1,
    )
    return Snapshot(loaded, 1)


def selected(products: int = PRODUCTS) -> Selection:
    """Give products that nobody has asked about yet."""
    return Selection(tuple(map(product, range(products))), named=False, tier=None)


def calendar(selection: Selection, now: datetime = NOW) -> bytes:
    return calendars.render_calendar(selection, now, SETTINGS, estimates=False)


def feed(selection: Selection) -> bytes:
    return feeds.render_feed(selection, ChangeFilter(), NOW, SETTINGS)


def next_days_calendar(selection: Selection) -> bytes:
    return calendar(selection, NOW + timedelta(days=1))


def bare_calendar(selection: Selection) -> bytes:
    """Write as many events by the library alone, with no more than an event must have."""
    whole = Calendar()
    for snapshot in selection.snapshots:
        for line in snapshot.facts.lines:
            event = Event()
            event.add("uid", str(uuid.uuid4()))
            event.add("dtstamp", NOW)
            event.add("summary", f"{snapshot.slug} {line.name}: last day of support for pro")
            event.add("dtstart", line.declared[Phase.END_OF_LIFE])
            whole.add_component(event)
    return whole.to_ical()


def matrices(selection: Selection) -> bytes:
    shown = [matrix(s, tier=None, at=TODAY, today=TODAY) for s in selection.snapshots]
    return msgspec.json.encode(shown)


def seconds(work: Callable[[Selection], bytes], selection: Selection) -> float:
    gc.collect()
    begun = time.perf_counter()
    work(selection)
    return time.perf_counter() - begun


def changed(selection: Selection) -> Selection:
    """Give the same products after one of them changed."""
    return msgspec.structs.replace(selection, snapshots=(product(0), *selection.snapshots[1:]))


def measure() -> dict[str, list[float]]:
    """Take turns, so that whatever else the machine does meets all alike."""
    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        fresh = selected()
        times.setdefault("bare", []).append(seconds(bare_calendar, fresh))
        times.setdefault("matrices", []).append(seconds(matrices, fresh))
        times.setdefault("feed", []).append(seconds(feed, fresh))
        times.setdefault("calendar", []).append(seconds(calendar, fresh))
        times.setdefault("again", []).append(seconds(calendar, fresh))
        times.setdefault("after a change", []).append(seconds(calendar, changed(fresh)))
        times.setdefault("the next day", []).append(seconds(next_days_calendar, fresh))
    return times


def peak(work: Callable[[Selection], bytes], selection: Selection) -> tuple[float, int]:
    """Give the memory at its highest, in MiB, and the bytes that came out."""
    tracemalloc.start()
    length = len(work(selection))
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest / 2**20, length


def main() -> None:
    times = {name: statistics.median(rounds) for name, rounds in measure().items()}
    selection = selected()
    events = sum(len(dated_events(snapshot, TODAY)) for snapshot in selection.snapshots)
    memory, length = peak(calendar, selection)
    bare_memory, _ = peak(bare_calendar, selection)
    print(f"{events} events of {PRODUCTS} products: {length / 2**20:.1f} MiB")
    print(f"calendar: {times['calendar']:.2f} s, {times['calendar'] / times['bare']:.2f} of bare")
    for name in ("again", "after a change", "the next day"):
        print(f"calendar {name}: {times[name] * 1000:.0f} ms,", end=" ")
        print(f"{times[name] / times['calendar']:.3f} of the first")
    print(f"memory: {memory:.0f} MiB, {memory / bare_memory:.2f} of bare")
    print(
        f"feed: {times['feed'] * 1000:.0f} ms, {times['feed'] / times['matrices']:.2f} of matrices"
    )


if __name__ == "__main__":
    main()
