"""What is asked of an identity provider, bounded in time and size."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import msgspec

from lifecycle.client.http_library import httpx
from lifecycle.server.sign_in_flows import ProviderUnavailable, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.settings import Settings

SECONDS = 10.0
LARGEST = 1 << 20
DISCOVERY = "/.well-known/openid-configuration"
HEADERS = {"accept": "application/json", "accept-encoding": "identity"}
BASIC, POSTED = "client_secret_basic", "client_secret_post"


class Metadata(msgspec.Struct, frozen=True):
    """What a provider publishes of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)


class Tokens(msgspec.Struct, frozen=True):
    """What a provider gives for a code; only the ID token is of use here."""

    id_token: str


async def fetch_metadata(issuer: str) -> Metadata:
    """Return what the provider says of itself, if it is the one that was asked for."""
    document = await _document("GET", issuer.rstrip("/") + DISCOVERY)
    try:
        metadata = msgspec.convert(document, Metadata)
    except msgspec.ValidationError as error:
        raise ProviderUnavailable(
            f"What {issuer} publishes of itself is not valid: {error}."
        ) from None
    if metadata.issuer.rstrip("/") != issuer.rstrip("/"):
        raise ProviderUnavailable(
            f"{issuer} calls itself {metadata.issuer[:200]!r}; LIFECYCLE_OIDC_ISSUER must be that."
        )
    secure = urlsplit(issuer).scheme
    for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
        if urlsplit(endpoint).scheme not in {secure, "https"}:
            raise ProviderUnavailable(f"{issuer} names {endpoint[:200]!r}, which is not https.")
    return metadata


async def fetch_keys(metadata: Metadata) -> Any:
    """Return the provider's JWKS, as it stands there."""
    return await _document("GET", metadata.jwks_uri)


async def exchange(
    metadata: Metadata, settings: Settings, *, code: str, verifier: str, redirect_uri: str
) -> str:
    """Exchange a code for an ID token; the verifier proves that the code was asked for here."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers, own = _credentials(metadata, settings)
    document = await _document("POST", metadata.token_endpoint, headers=headers, data=fields | own)
    try:
        return msgspec.convert(document, Tokens).id_token
    except msgspec.ValidationError:
        raise SignInFailed("The identity provider sent no ID token.") from None


def _credentials(metadata: Metadata, settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and fields by which this service is known at the provider."""
    client, secret = settings.oidc_client_id, settings.oidc_client_secret
    if not secret:
        return {}, {"client_id": client}
    methods = metadata.token_endpoint_auth_methods_supported
    if BASIC not in methods and POSTED in methods:
        return {}, {"client_id": client, "client_secret": secret}
    pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}, {}


async def _document(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
) -> Any:
    host = urlsplit(address).hostname
    try:
        async with asyncio.timeout(SECONDS):
            status, body = await _answer(method, address, {**HEADERS, **(headers or {})}, data)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        raise ProviderUnavailable(f"The identity provider at {host} did not answer.") from error
    document = _decoded(body)
    if status == httpx.codes.OK and isinstance(document, dict):
        return document
    reason = document.get("error") if isinstance(document, dict) else None
    if data is not None and isinstance(reason, str) and reason.isascii() and len(reason) < LARGEST:
        raise SignInFailed(f"The identity provider refused: {reason[:50]}.")
    raise ProviderUnavailable(f"The identity provider at {host} answered with the status {status}.")


async def _answer(
    method: str, address: str, headers: Mapping[str, str], data: Mapping[str, str] | None
) -> tuple[int, bytes]:
    async with (
        httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as http,
        http.stream(method, address, headers=headers, data=data) as response,
    ):
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > LARGEST:
                raise ValueError
        return response.status_code, bytes(body)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
