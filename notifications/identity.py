"""Ids that derive from what they name, so that a restored store repeats itself under the same."""

from __future__ import annotations

import hashlib
import uuid

NAMESPACE = uuid.UUID("5d3f0a5e-61a4-5b3c-9c1b-6a1c3f0a7b1d")


def digest(address: str) -> str:
    """Return the digest that evidence keeps of an address."""
    return hashlib.sha256(address.encode()).hexdigest()


def subscription_uid(owner: str, channel: str, address_digest: str) -> str:
    """Return the public id of an owner's address.

    >>> subscription_uid("acme", "email", digest("ops@acme.example"))
    'b7b3abf1-7912-55de-9675-47dcbc986b0d'
    """
    return str(uuid.uuid5(NAMESPACE, f"{owner}/{channel}/{address_digest}"))


def webhook_id(notice_uid: str, subscription_uid: str) -> str:
    """Return the id by which a receiver knows a repeated notice: a UUID of version 5.

    >>> webhook_id("a", "b")
    '0914e24f-d212-5102-9371-2e61eb08a786'
    """
    return str(uuid.uuid5(NAMESPACE, f"{notice_uid}/{subscription_uid}"))
