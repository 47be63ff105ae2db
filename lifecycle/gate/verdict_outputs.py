"""What the gate answers (light: the client reads it too)."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from lifecycle.reports.findings import FindingOut, Verdict
from lifecycle.support.release_ends import CausedEnd


class PolicyNamed(msgspec.Struct, frozen=True):
    """The policy in force on the day asked."""

    name: str
    version: str


class VerdictOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a release may go out on ``day``, as seen on the day ``at``, and why.

    What is not ``decided`` fails. ``id`` follows from all the rest, ``facts`` is what that rests
    on.
    """

    verdict: Verdict
    decided: bool
    id: str
    product: str
    version: str
    line: str | None
    day: date
    at: date
    policy: PolicyNamed | None
    findings: tuple[FindingOut, ...]
    implied_ends: tuple[CausedEnd, ...] = ()
    facts: dict[str, Any] = {}
