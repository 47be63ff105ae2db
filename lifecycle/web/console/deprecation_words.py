"""What states, milestones and outcomes are called on the console's pages (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.states import Status
from lifecycle.documents.word_lists import listed
from lifecycle.policy.tier_labels import tier_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.deprecations.evidence.delivery_counts import Progress

STATUS_NAMES = {
    Status.DRAFT: "Draft",
    Status.SCHEDULED: "Scheduled",
    Status.ANNOUNCED: "Announced",
    Status.EFFECTIVE: "In effect",
    Status.WITHDRAWN: "Withdrawn",
}
STATUS_TONES = {
    Status.DRAFT: "unknown",
    Status.SCHEDULED: "planned",
    Status.ANNOUNCED: "ending",
    Status.EFFECTIVE: "unsupported",
    Status.WITHDRAWN: "unknown",
}
"""The look of a version's status that each of them shares."""

FIELD_NAMES = {
    "what": "What changes",
    "lines": "Lines",
    "range": "Range",
    "feature": "Feature",
    "kind": "Kind of change",
    "from_version": "Version that brings it",
    "tiers": "Tiers",
    "when": "When it takes effect",
    "day": "Day",
    "reason": "Reason",
    "migration": "What to do",
    "replacement": "Replacement",
    "link_url": "Links",
    "on": "Announce on",
    "waiver": "Waiver",
    "person": "Who decides",
    "explanation": "Explanation",
}
"""What the fields of the console's forms about deprecations are called on their pages."""
WAIVER_FIELD_NAMES = FIELD_NAMES | {"reason": "Why", "until": "Last day on which it may be used"}


def name_fields(tiers: Iterable[str]) -> dict[str, str]:
    """Return what the fields of a form are called that has a day for each tier."""
    return FIELD_NAMES | {f"day-{tier}": f"The day for {tier_label(tier)}" for tier in tiers}


MILESTONE_NAMES = {
    Milestone.ANNOUNCEMENT: "Announcement",
    Milestone.REMINDER: "Reminder",
    Milestone.EFFECTIVE: "Effective day",
    Milestone.AMENDMENT: "Amendment",
    Milestone.WITHDRAWAL: "Withdrawal",
}

DELIVERY_NAMES = {
    "waiting": "not delivered yet",
    "delivered": "delivered",
    "accepted": "accepted",
    "exhausted": "failed",
    "held": "held back",
    "cancelled": "cancelled",
}
"""What a delivery's state is called; a chat service never says more than that it accepted it."""


PROGRESS_NAMES = {
    "fresh": "about to be sent",
    "retrying": "to be sent later or again",
    "delivered": "delivered",
    "exhausted": "failed",
    "held": "held back",
    "cancelled": "cancelled",
}
"""What is said of the deliveries that an answer of ``count_deliveries`` counts."""


def describe_progress(progress: Progress) -> str:
    """Say how far deliveries are, without what there is none of.

    >>> from lifecycle.deprecations.evidence.delivery_counts import Progress
    >>> none = dict.fromkeys(Progress.__struct_fields__, 0)
    >>> describe_progress(Progress(**none | {"retrying": 11, "delivered": 1412}))
    '11 to be sent later or again and 1,412 delivered.'
    >>> describe_progress(Progress(**none))
    'Nothing is to be sent.'
    """
    counts = {name: getattr(progress, name) for name in PROGRESS_NAMES}
    words = [f"{count:,} {PROGRESS_NAMES[name]}" for name, count in counts.items() if count]
    return f"{listed(words)}." if words else "Nothing is to be sent."


def count_accounts(count: int) -> str:
    """Say how many accounts.

    >>> count_accounts(1), count_accounts(1412)
    ('1 account', '1,412 accounts')
    """
    return f"{count:,} account{'' if count == 1 else 's'}"
