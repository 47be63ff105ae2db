"""Facts in few words, for the tests of coverage."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from packaging.version import Version

from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import Granularity, Newest, Rule, Window
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import Facts, Line, Release

TODAY = date(2026, 7, 1)
LONG_AGO = date(2000, 1, 1)
FIVE_MINORS = Newest(5, Granularity.MINOR)
MOST_RECENT = Newest(1, Granularity.RELEASE)


def release(version: str, day: date, **more) -> Release:
    parsed = Version(version)
    major, minor, patch = (*parsed.release, 0, 0)[:3]
    units = (f"{major}", f"{major}.{minor}", f"{major}.{minor}.{patch}")
    more = {"line": units[1], "prerelease": parsed.is_prerelease} | more
    rank = (major * 1000 + minor) * 10000 + patch * 10 + (0 if parsed.is_prerelease else 5)
    return Release(version, rank, day, units=units, **more)


def policy(
    rule: Rule | Window, *, version="1", since=LONG_AGO, tier="enterprise", **more
) -> Policy:
    window = rule if isinstance(rule, Window) else Window(rule)
    tiers = (Tier(tier, 1, window),)
    return Policy(name="promise", version=version, in_force_from=since, tiers=tiers, **more)


def facts(releases, *policies, lines=(), line_by="minor") -> Facts:
    rules = policies or (policy(FIVE_MINORS),)
    return Facts("widget", line_by, tuple(releases), tuple(lines), tuple(rules))


def coverage(releases, *policies, lines=(), today=TODAY, line_by="minor") -> Coverage:
    return Coverage(facts(releases, *policies, lines=lines, line_by=line_by), today=today)


def minors(count: int, *, first=date(2026, 1, 1), every=21) -> list[Release]:
    """Give ``1.0.0``, ``1.1.0`` and so on, one every ``every`` days."""
    return [release(f"1.{n}.0", first + timedelta(days=n * every)) for n in range(count)]


def declared_line(name: str, *, first: date | None = None, lts=None, **phases) -> Line:
    return Line(name, declared=phases, lts=lts, released_on=first)


def with_release(known, added):
    """Add a release, or let it take the place of what has its version already."""
    others = tuple(release for release in known.releases if release.version != added.version)
    return msgspec.structs.replace(known, releases=(*others, added))
