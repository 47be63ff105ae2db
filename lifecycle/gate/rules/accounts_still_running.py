from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Drop, FeatureChange, LineEnd, Scene

ID = "accounts-still-running"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """Accounts still run what the release removes, breaks or ends support of.

    Why: they may have been notified in time and not have moved; the release breaks them anyway,
    or leaves them without support. Where no tier requires notice, this is a note.
    Fix: ask them to move before the release, or wait for them.
    """
    for change in scene.removals:
        if not change.gone:
            yield from _on_feature(scene, change, "removes")
    removed = {change.key for change in scene.removals}
    for change in scene.breaks:
        if change.key not in removed:
            yield from _on_feature(scene, change, "breaks")
    yield from _on_lines(scene)


def _on_feature(scene: Scene, change: FeatureChange, verb: str) -> Iterator[Finding]:
    running = {tier: count for tier, count in change.running.items() if count}
    if not running:
        return
    replacement = change.announced.replacement if change.announced else None
    to = f" to {replacement}" if replacement else ""
    yield Finding(
        ID,
        f"{scene.version.text} {verb} {change.key}, which is still used by {counted(running)}.",
        f"Ask them to move{to} {_in_time(scene)}, or release once they have.",
        subject=change.key,
        evidence=announcement_evidence(change.announced) | {"running": running},
        path=change.path,
        at_most=Severity.NOTE if change.exempt else Severity.ERROR,
    )


def _on_lines(scene: Scene) -> Iterator[Finding]:
    """Sum the tiers of each line, whether the window ends its support or the manifest drops it."""
    lines: dict[str, list[LineEnd | Drop]] = {}
    ended: tuple[LineEnd | Drop, ...] = (*scene.ends, *scene.drops)
    for line_end in ended:
        if line_end.accounts:
            lines.setdefault(line_end.line, []).append(line_end)
    paths = {drop.line: drop.path for drop in reversed(scene.drops)}
    for line, parts in lines.items():
        running = {part.tier: part.accounts for part in parts}
        yield Finding(
            ID,
            f"{scene.version.text} {'drops' if line in paths else 'ends support of'} {line}, which"
            f" is still run by {counted(running)}.",
            f"Ask them to move off {line} {_in_time(scene)}, or release once they have.",
            subject=line,
            evidence={
                "running": running,
                "announced": {part.tier: announcement_evidence(part.announced) for part in parts},
            },
            path=paths.get(line, ()),
        )


def _in_time(scene: Scene) -> str:
    return f"before {scene.day}" if scene.day > scene.at else "first"


FAILS = "3.40.0 removes legacy-connector as announced, and three Enterprise accounts still use it."
PASSES = "3.40.0 removes legacy-connector as announced, and no account uses it any more."
