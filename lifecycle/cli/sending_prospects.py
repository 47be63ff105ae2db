"""What becomes of notices: how many accounts get them, and what stands in the way of sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.cli import account_reads, reads
from lifecycle.cli.listings import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAIL = ("mail_not_set_up", "mail_server_fails")
MOST_LOOKED_AT = len(MAIL)
"""The work list begins with what is wrong with mail."""
NO_WORKER = (
    "No worker is running, so nothing is sent: start `lifecycle serve` or `lifecycle worker`."
)


def describe_audience(preview: Mapping[str, Any]) -> str:
    """Say how many accounts a deprecation concerns, and how many of them have no address.

    >>> tier = {"tier": "pro", "affected": 18, "possibly": 2, "unreachable": 3}
    >>> describe_audience({"total": 20, "tiers": [tier]})
    '20 accounts are affected, or may be. 3 of them cannot be notified.'
    >>> describe_audience({"total": 0, "tiers": []})
    'No account is affected.'
    """
    total, unreachable = preview["total"], sum(tier["unreachable"] for tier in preview["tiers"])
    if not total:
        return "No account is affected."
    possibly = any(tier["possibly"] for tier in preview["tiers"])
    are = f"{total:,} account{' is' if total == 1 else 's are'} affected"
    sentence = f"{are}{', or may be' if possibly else ''}."
    if not unreachable:
        return sentence
    if unreachable == total:
        return f"{sentence} {'It cannot' if total == 1 else 'None of them can'} be notified."
    return f"{sentence} {unreachable:,} of them cannot be notified."


def obstacles(server: str | None) -> Iterator[str]:
    """Yield why notices are not sent, or not all of them, as far as is known: mail, no worker."""
    for work in account_reads.worklist(server, Extent(limit=MOST_LOOKED_AT)).items:
        if work["kind"] in MAIL:
            yield str(work["message"])
    if reads.worker_state(server) in {"silent", "none"}:
        yield NO_WORKER
