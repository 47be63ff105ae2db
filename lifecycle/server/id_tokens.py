"""ID tokens: what an identity provider says of a person, and whether it is the one that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from lifecycle.server.sign_in_flows import IdTokenRefused

if TYPE_CHECKING:
    from collections.abc import Collection

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures with a private key: neither none, nor those whose key both sides know."""
LEEWAY_SECONDS = 60
"""By how much the clocks of the two may differ."""
LONGEST = 64 * 1024


class UnknownKey(IdTokenRefused):
    """The key that signed is none of those at hand; the provider may have a new one."""


def read_keys(document: Any) -> KeySet:
    """Return the public keys of a provider's JWKS."""
    try:
        return KeySet.import_key_set(document)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise IdTokenRefused(f"the provider's keys cannot be used: {error}") from error


def verify(
    id_token: str,
    keys: KeySet,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    algorithms: Collection[str],
    now: int,
) -> dict[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0, 3.1.3.7).

    Its signature, algorithm, issuer, audience, nonce and times are checked before.
    """
    claims = _signed(id_token, keys, ALGORITHMS.intersection(algorithms))
    expected = JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        expected.validate(claims)
    except JoseError as error:
        raise IdTokenRefused(f"its claims: {error}") from error
    _check_party(claims, client_id)
    return claims


def _signed(id_token: str, keys: KeySet, algorithms: Collection[str]) -> dict[str, Any]:
    if len(id_token) > LONGEST:
        raise IdTokenRefused(f"it is longer than {LONGEST:,} characters")
    try:
        return jwt.decode(id_token, keys, algorithms=algorithms).claims
    except JoseError as error:
        kind = UnknownKey if error.error == "invalid_key_id" else IdTokenRefused
        raise kind(f"its signature: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise IdTokenRefused(f"it is not well-formed: {error}") from error


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    """Refuse a token that another client was given, be it for us as well."""
    party, audience = claims.get("azp"), claims["aud"]
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (party is None and is_shared) or (party is not None and party != client_id):
        raise IdTokenRefused(f"its authorized party is {party!r}")
