"""What a token may do (pure).

``admin`` may all, ``publish`` what product managers do, ``release`` what their CI does. An
account's token reaches its own account and nothing else.
"""

from __future__ import annotations

import re

import msgspec

from lifecycle.errors import BadRequest, Problem

RANKS = {"release": 1, "publish": 2, "admin": 3}
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
ALLOWED = "admin, publish, release or account:<slug>"


class Scope(msgspec.Struct, frozen=True):
    """One of ``admin``, ``publish``, ``release``, or ``account`` with the account's slug."""

    kind: str
    account: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.account}" if self.account else self.kind


class Caller(msgspec.Struct, frozen=True):
    """Who asks: a token, or nobody in particular."""

    actor: str
    scope: Scope | None = None
    token_id: int | None = None


NOBODY = Caller("nobody")


def parse_scope(text: str) -> Scope:
    """Read a scope.

    >>> parse_scope("account:acme")
    Scope(kind='account', account='acme')
    """
    kind, _, account = text.partition(":")
    if text in RANKS:
        return Scope(text)
    if kind == "account" and SLUG.fullmatch(account):
        return Scope(kind, account)
    problem = Problem("scope", "is not a valid scope", value=text[:100], allowed=ALLOWED)
    raise BadRequest(f"scope {text[:100]!r} is not valid; use {ALLOWED}.", problems=[problem])


def allows(scope: Scope, needed: str, account: str | None = None) -> bool:
    """Return whether a scope reaches what needs ``needed``; with ``account``, that account's own.

    >>> allows(Scope("account", "acme"), "account", "acme")
    True
    >>> allows(Scope("account", "acme"), "account", "globex")
    False
    >>> allows(Scope("publish"), "release"), allows(Scope("release"), "publish")
    (True, False)
    >>> allows(Scope("publish"), "account", "acme"), allows(Scope("release"), "account", "acme")
    (True, False)
    """
    if scope.kind == "account":
        return needed == "account" and account is not None and scope.account == account
    return RANKS[scope.kind] >= RANKS["publish" if needed == "account" else needed]
