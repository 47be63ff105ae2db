"""What timelines cost: those of 464 products, and one of 20,000 releases, with time and memory.

Run it as ``python tests/benchmarks/drawing_timelines.py``; it prints ratios of medians of rounds
that take turns. The yardsticks are the matrices of the same products as JSON. Every line is drawn
of the many products, twenty each; of the large one, those that matter, and as many as there is
room for.
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING

import msgspec
from building_coverage import TODAY as LARGE_TODAY
from building_coverage import facts
from subscribing import TODAY, product

from lifecycle.answers.matrix import matrix
from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.timeline_questions import TimelineQuestion
from lifecycle.web.timeline_pictures import draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

PRODUCTS = 464
ROUNDS = 3
WIDTH = 960
MATTERING, EVERY_LINE = TimelineQuestion(), TimelineQuestion(every_line=True)


def drawn(snapshots: list[Snapshot], question: TimelineQuestion, today: date) -> int:
    return sum(len(draw(each, question, today=today, width=WIDTH)) for each in snapshots)


def answered(snapshots: list[Snapshot], today: date) -> int:
    encode = msgspec.json.encode
    return sum(len(encode(matrix(each, tier=None, at=today, today=today))) for each in snapshots)


def large() -> list[Snapshot]:
    """Give the product of 20,000 releases, of which nobody has asked anything yet."""
    loaded = msgspec.structs.replace(product(1).known, facts=facts(), slug="widget")
    return [Snapshot(loaded, 1)]


def many() -> list[Snapshot]:
    return [product(number) for number in range(PRODUCTS)]


def measure(
    name: str, make: Callable[[], list[Snapshot]], today: date, question: TimelineQuestion
) -> None:
    runs = {
        "timelines": lambda snapshots: drawn(snapshots, question, today),
        "matrices": lambda snapshots: answered(snapshots, today),
    }
    took: dict[str, list[float]] = {run: [] for run in runs}
    sizes = {}
    for _ in range(ROUNDS):
        for run, work in runs.items():
            snapshots = make()
            gc.collect()
            begun = time.perf_counter()
            sizes[run] = work(snapshots)
            took[run].append(time.perf_counter() - begun)
    medians = {run: statistics.median(seconds) for run, seconds in took.items()}
    ratio = medians["timelines"] / medians["matrices"]
    print(f"{name}: {medians['timelines']:.2f} s, {ratio:.1f} times their matrices")
    print(f"  {sizes['timelines'] / 1e6:.1f} MB of SVG, {sizes['matrices'] / 1e6:.1f} MB of JSON")
    print(f"  at most {peak(make, today, question) / 1e6:.0f} MB of memory beside the product")


def peak(make: Callable[[], list[Snapshot]], today: date, question: TimelineQuestion) -> int:
    """Return the bytes that drawing one after another takes at its most, coverage included."""
    snapshots = make()
    tracemalloc.start()
    drawn(snapshots, question, today)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    measure(f"{PRODUCTS} products of 20 lines", many, TODAY, EVERY_LINE)
    measure("20,000 releases, the lines that matter", large, LARGE_TODAY, MATTERING)
    measure("20,000 releases, 200 of 2,000 lines", large, LARGE_TODAY, EVERY_LINE)


if __name__ == "__main__":
    main()
