"""Asking a running service instead of the local store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lifecycle.cli.clients import httpx
from lifecycle.cli.resource_paths import path
from lifecycle.errors import BadRequest, LifecycleError, Problem, Unavailable
from lifecycle.settings import read_token, without_password

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["answer", "authorization", "get", "path", "put", "send"]

TIMEOUT = 30.0


def get(server: str, address: str, **query: str | None) -> Any:
    """Fetch a JSON answer; a problem document becomes the error it describes."""
    return _request(server, "GET", address, {k: v for k, v in query.items() if v is not None})


def put(server: str, address: str, body: bytes, content_type: str) -> Any:
    """Put a document and give the answer."""
    return _request(server, "PUT", address, {}, body, {"Content-Type": content_type})


def _request(
    server: str,
    method: str,
    address: str,
    query: Mapping[str, str],
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    return answer(server, send(server, method, address, query, body, headers))


def send(
    server: str,
    method: str,
    address: str,
    query: Mapping[str, str],
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one request, with the token of the environment."""
    sent = {**(headers or {}), **authorization()}
    try:
        return httpx.request(
            method,
            server.rstrip("/") + address,
            params=query,
            content=body,
            headers=sent,
            timeout=TIMEOUT,
        )
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise no_address(server, error) from error
    except httpx.HTTPError as error:
        raise Unavailable(
            f"{without_password(server)} does not answer: {error or type(error).__name__}."
        ) from error


def authorization() -> dict[str, str]:
    """Return the header that shows the environment's token, if one is set."""
    token = read_token(os.environ)
    return {"Authorization": f"Bearer {token}"} if token else {}


def no_address(server: str, error: Exception) -> BadRequest:
    """Say that nobody can be asked at an address."""
    return BadRequest(
        f"--server {without_password(server)!r} is not a valid address: {error}. "
        "Use one such as http://127.0.0.1:8000."
    )


def answer(server: str, response: httpx.Response) -> Any:
    """Read what was answered: a document, a page as its text, or nothing where that is all."""
    if response.is_success and not response.content:
        return None
    if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
        return response.text
    try:
        document = response.json()
    except ValueError:
        document = None
    if response.is_success and isinstance(document, dict):
        return document
    if isinstance(document, dict) and "detail" in document:
        raise _problem(document, response.status_code)
    raise Unavailable(
        f"{without_password(server)} answered {response.status_code}, and not as this service does."
    )


def _problem(document: dict[str, Any], status: int) -> LifecycleError:
    """Make the error that a problem document describes, with what it carries beside."""
    problems = [
        Problem(
            str(each.get("field", "")),
            str(each.get("message", "")),
            value=each.get("value"),
            allowed=None if each.get("allowed") is None else str(each["allowed"]),
        )
        for each in document.get("errors") or []
        if isinstance(each, dict)
    ]
    standard = {"type", "title", "status", "detail", "instance", "error", "errors"}
    members = {name: value for name, value in document.items() if name not in standard}
    error = LifecycleError(str(document["detail"]), problems=problems, **members)
    error.status_code = status
    return error
