"""What becomes of a delivery after a try."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from notifications import retries
from notifications.leased_messages import Leased, Outcome, Skip
from notifications.models import DeliveryKind, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping

DELIVERED, FAILED, EXHAUSTED, SKIPPED = "delivered", "failed", "exhausted", "skipped"


class Tried(msgspec.Struct, frozen=True, gc=False):
    """What came of a leased delivery that was begun at an instant."""

    leased: Leased
    at: datetime
    outcome: Outcome | Skip


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a try was, the columns it sets unless it arrived, and why to disable, if so."""

    name: str
    tried: Tried
    values: dict[str, Any] = {}
    disable: str | None = None

    @property
    def id(self) -> int:
        """Number the delivery."""
        return self.tried.leased.delivery_id

    @property
    def is_notice(self) -> bool:
        """Tell a notice from a test and a question."""
        return self.tried.leased.kind == DeliveryKind.NOTICE


def judge(
    tried: Tried, state: str, failing: Mapping[int, datetime], *, scale: float = 1.0
) -> Result:
    """Return what a try makes of a delivery that is in ``state`` by now.

    A success counts whatever was decided while it was on its way; a failure of what was cancelled
    or held meanwhile, or need not be sent again, changes nothing but the count of tries.
    """
    outcome = tried.outcome
    if isinstance(outcome, Skip):
        return _rest(tried, SKIPPED, state, DeliveryState.CANCELLED, outcome.reason)
    if outcome.succeeded:
        return Result(name=DELIVERED, tried=tried)
    if state in {DeliveryState.DELIVERED, DeliveryState.CANCELLED, DeliveryState.HELD}:
        return _rest(tried, FAILED, state, state, outcome.answer)
    over = outcome.permanent or outcome.disable
    kind = tried.leased.kind
    asked_once = kind in {DeliveryKind.CONFIRMATION, DeliveryKind.SIGN_IN}
    if kind == DeliveryKind.TEST or (asked_once and over):
        return _rest(tried, EXHAUSTED, state, DeliveryState.EXHAUSTED, outcome.answer)
    following = retries.next_attempt(_failure(tried, outcome, failing), scale=scale)
    reached = DeliveryState.EXHAUSTED if following.exhausted else DeliveryState.WAITING
    # What is disabled holds all that is due there, this one with it.
    due_at = tried.at if following.disable else following.due_at
    return Result(
        name=EXHAUSTED if following.exhausted else FAILED,
        tried=tried,
        values=_values(tried, reached, due_at, outcome.answer),
        disable=following.disable if kind == DeliveryKind.NOTICE else None,
    )


def _failure(tried: Tried, outcome: Outcome, failing: Mapping[int, datetime]) -> retries.Failure:
    leased = tried.leased
    return retries.Failure(
        delivery_id=leased.delivery_id,
        tries=leased.tries + 1,
        at=tried.at,
        first_tried_at=leased.first_tried_at or tried.at,
        # A fault of ours tells nothing about the address, and disables none.
        failing_since=tried.at if outcome.ours else failing.get(leased.subscription_id, tried.at),
        retry_after=outcome.retry_after,
        permanent=outcome.permanent,
        disable=outcome.disable,
    )


def _rest(tried: Tried, name: str, before: str, state: str, reason: str) -> Result:
    values = _values(tried, state, None, reason)
    if before in {DeliveryState.DELIVERED, DeliveryState.CANCELLED}:
        values["state"] = before
        del values["reason"]
    return Result(name=name, tried=tried, values=values)


def _values(tried: Tried, state: str, due_at: datetime | None, reason: str) -> dict[str, Any]:
    leased = tried.leased
    counted = isinstance(tried.outcome, Outcome)
    return {
        "state": str(state),
        "due_at": due_at,
        "reason": reason,
        "tries": leased.tries + counted,
        "first_tried_at": leased.first_tried_at or (tried.at if counted else None),
    }
