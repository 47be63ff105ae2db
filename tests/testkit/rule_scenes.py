"""What the examples of the rules are made of: a vendor's small world, and a release of 3.40.0.

On 1 December 2026 clairdash is asked whether 3.40.0 may go out. Pro is owed 90 days before a
removal or a breaking change, Enterprise 180.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from lifecycle.calendar.lengths import Length
from lifecycle.gate.manifests import Manifest
from lifecycle.gate.scenes import Announcement, FeatureChange, LineEnd, Scene, Version, Waiver
from lifecycle.policy.lead_times import Earliest, Owed
from lifecycle.policy.notice_periods import BestEffort, Kind, Lead, NoticeTerms
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.stages import PRE_GA, Stage
from lifecycle.policy.windows import Granularity, Newest, Window

TODAY = date(2026, 12, 1)
LONG_AGO = date(2025, 11, 1)
PERIODS = {"pro": 90, "enterprise": 180}
VERSION = Version("3.40.0", line="3.40", before="3.39.1", step=Granularity.MINOR, semantic=True)
MAJOR = msgspec.structs.replace(VERSION, text="4.0.0", line="4.0", step=Granularity.MAJOR)
POLICY = Policy(
    name="clairdash-support",
    version="1",
    in_force_from=date(2024, 1, 16),
    tiers=(
        Tier("pro", 1, Window(Newest(1, Granularity.RELEASE))),
        Tier("enterprise", 2, Window(Newest(5, Granularity.MINOR))),
    ),
    exempt_stages=PRE_GA,
    notice={
        kind: NoticeTerms(Lead(Length(days=90)), {"enterprise": Lead(Length(days=180))})
        for kind in (Kind.REMOVAL, Kind.BREAKING_CHANGE)
    }
    | {Kind.END_OF_SUPPORT: NoticeTerms(BestEffort())},
)


def asked(version: Version = VERSION, **parts: Any) -> Scene:
    """Ask about a release; the manifest follows from what it is said to do."""
    told: dict[str, Any] = {
        "removes": tuple(each.key for each in parts.get("removals", ())),
        "breaks": tuple(each.key for each in parts.get("breaks", ())),
        "uncompared": tuple(each.key for each in parts.get("uncompared", ())),
        "stages": {each.key: str(each.to) for each in parts.get("stages", ())},
        "drops": tuple(dict.fromkeys(each.line for each in parts.get("drops", ()))),
    }
    given: dict[str, Any] = {"policy": POLICY, "at": TODAY, "day": TODAY}
    manifest = Manifest(product="clairdash", version=version.text, day=None, **told)
    return Scene(manifest=manifest, version=version, **given | parts)


def feature(key: str = "legacy-connector", **parts: Any) -> FeatureChange:
    """Give a GA feature that the release removes or breaks; Pro and Enterprise have it."""
    given: dict[str, Any] = {"stage": Stage.GA, "owed": owed_from(TODAY)}
    return FeatureChange(key, **given | parts)


def exempt(key: str = "smart-labels", **parts: Any) -> FeatureChange:
    """Give a feature that never was more than beta."""
    owed = tuple(Owed(tier, None, Earliest(TODAY), "clairdash-support 1") for tier in PERIODS)
    return FeatureChange(key, stage=Stage.BETA, owed=owed, **parts)


def owed_from(day: date, **periods: int | None) -> tuple[Owed, ...]:
    """Say what each tier is owed after an announcement on a day; None is best effort."""
    return tuple(
        Owed(
            tier,
            f"{days} days" if days is not None else str(BestEffort()),
            Earliest(day + timedelta(days=1 if days is None else days)),
            "clairdash-support 1",
        )
        for tier, days in (periods or PERIODS).items()
    )


def announced(on: date, kind: Kind = Kind.REMOVAL, **parts: Any) -> Announcement:
    """Announce a change on a day, for the earliest days that Pro and Enterprise allow."""
    owed = owed_from(on)
    days = {each.tier: each.earliest.day for each in owed}
    given: dict[str, Any] = {"days": days, "owed": owed, "migration": True}
    return Announcement("0d5f8a4e-deprecation", kind, on, **given | parts)


def waived(rule: str | None = None, subject: str | None = None, **parts: Any) -> Waiver:
    """Let a court order break a promise: a rule's about a subject, or that of a deprecation."""
    given: dict[str, Any] = {
        "person": "Ana Ruiz",
        "reason": "law",
        "explanation": "a court order takes it off the market",
        "until": date(2026, 12, 31),
    }
    return Waiver("7c1e-waiver", rule=rule, subject=subject, **given | parts)


def line_end(line: str = "3.34", tier: str = "enterprise", **parts: Any) -> LineEnd:
    """Give an end of support that the release causes on its day; Enterprise is owed 90 days."""
    given: dict[str, Any] = {
        "effective_on": TODAY,
        "reason": f"{line} is no longer among the 5 newest minor versions that {tier} covers.",
        "accounts": 2,
        "owed": owed_from(TODAY, **{tier: 90})[0],
    }
    return LineEnd(line, tier, **given | parts)
