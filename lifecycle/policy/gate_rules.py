"""The ids of the gate's rules: policies set their severities, and waivers let them be broken."""

from __future__ import annotations

GATE_RULES = (
    "version-unparsable",
    "version-not-newer",
    "prerelease",
    "policy-missing",
    "facts-stale",
    "removal-unannounced",
    "removal-too-soon",
    "removal-in-patch",
    "removal-overdue",
    "break-unannounced",
    "break-too-soon",
    "break-needs-major",
    "break-unregistered",
    "not-compared",
    "stage-lowered",
    "stage-skipped",
    "replacement-missing",
    "replacement-less-stable",
    "implied-end-unannounced",
    "implied-end-too-soon",
    "line-dropped-early",
    "accounts-not-told",
    "accounts-told-late",
    "accounts-still-running",
    "experiment-overstays",
    "deprecated-feature-depended-on",
    "waiver-used",
    "waiver-expired",
)
UNWAIVABLE = frozenset(
    {
        "version-unparsable",
        "version-not-newer",
        "prerelease",
        "policy-missing",
        "facts-stale",
        "waiver-used",
        "waiver-expired",
    }
)
"""The rules that are no promises to anybody."""
