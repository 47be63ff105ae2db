"""What every rule says of its failing example: message, way out, subject, evidence and place.

Its severity is the one that was decided for the rule.

Where the manifest names a thing, its place is the part and its number; three accounts use each
feature that goes.
"""

from __future__ import annotations

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

USED = {"pro": 2, "enterprise": 1}
PERIODS = {"pro": "90 days", "enterprise": "180 days"}


def proof(on, kind="removal", **effective_on):
    """Prove an announcement."""
    return {
        "deprecation": "0d5f8a4e-deprecation",
        "kind": kind,
        "announced_on": on,
        "effective_on": effective_on,
        "from_version": None,
        "waiver": None,
    }


def owed(periods=PERIODS, **earliest):
    """Say what each tier is owed, and the earliest day that allows."""
    return [
        {"tier": tier, "period": periods[tier], "earliest": day, "policy": "clairdash-support 1"}
        for tier, day in earliest.items()
    ]


def court(**parts):
    """Prove a waiver that a court order called for."""
    return {
        "waiver": "7c1e-waiver",
        "person": "Ana Ruiz",
        "reason": "law",
        "explanation": "a court order takes it off the market",
    } | parts


ENTERPRISE = {"enterprise": "90 days"}
LONG_AGO = {"pro": "2026-01-30", "enterprise": "2026-04-30"}
JUNE = proof("2026-06-01", pro="2026-08-30", enterprise="2026-11-28")
TODAY = {"pro": "2027-03-01", "enterprise": "2027-05-30"}
FINDINGS = (
    Finding(
        "policy-missing",
        "No policy of clairdash is in force on 2026-12-01; its first is in force from 2027-01-01:"
        " what it promises is not known.",
        "Put a policy in force from 2026-12-01 (`lifecycle policy put clairdash FILE`), or ask for"
        " 2027-01-01 or later.",
        None,
        {"at": "2026-12-01", "first_policy_on": "2027-01-01"},
    ),
    Finding(
        "facts-stale",
        "The catalogue's facts are older than 7 days: endoflife was last synced on 2026-11-23.",
        "Import from endoflife, then ask again.",
        None,
        {
            "at": "2026-12-01",
            "stale_after": "7 days",
            "sources": {"endoflife": "2026-11-23"},
            "stale": ["endoflife"],
        },
    ),
    Finding(
        "version-unparsable",
        "The version '3.40' of clairdash cannot be read: semver wants three numbers.",
        "Write the version as the scheme of clairdash requires.",
        None,
        {"version": "3.40", "fault": "semver wants three numbers"},
        ("version",),
    ),
    Finding(
        "version-not-newer",
        "clairdash 3.39.0 is not newer than 3.39.1, the newest of line 3.39.",
        "Release it as a version above 3.39.1.",
        None,
        {"line": "3.39", "newest_in_line": "3.39.1", "known": None, "known_as": None},
        ("version",),
    ),
    Finding(
        "prerelease",
        "3.40.0-rc.1 is a prerelease: its changes require no notice.",
        "Nothing needs to change; ask again for the stable release.",
        None,
        {"version": "3.40.0-rc.1", "line": "3.40"},
        ("version",),
        severity=Severity.NOTE,
    ),
    Finding(
        "version-without-line",
        "clairdash 3.40.0 belongs to no declared line: nothing that is promised for lines reaches"
        " it.",
        "Name its `line` in the manifest, or declare one (`lifecycle line declare clairdash`).",
        "3.40.0",
        {"version": "3.40.0"},
        ("version",),
        severity=Severity.WARNING,
    ),
    Finding(
        "removal-unannounced",
        "legacy-connector is removed, and nobody announced it: pro requires 90 days, enterprise "
        "180 days. Used by 3 accounts (pro: 2, enterprise: 1).",
        "Keep legacy-connector in this release, and announce it by 2026-12-01 to release on"
        " 2027-05-30.",
        "legacy-connector",
        {"owed": owed(**TODAY), "running": USED, "deprecation": None},
        ("removals", 0),
    ),
    Finding(
        "removal-too-soon",
        "legacy-connector is removed on 2026-12-01, which is too soon: announced on 2026-09-02, it"
        " takes effect for enterprise on 2027-03-01; enterprise requires 180 days (2027-03-01 at"
        " the earliest). Used by 3 accounts (pro: 2, enterprise: 1).",
        "Release on or after 2027-03-01.",
        "legacy-connector",
        proof("2026-09-02", pro="2026-12-01", enterprise="2027-03-01")
        | {
            "owed": owed(pro="2026-12-01", enterprise="2027-03-01"),
            "forced_by": ["enterprise"],
            "not_before": "2027-03-01",
            "running": USED,
        },
        ("removals", 0),
    ),
    Finding(
        "removal-in-patch",
        "3.39.2 is a patch of 3.39.1, and removes legacy-connector, used by 3 accounts (pro: 2,"
        " enterprise: 1).",
        "Keep legacy-connector in 3.39.2, and remove it in a minor release.",
        "legacy-connector",
        proof("2025-11-01", **LONG_AGO) | {"before": "3.39.1", "step": "patch", "running": USED},
        ("removals", 0),
    ),
    Finding(
        "break-unannounced",
        "rest-v1 breaks what uses it, and nobody announced it: pro requires 90 days, enterprise "
        "180 days. Used by 3 accounts (pro: 2, enterprise: 1).",
        "Keep rest-v1 as it is in this release, and announce it by 2026-12-01 to release on"
        " 2027-05-30.",
        "rest-v1",
        {"owed": owed(**TODAY), "running": USED, "deprecation": None},
        ("breaks", 0),
    ),
    Finding(
        "break-too-soon",
        "rest-v1 breaks what uses it on 2026-12-01, which is too soon: announced on 2026-06-05, it"
        " takes effect for enterprise on 2026-12-02; enterprise requires 180 days (2026-12-02 at"
        " the earliest). Used by 3 accounts (pro: 2, enterprise: 1).",
        "Release on or after 2026-12-02.",
        "rest-v1",
        proof("2026-06-05", "breaking_change", pro="2026-09-03", enterprise="2026-12-02")
        | {
            "owed": owed(pro="2026-09-03", enterprise="2026-12-02"),
            "forced_by": ["enterprise"],
            "not_before": "2026-12-02",
            "running": USED,
        },
        ("breaks", 0),
    ),
    Finding(
        "break-needs-major",
        "rest-v1 breaks what uses it in 3.40.0, which after 3.39.1 is only a minor release. Used"
        " by 3 accounts (pro: 2, enterprise: 1).",
        "Break rest-v1 in a major release, or keep it as it is in 3.40.0.",
        "rest-v1",
        proof("2025-11-01", "breaking_change", **LONG_AGO)
        | {"before": "3.39.1", "step": "minor", "needs": "major", "running": USED},
        ("breaks", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "break-unregistered",
        "get.users breaks what uses it, and clairdash has no such feature: it is not known whether "
        "anybody was promised notice of it.",
        "Register get.users; for an operation of an API, run `lifecycle import openapi FILE"
        " --product clairdash` on the description before the release. If the key is misspelt,"
        " correct it (the nearest: get.users._).",
        "get.users",
        {"removed": False, "nearest": ["get.users._"]},
        ("unregistered", 0),
    ),
    Finding(
        "not-compared",
        "get.users may break what uses it: it could not be compared with what it was before. Used"
        " by 3 accounts (pro: 2, enterprise: 1).",
        "Compare get.users by hand: list it under `breaks` if it breaks what uses it, otherwise"
        " take it out of `uncompared`.",
        "get.users",
        {"running": USED, "deprecation": None},
        ("uncompared", 0),
    ),
    Finding(
        "stage-lowered",
        "ai-builder falls from ga to beta, and nobody announced it.",
        "Keep ai-builder at ga, or announce this as a breaking change and wait for its day.",
        "ai-builder",
        {"before": "ga", "to": "beta", "owed": [], "deprecation": None},
        ("stages", 0),
    ),
    Finding(
        "stage-skipped",
        "ai-builder becomes ga, and was alpha but never beta or preview.",
        "Make ai-builder beta or preview in this release, and ga in a later one.",
        "ai-builder",
        {"to": "ga", "ever": ["alpha"]},
        ("stages", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "replacement-missing",
        "legacy-connector goes, and its announcement names neither a replacement nor how to"
        " migrate. Used by 3 accounts (pro: 2, enterprise: 1).",
        "Name a replacement for legacy-connector that 3.40.0 has, or say in its announcement how to"
        " migrate.",
        "legacy-connector",
        proof("2025-11-01", **LONG_AGO) | {"replacement": None, "running": USED},
        ("removals", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "replacement-less-stable",
        "legacy-connector was ga, and its replacement new-connector is only beta in 3.40.0. Used"
        " by 3 accounts (pro: 2, enterprise: 1).",
        "Make new-connector ga first, or name another replacement.",
        "legacy-connector",
        proof("2025-11-01", **LONG_AGO)
        | {
            "stage": "ga",
            "replacement": {"name": "new-connector", "stage": "beta"},
            "running": USED,
        },
        ("removals", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "deprecated-feature-depended-on",
        "legacy-connector is removed, but is needed by ai-builder.",
        "Remove the dependency of ai-builder on legacy-connector.",
        "legacy-connector",
        {"removed": True, "needed_by": ["ai-builder"], "replaces": []},
        ("dependences", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "line-dropped-early",
        "3.34 is covered for enterprise until 2026-12-01, and 3.40.0 drops it on 2026-12-01. Run"
        " by 0 accounts.",
        "Drop 3.34 on or after 2026-12-02.",
        "3.34",
        {
            "owed": [],
            "deprecation": None,
            "tier": "enterprise",
            "covered": True,
            "supported_until": "2026-12-01",
            "reason": "3.34 is the 5th of the 5 newest minor versions that enterprise covers.",
            "running": {"enterprise": 0},
        },
        ("drops", 0),
    ),
    Finding(
        "implied-end-unannounced",
        "3.40.0 ends support of 3.34 for enterprise after 2026-11-30, and nobody announced it:"
        " enterprise requires 90 days. It is run by 2 accounts (enterprise: 2). 3.34 is no longer"
        " among the 5 newest minor versions that enterprise covers.",
        "Announce by 2026-12-01 that support of 3.34 ends after 2027-02-28; 3.34 stays covered"
        " until then, whenever 3.40.0 goes out.",
        "3.34",
        {
            "line": "3.34",
            "tier": "enterprise",
            "effective_on": "2026-12-01",
            "reason": "3.34 is no longer among the 5 newest minor versions that enterprise covers.",
            "owed": owed(ENTERPRISE, enterprise="2027-03-01"),
            "running": {"enterprise": 2},
        },
    ),
    Finding(
        "implied-end-too-soon",
        "3.40.0 ends support of 3.34 for enterprise after 2026-11-30, announced on 2026-09-03:"
        " enterprise requires 90 days, which allows it from 2026-12-02. It is run by 2 accounts"
        " (enterprise: 2).",
        "Release on or after 2026-12-02; or postpone the announced end of 3.34 to 2026-12-02, and"
        " it stays covered until then.",
        "3.34",
        proof("2026-09-03", "end_of_support", enterprise="2026-12-01")
        | {
            "line": "3.34",
            "tier": "enterprise",
            "ends_on": "2026-12-01",
            "owed": owed(ENTERPRISE, enterprise="2026-12-02"),
            "running": {"enterprise": 2},
        },
    ),
    Finding(
        "version-superseded",
        "3.39.1 is no longer covered for pro once 3.39.2 is out: an upgrade within 3.39, which"
        " stays covered.",
        "Nothing needs to change: no notice is due for it, and answers advise the upgrade.",
        "3.39.1",
        {
            "line": "3.39",
            "version": "3.39.1",
            "successor": "3.39.2",
            "day": "2026-12-01",
            "tiers": ["pro"],
        },
        ("version",),
        severity=Severity.NOTE,
    ),
    Finding(
        "accounts-not-told",
        "legacy-connector: announced on 2026-06-01, but 2 accounts (pro: 2) were neither notified "
        "nor recorded as exempt.",
        "Before the release, notify those whom /v1/deprecations/0d5f8a4e-deprecation/reach lists "
        "as not notified.",
        "legacy-connector",
        JUNE | {"affected": {"pro": 5}, "not_told": {"pro": 2}, "unfilled": False},
        ("removals", 0),
    ),
    Finding(
        "accounts-told-late",
        "legacy-connector: announced on 2026-06-01, but too late for 1 account (pro: 1), as few as"
        " 45 of 90 days before.",
        "Postpone the change by 45 days, or make sure that they have moved.",
        "legacy-connector",
        JUNE | {"told_late": {"pro": 1}, "fewest_days": 45, "promised_days": 90},
        ("removals", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "accounts-still-running",
        "3.40.0 removes legacy-connector, which is still used by 3 accounts (pro: 2,"
        " enterprise: 1).",
        "Ask them to move first, or release once they have.",
        "legacy-connector",
        JUNE | {"running": USED},
        ("removals", 0),
        severity=Severity.WARNING,
    ),
    Finding(
        "removal-overdue",
        "legacy-connector should have been removed on 2026-10-28, as announced on 2026-05-01, and"
        " is still there.",
        "Remove legacy-connector in this release (`removes: [legacy-connector]`), or amend its"
        " removal to a day after 2026-12-01.",
        "legacy-connector",
        proof("2026-05-01", pro="2026-07-30", enterprise="2026-10-28"),
        severity=Severity.WARNING,
    ),
    Finding(
        "experiment-overstays",
        "smart-labels has been beta since 2025-12-01, longer than 1 year.",
        "Move smart-labels on from beta (`stages`), or remove it (`removes`).",
        "smart-labels",
        {"stage": "beta", "since": "2025-12-01", "lifetime": "1 year", "over_on": "2026-12-01"},
        severity=Severity.WARNING,
    ),
    Finding(
        "waiver-used",
        "legacy-connector: announced on 2026-11-01 for 2026-12-01, which Ana Ruiz decided (law: a"
        " court order takes it off the market).",
        "Nothing needs to change: the announcement stands.",
        "legacy-connector",
        proof("2026-11-01", pro="2026-12-01", enterprise="2026-12-01") | court(until="2026-12-31"),
        ("removals", 0),
        severity=Severity.NOTE,
    ),
    Finding(
        "waiver-expired",
        "The waiver of removal-unannounced on legacy-connector, which Ana Ruiz decided (law: a"
        " court order takes it off the market), expired on 2026-11-30.",
        "Fix what it was for, or ask a person with the scope publish for a new waiver.",
        "legacy-connector",
        court(until="2026-11-30", rule="removal-unannounced"),
        ("removals", 0),
    ),
)
TOLD = {each.rule: each for each in FINDINGS}
