"""Signing the vendor's people in at their identity provider: OpenID Connect's code flow with PKCE.

Imported only where the settings name a provider: what checks signatures takes long to import.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from lifecycle.accounts.claim_rules import people_rules
from lifecycle.server import id_tokens, provider_requests
from lifecycle.server.sign_in_flows import IdTokenRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from joserfc.jwk import KeySet

    from lifecycle.server.provider_requests import Metadata
    from lifecycle.server.sign_in_flows import Flow
    from lifecycle.settings import Settings

KNOWN_FOR = timedelta(hours=1)
ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""When keys are fetched again, at the earliest, for a token that none of them signed."""


class IdentityProvider:
    """The provider that the settings name, and what it was last known to say of itself."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.rules = people_rules(settings)
        self.host = urlsplit(settings.oidc_issuer).netloc
        self._settings = settings
        self._clock = clock
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[KeySet, datetime] | None = None

    async def address(self, flow: Flow, redirect_uri: str) -> str:
        """Return the address at the provider to which the browser is led."""
        endpoint = (await self._known_metadata()).authorization_endpoint
        digest = hashlib.sha256(flow.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.oidc_client_id,
                "redirect_uri": redirect_uri,
                "scope": self._settings.oidc_requests,
                "state": flow.state,
                "nonce": flow.nonce,
                "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def claims(
        self, answer: Mapping[str, str], flow: Flow, redirect_uri: str
    ) -> dict[str, Any]:
        """Return what the provider says of the person, from the answer that the browser brings."""
        metadata = await self._known_metadata()
        if answer.get("iss", metadata.issuer) != metadata.issuer:  # RFC 9207
            raise IdTokenRefused("the answer is of another issuer")
        id_token = await provider_requests.exchange(
            metadata,
            self._settings,
            code=answer["code"],
            verifier=flow.verifier,
            redirect_uri=redirect_uri,
        )
        try:
            return self._verified(id_token, await self._known_keys(metadata), metadata, flow)
        except id_tokens.UnknownKey:
            keys = await self._known_keys(metadata, longest=ASKED_AGAIN_AFTER)
            return self._verified(id_token, keys, metadata, flow)

    def _verified(
        self, id_token: str, keys: KeySet, metadata: Metadata, flow: Flow
    ) -> dict[str, Any]:
        return id_tokens.verify(
            id_token,
            keys,
            issuer=metadata.issuer,
            client_id=self._settings.oidc_client_id,
            nonce=flow.nonce,
            algorithms=metadata.id_token_signing_alg_values_supported,
            now=int(self._clock().timestamp()),
        )

    async def _known_metadata(self) -> Metadata:
        now = self._clock()
        if self._metadata is None or now - self._metadata[1] > KNOWN_FOR:
            metadata = await provider_requests.fetch_metadata(self._settings.oidc_issuer)
            self._metadata = metadata, now
        return self._metadata[0]

    async def _known_keys(self, metadata: Metadata, longest: timedelta = KNOWN_FOR) -> KeySet:
        now = self._clock()
        if self._keys is None or now - self._keys[1] > longest:
            self._keys = id_tokens.read_keys(await provider_requests.fetch_keys(metadata)), now
        return self._keys[0]
