"""Which scope a person of the vendor's has, by what is said of them where they sign in (pure).

That is an identity provider, or a trusted proxy; the rules are the same for both.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.scopes import RANKS, Scope, parse_scope
from lifecycle.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.settings import Settings

FORM = (
    "rules such as `groups=lifecycle-admins admin; groups=docs publish:clairdash`: a claim, its "
    "value, and the scope admin, publish or release, which the latter two may limit to products"
)

LONGEST_SEEN, MOST_SEEN = 100, 50
"""How much of what came is worth a line of the log."""


class UnusableClaimRules(BadRequest):
    """LIFECYCLE_PEOPLE_SCOPES cannot be used."""


class IncompleteSignIn(BadRequest):
    """The settings for signing people in are not complete."""


class ClaimRule(msgspec.Struct, frozen=True):
    """Who has a value of a claim has a scope; a claim inside another is written with a dot."""

    claim: str
    value: str
    scope: Scope


def people_rules(settings: Settings) -> tuple[ClaimRule, ...]:
    """Return the rules of the settings, none where no people sign in; refuse unusable settings."""
    _check_complete(settings)
    if not settings.oidc_issuer and not settings.proxy_user_header:
        return ()
    return read_rules(settings.people_scopes)


def read_rules(text: str) -> tuple[ClaimRule, ...]:
    """Read rules, separated by semicolons.

    >>> [str(rule.scope) for rule in read_rules("groups=docs team publish:a,b; hd=x.example admin")]
    ['publish:a,b', 'admin']
    """
    rules = tuple(_read_rule(part.strip()) for part in text.split(";") if part.strip())
    if not rules:
        raise UnusableClaimRules(f"LIFECYCLE_PEOPLE_SCOPES is empty; use {FORM}.")
    return rules


def scope_for(rules: Sequence[ClaimRule], claims: Mapping[str, Any]) -> Scope | None:
    """Return the scope that the claims give; None where no rule fits.

    Of several, the one that may most counts; limits to products of that kind are added up.

    >>> rules = read_rules("groups=a publish:x; groups=b publish:y; groups=c release")
    >>> str(scope_for(rules, {"groups": ["c", "b", "a"]})), scope_for(rules, {"groups": "d"})
    ('publish:x,y', None)
    """
    scopes = [rule.scope for rule in rules if rule.value in _values(claims, rule.claim)]
    if not scopes:
        return None
    kind = max(scopes, key=lambda scope: RANKS[scope.kind]).kind
    limits = [scope.products for scope in scopes if scope.kind == kind]
    if None in limits:
        return Scope(kind)
    return Scope(kind, products=frozenset().union(*(limit for limit in limits if limit)))


def values_seen(rules: Sequence[ClaimRule], claims: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what came of the claims that rules ask about, for whoever runs the service.

    Long values are cut off, and of many only some are given.

    >>> values_seen(read_rules("groups=a admin; hd=x.example admin"), {"groups": ["c", "b"]})
    {'groups': ['b', 'c'], 'hd': []}
    """
    by_claim = {rule.claim: sorted(_values(claims, rule.claim))[:MOST_SEEN] for rule in rules}
    return {claim: [value[:LONGEST_SEEN] for value in values] for claim, values in by_claim.items()}


def _check_complete(settings: Settings) -> None:
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise IncompleteSignIn("LIFECYCLE_OIDC_ISSUER needs LIFECYCLE_OIDC_CLIENT_ID as well.")
    if settings.proxy_user_header and not settings.trusted_proxies:
        raise IncompleteSignIn(
            "LIFECYCLE_PROXY_USER_HEADER needs LIFECYCLE_TRUSTED_PROXIES as well: only from "
            "these does the header count."
        )
    if settings.proxy_user_header and any(
        ip_network(network.strip()).prefixlen == 0
        for network in settings.trusted_proxies.split(",")
    ):
        raise IncompleteSignIn(
            "LIFECYCLE_TRUSTED_PROXIES holds every address, so anyone could send "
            "LIFECYCLE_PROXY_USER_HEADER; name the addresses of the proxies."
        )
    for name, header in (
        ("NAME", settings.proxy_name_header),
        ("GROUPS", settings.proxy_groups_header),
    ):
        if header and not settings.proxy_user_header:
            raise IncompleteSignIn(
                f"LIFECYCLE_PROXY_{name}_HEADER needs LIFECYCLE_PROXY_USER_HEADER as well."
            )


def _read_rule(text: str) -> ClaimRule:
    condition, _, scope_text = text.rpartition(" ")
    claim, _, value = condition.partition("=")
    try:
        scope = parse_scope(scope_text)
    except BadRequest:
        scope = None
    if scope is None or scope.kind not in RANKS or not claim.strip() or not value.strip():
        raise UnusableClaimRules(
            f"LIFECYCLE_PEOPLE_SCOPES: {text[:100]!r} is not a valid rule; use {FORM}."
        )
    return ClaimRule(claim.strip(), value.strip(), scope)


def _values(claims: Mapping[str, Any], name: str) -> set[str]:
    """Return the values of a claim as text.

    >>> sorted(_values({"realm_access": {"roles": ["a", "b"]}}, "realm_access.roles"))
    ['a', 'b']
    >>> _values({"https://x.example/admin": True}, "https://x.example/admin")
    {'true'}
    """
    value: Any = claims
    if name in claims:
        value = claims[name]
    else:
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    return {_text(entry) for entry in values if isinstance(entry, str | bool | int)}


def _text(value: str | bool | int) -> str:  # noqa: FBT001 -- a claim's value
    return str(value).lower() if isinstance(value, bool) else str(value)
