"""The gate's rules by their ids: policies set their severities, and waivers let them be broken.

Each is a module of ``lifecycle.gate.rules`` that is called so; they are told in this order.
"""

from __future__ import annotations

GATE_RULES = (
    "policy-missing",
    "facts-stale",
    "version-unparsable",
    "version-not-newer",
    "prerelease",
    "version-without-line",
    "removal-unannounced",
    "removal-too-soon",
    "removal-in-patch",
    "break-unannounced",
    "break-too-soon",
    "break-needs-major",
    "break-unregistered",
    "not-compared",
    "stage-lowered",
    "stage-skipped",
    "replacement-missing",
    "replacement-less-stable",
    "deprecated-feature-depended-on",
    "line-dropped-early",
    "implied-end-unannounced",
    "implied-end-too-soon",
    "version-superseded",
    "accounts-not-told",
    "accounts-told-late",
    "accounts-still-running",
    "removal-overdue",
    "experiment-overstays",
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
        "version-superseded",
        "waiver-used",
        "waiver-expired",
    }
)
"""The rules that are no promises to anybody."""
