"""What a check answers: its verdict, what was found, and the answers that rests on."""

from __future__ import annotations

import msgspec

from lifecycle.answers.checked_structs import CheckedOut, CountsOut, NearOut, UnreadOut
from lifecycle.check.support_rules import FailOn
from lifecycle.reports.findings import FindingOut, Verdict


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on all that is run, what was found, and the answers it rests on.

    Where ``decided`` is false, something could not be found out, and nothing passes.
    ``reported`` are the instances that the account runs now, as far as this check reported them.
    ``expected`` are the products of which something has to be among the components, those that the
    catalogue does not have under ``expected_unknown`` too; ``unread`` are the
    first 100 components that could not be read in full, and ``near`` the first 100 that are of no
    known product and nearly have the name of one.
    """

    verdict: Verdict
    decided: bool
    within: int
    fail_on: FailOn
    counts: CountsOut
    findings: tuple[FindingOut, ...]
    results: tuple[CheckedOut, ...]
    reported: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    expected_unknown: tuple[str, ...] = ()
    unread: tuple[UnreadOut, ...] = ()
    near: tuple[NearOut, ...] = ()
