"""What is kept secret in the store, and the links that only we can have made."""

from __future__ import annotations

import base64
import hashlib
import secrets as random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

if TYPE_CHECKING:
    from collections.abc import Callable

SHORTEST_KEY = 16
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 -- what Standard Webhooks puts before one


class UnusableKeyError(ValueError):
    """A secret key needs at least 16 characters; several stand on a line each, newest first."""


class WrongKeyError(ValueError):
    """What is stored was encrypted with another secret key than the one given."""


class BadLinkError(ValueError):
    """The link is not one that was made here."""


class ExpiredLinkError(BadLinkError):
    """The link has expired."""


class Vault:
    """Encrypts with the first of its keys, and decrypts with any of them."""

    def __init__(self, keys: str) -> None:
        """Take keys of any form, a line each, the newest first."""
        fernets = [Fernet(key) for key in _derived(keys, b"vault")]
        self._newest, self._fernet = fernets[0], MultiFernet(fernets)

    def encrypt(self, text: str) -> str:
        """Return what may be stored."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """Return the text; refuse what none of the keys opens."""
        try:
            return self._fernet.decrypt(token).decode()
        except (InvalidToken, ValueError) as error:
            raise WrongKeyError(WrongKeyError.__doc__) from error

    def reseal(self, token: str) -> str | None:
        """Return what to store instead; None where the newest key encrypted it already."""
        try:
            self._newest.decrypt(token)
        except (InvalidToken, ValueError):
            return self.encrypt(self.decrypt(token))
        return None


class Links:
    """Signs what stands in a link, for one purpose at a time."""

    def __init__(self, keys: str, clock: Callable[[], datetime] | None = None) -> None:
        """Take the same keys as a vault; a link signed with any of them is good."""
        self._keys = _derived(keys, b"links")[::-1]
        self._signer = _signer(clock or _now)
        self._serializers: dict[str, URLSafeTimedSerializer] = {}

    def sign(self, purpose: str, value: str) -> str:
        """Return a token that may stand in an address."""
        return str(self._for(purpose).dumps(value))

    def unsign(self, purpose: str, token: str, max_age: timedelta | None = None) -> str:
        """Return the value; refuse another purpose's token, a changed or too old one."""
        seconds = None if max_age is None else int(max_age.total_seconds())
        try:
            value = self._for(purpose).loads(token, max_age=seconds)
        except SignatureExpired as error:
            raise ExpiredLinkError(ExpiredLinkError.__doc__) from error
        except (BadData, UnicodeError) as error:
            raise BadLinkError(BadLinkError.__doc__) from error
        return str(value)

    def _for(self, purpose: str) -> URLSafeTimedSerializer:
        serializer = self._serializers.get(purpose)
        if serializer is None:
            serializer = self._serializers[purpose] = URLSafeTimedSerializer(
                self._keys,
                salt=purpose.encode(),
                signer=self._signer,
                signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
            )
        return serializer


def new_webhook_secret() -> str:
    """Draw a secret in the form that Standard Webhooks gives it."""
    return SECRET_PREFIX + base64.b64encode(random.token_bytes(SECRET_BYTES)).decode("ascii")


def _derived(keys: str, use: bytes) -> list[bytes]:
    key_texts = [line.strip() for line in keys.splitlines() if line.strip()]
    if not key_texts or any(len(key) < SHORTEST_KEY for key in key_texts):
        raise UnusableKeyError(UnusableKeyError.__doc__)
    return [_derive(key, use) for key in key_texts]


def _derive(key: str, use: bytes) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"notifications " + use)
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))


def _signer(clock: Callable[[], datetime]) -> type[TimestampSigner]:
    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(clock().timestamp())

    return Signer


def _now() -> datetime:
    return datetime.now(UTC)
