"""Asking a running service from Python: the one way that commands use, too.

    from lifecycle.client import Client, Refused

    with Client("https://lifecycle.example", token="...") as client:
        answer = client.status("clairdash", "3.35.2", tier="enterprise")
        print(answer.status, answer.supported_until)
        verdict = client.gate({"product": "clairdash", "version": "3.40.0"})
        for deprecation in client.items("/v1/deprecations", product="clairdash"):
            print(deprecation["id"], deprecation["status"])

``status``, ``support``, ``check`` and ``gate`` answer in structs, and everything else that the API
has is asked as documents. Every error is a ``LifecycleError``: ``Refused`` carries the service's
problem document, and the others say that there was no answer, or none of this service. Proxies and
certificates are those that the environment names (``HTTPS_PROXY``, ``NO_PROXY``,
``SSL_CERT_FILE``), as with httpx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.client.resource_paths import path
from lifecycle.client.service_errors import (
    InvalidAddress,
    InvalidProxy,
    InvalidToken,
    NoAnswerInTime,
    Refused,
    ServiceError,
    UnexpectedAnswer,
    Unreachable,
)

if TYPE_CHECKING:
    from lifecycle.client.typed_client import Client

__all__ = [
    "Client",
    "InvalidAddress",
    "InvalidProxy",
    "InvalidToken",
    "NoAnswerInTime",
    "Refused",
    "ServiceError",
    "UnexpectedAnswer",
    "Unreachable",
    "path",
]


def __getattr__(name: str) -> Any:
    """Import httpx with the client alone: help and addresses do without."""
    if name == "Client":
        from lifecycle.client.typed_client import Client  # noqa: PLC0415

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
