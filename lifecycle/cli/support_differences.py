"""What a change does to support, told from the matrix before and after it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.cli.promised_days import PROMISED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each line and tier that has or loses support, or ends on another day.

    Lines that only one of them has are left out: a plan, or its release, brings them.

    >>> def matrix(**answer):
    ...     return {"lines": [{"line": "2.1", "tiers": {"pro": answer}}]}
    >>> open_end = matrix(status="supported", supported_until=None)
    >>> fixed_end = matrix(status="ending", supported_until="2027-01-10")
    >>> ended = matrix(status="unsupported", supported_until="2026-11-30")
    >>> [*differences(open_end, fixed_end), *differences(fixed_end, open_end)]  # doctest: +ELLIPSIS
    ['2.1 is supported for pro until 2027-01-10.', 'Support of 2.1 for pro no longer ends on ...']
    >>> [*differences(ended, open_end), *differences(open_end, ended)]
    ['2.1 is supported for pro again.', '2.1 is no longer supported for pro.']
    """
    tiers_before = {line["line"]: line["tiers"] for line in before["lines"]}
    for line in after["lines"]:
        name, answers_before = line["line"], tiers_before.get(line["line"], {})
        for tier, answer in line["tiers"].items():
            if tier in answers_before and (words := _changed(answers_before[tier], answer)):
                yield words.format(line=name, tier=tier)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    was_covered, is_covered = before["status"] in PROMISED, after["status"] in PROMISED
    if not is_covered:
        return "{line} is no longer supported for {tier}." if was_covered else None
    last, last_before = after["supported_until"], before["supported_until"]
    until = f" until {last}" if last else ""
    if not was_covered:
        return f"{{line}} is supported for {{tier}} again{until}."
    if last == last_before:
        return None
    if last is None:
        return f"Support of {{line}} for {{tier}} no longer ends on {last_before}."
    return f"{{line}} is supported for {{tier}}{until}."
