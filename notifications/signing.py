"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, moment and body."""

from __future__ import annotations

import base64
import hmac
import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PREFIX = "whsec_"


class UnusableSecretError(ValueError):
    """The webhook has no usable secret: that is base64 after ``whsec_``."""


def headers(uid: str, moment: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that let a receiver with any one of the ``secrets`` trust the body.

    A ``uid`` with a full stop is refused: it could pass for another id and moment.
    """
    if "." in uid or not uid.isascii() or not uid.isprintable():
        raise ValueError(f"no webhook id: {uid!r}")
    if not secrets:
        raise UnusableSecretError(UnusableSecretError.__doc__)
    seconds = math.floor(moment.timestamp())
    signed = signed_content(uid, seconds, body)
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join([signature(secret, signed) for secret in secrets]),
    }


def signed_content(uid: str, seconds: int, body: bytes) -> bytes:
    """Return what is signed.

    >>> signed_content("msg_1", 1674087231, b"{}")
    b'msg_1.1674087231.{}'
    """
    return b"%b.%d.%b" % (uid.encode("ascii"), seconds, body)


def signature(secret: str, signed: bytes) -> str:
    """Sign with one secret."""
    digest = hmac.digest(_key(secret), signed, "sha256")  # by name: twice as fast as by function
    return "v1," + base64.b64encode(digest).decode("ascii")


@lru_cache(maxsize=4096)
def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise UnusableSecretError(UnusableSecretError.__doc__) from error
    if not key:
        raise UnusableSecretError(UnusableSecretError.__doc__)
    return key
