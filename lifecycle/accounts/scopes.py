"""What a token may do (pure).

``admin`` may all, ``publish`` what product managers do, ``release`` what their CI does; the latter
two may be limited to products. An account's token reaches its own account and nothing else.
"""

from __future__ import annotations

import re

import msgspec

from lifecycle.errors import BadRequest, Forbidden, Problem

RANKS = {"release": 1, "publish": 2, "admin": 3}
LIMITED = ("publish", "release")
"""The kinds that may be limited to products; an admin changes what all of them share."""
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
MOST_PRODUCTS = 100
ALLOWED = (
    "admin, publish, release, publish:<product>,… or release:<product>,… for some products alone, "
    "or account:<slug>"
)


class ScopeTooNarrow(Forbidden):
    """Your scope does not allow this."""


class Scope(msgspec.Struct, frozen=True):
    """One of ``admin``, ``publish``, ``release``, or ``account`` with the account's slug.

    ``products`` are those that it is limited to; None where it is not limited.
    """

    kind: str
    account: str | None = None
    products: frozenset[str] | None = None

    def __str__(self) -> str:
        if self.products is not None:
            return f"{self.kind}:{','.join(sorted(self.products))}"
        return f"{self.kind}:{self.account}" if self.account else self.kind


class SignedIn(msgspec.Struct, frozen=True):
    """The session that a browser is signed in by; ``is_seen`` if its last use is noted already.

    It was given by the caller's token, by a person, or by a link to an account's subscription.
    ``proxied`` is the subject of a person whom a trusted proxy has signed in.
    """

    id: int
    name: str
    hash: str
    is_seen: bool = True
    person_id: int | None = None
    account_id: int | None = None
    subscription: str | None = None
    proxied: str | None = None


class Caller(msgspec.Struct, frozen=True):
    """Who asks: a token, a session, or nobody in particular."""

    actor: str
    scope: Scope | None = None
    token_id: int | None = None
    session: SignedIn | None = None

    @property
    def products(self) -> frozenset[str] | None:
        """The products that the caller is limited to; None where it is not limited."""
        return self.scope.products if self.scope else None


NOBODY = Caller("nobody")


def parse_scope(text: str) -> Scope:
    """Read a scope.

    >>> parse_scope("account:acme")
    Scope(kind='account', account='acme', products=None)
    >>> str(parse_scope("publish:studio,clairdash"))
    'publish:clairdash,studio'
    """
    kind, _, names = text.partition(":")
    if text in RANKS:
        return Scope(text)
    if kind == "account" and SLUG.fullmatch(names):
        return Scope(kind, names)
    products = names.split(",", MOST_PRODUCTS - 1)  # of too many, the last holds a comma
    if kind in LIMITED and all(SLUG.fullmatch(product) for product in products):
        return Scope(kind, products=frozenset(products))
    problem = Problem("scope", "is not a valid scope", value=text[:100], allowed=ALLOWED)
    raise BadRequest(f"scope {text[:100]!r} is not valid; use {ALLOWED}.", problems=[problem])


def allows(scope: Scope, needed: str, account: str | None = None) -> bool:
    """Return whether a scope reaches what needs ``needed``; with ``account``, that account's own.

    What a scope is limited to is for ``touches``.

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


def too_narrow(needed_scope: str, scope: Scope, *, is_page: bool) -> ScopeTooNarrow:
    """Return the refusal of a scope; who is signed in to pages has sent no token.

    >>> print(too_narrow("admin", Scope("publish"), is_page=True))
    This page needs the scope admin; you have publish.
    """
    return ScopeTooNarrow(
        f"This page needs the scope {needed_scope}; you have {scope}."
        if is_page
        else f"This needs a token of scope {needed_scope}; the one sent has {scope}."
    )


def check_unlimited(caller: Caller) -> None:
    """Refuse what products share to who is limited to some of them."""
    if caller.products is not None and caller.scope is not None:
        needed_scope = f"{caller.scope.kind} that is not limited to products"
        raise too_narrow(needed_scope, caller.scope, is_page=caller.session is not None)


def check_limit(caller: Caller, product: str) -> None:
    """Refuse a product that exists and is public, but that the caller may not touch."""
    if caller.scope is not None and not touches(caller.products, product):
        needed_scope = f"{caller.scope.kind}:{product}"
        raise too_narrow(needed_scope, caller.scope, is_page=caller.session is not None)


def touches(products: frozenset[str] | None, product: str) -> bool:
    """Return whether who is limited to ``products`` may touch a product.

    >>> touches(None, "studio"), touches(frozenset({"clairdash"}), "studio")
    (True, False)
    """
    return products is None or product in products
