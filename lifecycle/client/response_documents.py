"""What a response says: a document, a page, nothing, or a refusal; anything else is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lifecycle.client.service_errors import Refused, UnexpectedAnswer

if TYPE_CHECKING:
    import httpx

Document = dict[str, Any]
Struct = TypeVar("Struct")


def document_of(response: httpx.Response, *, name: str, hidden: str | None) -> Document:
    """Read a JSON object; a problem document is raised as what it refuses.

    ``name`` is what the service is called in errors, ``hidden`` what none of them repeats.
    """
    document = _json_object(response)
    if response.is_success and document is not None:
        return document
    raise _failure(response, name=name, hidden=hidden)


def nothing_of(response: httpx.Response, *, name: str, hidden: str | None) -> None:
    """Accept that there is nothing to say, or what was changed; refusals are raised."""
    if response.is_success and (not response.content or _json_object(response) is not None):
        return
    raise _failure(response, name=name, hidden=hidden)


def page_of(response: httpx.Response, *, name: str, hidden: str | None) -> str:
    """Read an HTML page as its text; refusals are raised."""
    if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
        return response.text
    raise _failure(response, name=name, hidden=hidden)


def typed(document: Any, kind: type[Struct], *, name: str) -> Struct:
    """Convert a document to a struct; one of another shape is not an answer of the service."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError:
        from lifecycle.documents.mismatches import find_mismatches  # noqa: PLC0415 -- if it fails

        fault = find_mismatches(document, kind, most=1)[0]
        raise UnexpectedAnswer(
            f"The answer of {name} is not the document that was asked for: {fault}."
        ) from None


def _failure(response: httpx.Response, *, name: str, hidden: str | None) -> Exception:
    document = _json_object(response, hidden)
    if not response.is_success and document is not None and "detail" in document:
        return Refused(response.status_code, document)
    return UnexpectedAnswer(
        f"{name} answered {response.status_code}, and not as this service does."
    )


def _json_object(response: httpx.Response, hidden: str | None = None) -> Document | None:
    content = response.content
    if hidden:
        content = content.replace(hidden.encode(), b"***")
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
