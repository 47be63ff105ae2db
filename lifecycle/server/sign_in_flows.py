"""The way to an identity provider and back, and how it may end without anybody signed in.

A flow's state ties the answer to the browser that asked, its nonce the ID token to the flow, and
its verifier the code. They travel in a cookie that only this service can read.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import msgspec

from lifecycle.errors import BadRequest, Unavailable

FLOW_TAKES = timedelta(minutes=10)


class ProviderUnavailable(Unavailable):
    """The identity provider cannot be asked at the moment."""


class SignInFailed(BadRequest):
    """The identity provider signed nobody in."""


class IdTokenRefused(Exception):  # noqa: N818 -- named as all refusals are
    """The ID token is not one that this service asked for; the text says why, for the log."""


class Flow(msgspec.Struct, frozen=True):
    """A way to the provider and back: what ties its end to its beginning, and where it leads."""

    state: str
    nonce: str
    verifier: str
    next: str
    expires_at: datetime


def new_flow(next_path: str, now: datetime) -> Flow:
    """Begin a way to the provider."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Flow(state, nonce, verifier, next_path, now + FLOW_TAKES)
