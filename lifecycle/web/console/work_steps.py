"""What the work list calls its kinds, and the step that each of its entries offers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from litestar import Request

    from lifecycle.scheduler.work_kinds import WorkOut


class Group(StrEnum):
    """A kind of entry, by the name of the source that it comes from; the most urgent first."""

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


class Steps:
    """The steps that this service offers: a page that is not there is led to from none."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self._paths = {route.path for route in request.app.routes}

    def offers(self, path: str) -> bool:
        """Return whether there is a page of a path, as its route is written."""
        return path in self._paths

    def of(self, entry: WorkOut) -> Step | None:
        """Return the step that an entry of the work list offers."""
        if entry.delivery is not None:
            label = "See its attempts, and send it again"
            return self._step("/console/deliveries/{delivery:str}", str(entry.delivery), label)
        if entry.account is not None:
            label = "See the account and its addresses"
            return self._step("/console/accounts/{account:str}", entry.account, label)
        if entry.deprecation is not None:
            label = "Open the draft" if entry.kind in _DRAFTED else "Open the deprecation"
            return self._step("/console/deprecations/{deprecation:str}", entry.deprecation, label)
        if entry.kind == "unconfirmed_plan" and self.offers("/console/releases"):
            return Step(("console", "releases"), "Register the release, or plan it anew")
        if entry.product is not None:
            return Step(("products", entry.product), "See the product")
        return None

    def _step(self, path: str, name: str, label: str) -> Step | None:
        segments = (*path.split("/")[1:-1], name)
        return Step(segments, label) if self.offers(path) else None


_DRAFTED = frozenset({"implied_end_without_notice", "draft", "refused_announcement"})
