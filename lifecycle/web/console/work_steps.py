"""What the work list calls its kinds, and the step that each of its entries offers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.scheduler.work_kinds import WorkOut


class Group(StrEnum):
    """A kind of entry, by the name of the source that it comes from; the most urgent first."""

    NO_MAIL = "mail_not_set_up"
    MAIL_FAILS = "mail_server_fails"
    UNREACHABLE = "unreachable_accounts"
    PAUSED = "paused_accounts"
    OVERDUE = "overdue_removals"
    IMPLIED = "implied_ends"
    CONCERNS = "concerns"
    DISABLED = "disabled_subscriptions"
    EXHAUSTED = "exhausted_deliveries"
    DRAFTS = "drafts"
    PLANS = "unconfirmed_plans"


TITLES: Final = {
    Group.NO_MAIL: "No mail server is set up",
    Group.MAIL_FAILS: "The mail server takes no e-mail",
    Group.UNREACHABLE: "Accounts that cannot be notified",
    Group.PAUSED: "Accounts that have paused every address",
    Group.OVERDUE: "Overdue removals",
    Group.IMPLIED: "Ends of support without notice",
    Group.CONCERNS: "Announcements and checks that went wrong",
    Group.DISABLED: "Addresses disabled because they failed",
    Group.EXHAUSTED: "Notices that could not be delivered",
    Group.DRAFTS: "Drafts",
    Group.PLANS: "Planned releases past their day",
}


class Step(msgspec.Struct, frozen=True):
    """What to do next: where it is done, and what the link to it says."""

    segments: tuple[str, ...]
    label: str
    query: dict[str, str] = {}


def steps_of(entry: WorkOut, opened: frozenset[str]) -> Iterator[Step]:
    """Yield the steps that an entry of the work list offers, the most useful first.

    Of the accounts, those that are ``opened`` have a page for who reads the list.
    """
    if entry.kind in _MAIL:
        label = "See the deliveries that wait, with their last answers"
        yield Step(("console", "deliveries"), label, {"status": "waiting"})
    elif entry.delivery is not None:
        delivery = str(entry.delivery)
        yield Step(("console", "deliveries", delivery), "See its attempts, and send it again")
    elif entry.account in opened:
        yield Step(("console", "accounts", entry.account), "See the account and its addresses")
    elif entry.deprecation is not None:
        label = "Open the draft" if entry.kind in _DRAFTED else "Open the deprecation"
        yield Step(("console", "deprecations", entry.deprecation), label)
    if entry.product is not None and entry.version is not None:
        label = "Confirm, move or void the plan" if entry.kind in _PLANNED else "See its release"
        path = ("console", "releases", entry.product, "versions", entry.version)
        yield Step(path, label)
    elif entry.product is not None and not (entry.delivery or entry.account or entry.deprecation):
        yield Step(("products", entry.product), "See the product")


_MAIL = frozenset({"mail_not_set_up", "mail_server_fails"})
_PLANNED = frozenset({"unconfirmed_plan"})
_DRAFTED = frozenset({"implied_end_without_notice", "draft", "refused_announcement"})
