"""What building the coverage of 20,000 releases and three tiers costs.

Run it as ``python tests/benchmarks/building_coverage.py``; it prints ratios of medians of rounds
that take turns. The yardstick is parsing and sorting the same version strings with ``packaging``.
"""

from __future__ import annotations

import random
import statistics
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

from packaging.version import Version

from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import BestEffort, Granularity, Newest, Window
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import Facts, Release
from lifecycle.support.status import answer_line, answer_release

if TYPE_CHECKING:
    from collections.abc import Callable

RELEASES = 20_000
PATCHES = 10
TODAY = date(2026, 1, 1)
TIERS = ("community", "pro", "enterprise")
ROUNDS = 7


def facts() -> Facts:
    """Give 2,000 minor lines of ten patches each, a minor every three days."""
    start = date(2005, 1, 1)
    releases = []
    for line in range(RELEASES // PATCHES):
        major, minor = divmod(line, 40)
        for patch in range(PATCHES):
            day = start + timedelta(days=line * 3 + patch * 5)
            units = (f"{major}", f"{major}.{minor}", f"{major}.{minor}.{patch}")
            rank = (line * PATCHES + patch) << 20
            releases.append(Release(units[2], rank, day, line=units[1], units=units))
    windows = (BestEffort(), Newest(1, Granularity.RELEASE), Newest(5, Granularity.MINOR))
    tiers = tuple(
        Tier(name, rank, Window(rule))
        for rank, (name, rule) in enumerate(zip(TIERS, windows, strict=True))
    )
    policy = Policy(name="promise", version="1", in_force_from=start, tiers=tiers)
    return Facts("widget", "minor", tuple(releases), (), (policy,))


def sort_versions(versions: list[str]) -> None:
    sorted(versions, key=Version)


def build_lines(known: Facts) -> Coverage:
    """Build every line's timeline for every tier."""
    coverage = Coverage(known, today=TODAY)
    for line in coverage.line_names():
        for tier in TIERS:
            coverage.timeline(tier, line)
    return coverage


def build_releases(known: Facts) -> Coverage:
    """Build every release's timeline for every tier too."""
    coverage = build_lines(known)
    for release in known.releases:
        for tier in TIERS:
            coverage.timeline(tier, release.line, release)
    return coverage


def answer_all_lines(coverage: Coverage) -> None:
    for line in coverage.line_names():
        for tier in TIERS:
            answer_line(coverage, line, tier=tier, at=TODAY)


def answer_some_releases(coverage: Coverage) -> None:
    for release in coverage.facts.releases[::20]:
        for tier in TIERS:
            answer_release(coverage, release, tier=tier, at=TODAY)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    known = facts()
    versions = [release.version for release in known.releases]
    random.Random(1).shuffle(versions)  # noqa: S311 - a shuffle, the same in every run
    built = build_releases(known)
    jobs: dict[str, Callable[[], object]] = {
        "parse and sort 20,000 versions (the yardstick)": lambda: sort_versions(versions),
        "build all lines, three tiers": lambda: build_lines(known),
        "build all lines and all releases, three tiers": lambda: build_releases(known),
        "answer 2,000 lines for three tiers": lambda: answer_all_lines(built),
        "answer 1,000 releases for three tiers": lambda: answer_some_releases(built),
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            taken[name].append(seconds(job))
    yardstick = statistics.median(taken[next(iter(jobs))])
    for name, times in taken.items():
        print(f"{statistics.median(times) / yardstick:7.2f}  {name}")


if __name__ == "__main__":
    main()
