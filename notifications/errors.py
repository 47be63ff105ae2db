"""What cannot be done here; whoever serves this answers with ``status_code``."""

from __future__ import annotations


class NotificationError(ValueError):
    """What was asked for cannot be done."""

    status_code = 400


class UnusableAddressError(NotificationError):
    """Nothing can be delivered to this address on this channel."""


class UnusableTopicError(NotificationError):
    """No notice has this topic."""


class UnknownSubscriptionError(NotificationError):
    """There is no such subscription."""

    status_code = 404

    @classmethod
    def of(cls, uid: str) -> UnknownSubscriptionError:
        """Refuse an id: in the same words, whether it is not there or may not be seen."""
        return cls(f"There is no subscription {uid[:100]!r}")


class UnknownDeliveryError(NotificationError):
    """There is no such delivery."""

    status_code = 404


class TooManyMessagesError(NotificationError):
    """Too many messages were sent at this account's request; try again later."""

    status_code = 429

    def __init__(self, detail: str, *, retry_after: int) -> None:
        """Say in how many seconds, at least one, the next may be asked for."""
        super().__init__(detail)
        self.retry_after = max(retry_after, 1)


class ChangeRefusedError(NotificationError):
    """The current state forbids this change."""

    status_code = 409
