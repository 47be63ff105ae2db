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


class UnknownDeliveryError(NotificationError):
    """There is no such delivery."""

    status_code = 404


class ChangeRefusedError(NotificationError):
    """The current state forbids this change."""

    status_code = 409
