"""The client: requests of one service, each tried as often as that is safe."""

from __future__ import annotations

import json
import queue
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

from lifecycle.client import response_documents as responses
from lifecycle.client.http_library import httpx
from lifecycle.client.retry_policy import retrying
from lifecycle.client.service_errors import (
    InvalidAddress,
    InvalidToken,
    NoAnswerInTime,
    UnexpectedAnswer,
    Unreachable,
)
from lifecycle.client.transport import fetch, open_http, within
from lifecycle.setting_values import without_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from lifecycle.client.response_documents import Document

Struct = TypeVar("Struct")

SILENCE_SECONDS = 30.0
LONGEST_CALL_SECONDS = 600.0
JSON = "application/json"
PAGE_LENGTH = 500
REPEATABLE = frozenset({"GET", "PUT"})
"""Methods whose repeat has the same answer; a second DELETE finds nothing any more."""


class Client:
    """A service at an address, asked with a token if one is given.

    ``timeout`` are the seconds without a byte after which a call fails; ``total`` are those for
    all calls together, counted from now; without them a call has ten minutes, all tries together.
    What a repeat cannot harm is tried up to ``tries`` times: GET, PUT without ``If-Match``,
    questions, and POST under a key, where the service is out of reach, busy (429) or about to be
    back (502, 503, 504), for which its ``Retry-After`` is heeded. ``transport`` takes the place of
    the network; it has no time limits.
    """

    def __init__(
        self,
        server: str,
        *,
        token: str | None = None,
        timeout: float = SILENCE_SECONDS,
        total: float | None = None,
        tries: int = 3,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.name = without_password(server)
        """What the service is called in errors: its address without a password."""
        self._server = server.rstrip("/")
        self._token = _visible(token)
        self._timeout = timeout
        self._total = total
        self._deadline = None if total is None else time.monotonic() + total
        self._tries = tries
        self._local = transport is not None
        headers = {"User-Agent": f"lifecycle/{version('lifecycle-tracker')}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = open_http(server, headers=headers, transport=transport)

    def __repr__(self) -> str:
        return f"Client({self.name!r})"

    def __enter__(self) -> Self:
        """Keep connections for the calls to come."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, address: str, **query: str | None) -> Document:
        """Fetch a document; what is None in the ``query`` is left out."""
        return self._document(self._answer("GET", address, query=query))

    def get_as(self, kind: type[Struct], address: str, **query: str | None) -> Struct:
        """Fetch a document as a struct; one of another shape is refused."""
        return self.typed(self.get(address, **query), kind)

    def typed(self, document: Document, kind: type[Struct]) -> Struct:
        """Convert an answer to a struct; one of another shape is refused."""
        return responses.typed(document, kind, name=self.name)

    def get_answer(self, address: str, *, headers: Mapping[str, str]) -> httpx.Response:
        """Fetch whatever is at an address, query included; refusals are answers too."""
        return self._answer("GET", address, headers=headers)

    def get_page(self, address: str, **query: str | None) -> str:
        """Fetch an HTML page."""
        response = self._answer("GET", address, query=query)
        return responses.page_of(response, name=self.name, hidden=self._token)

    def pages(
        self,
        address: str,
        *,
        after: str | None = None,
        most: int | None = None,
        **query: str | None,
    ) -> Iterator[Document]:
        """Yield the pages of a list, each as it is fetched: all, or those with ``most`` items.

        ``after`` is the ``next`` of a page that was fetched before.
        """
        cursor, remaining = after, most
        while True:
            length = PAGE_LENGTH if remaining is None else min(remaining, PAGE_LENGTH)
            page = self.get(address, **{**query, "cursor": cursor, "limit": str(length)})
            yield page
            following = page.get("next")
            remaining = None if remaining is None else remaining - length
            if following is None or remaining == 0:
                return
            if not isinstance(following, str) or following == cursor:
                raise UnexpectedAnswer(f"{self.name} answered with a list that has no end.")
            cursor = following

    def items(self, address: str, **query: str | None) -> Iterator[Any]:
        """Yield what a list holds, page after page."""
        for page in self.pages(address, after=None, most=None, **query):
            yield from self._items_of(page)

    def part(
        self, address: str, *, after: str | None, most: int | None, **query: str | None
    ) -> tuple[list[Any], str | None]:
        """Return a list's items as ``pages`` yields them, and the cursor of those that follow."""
        items: list[Any] = []
        following: str | None = None
        for page in self.pages(address, after=after, most=most, **query):
            items += self._items_of(page)
            following = page.get("next")
        return items, following

    def _items_of(self, page: Document) -> list[Any]:
        items = page.get("items")
        if not isinstance(items, list):
            raise UnexpectedAnswer(f"{self.name} answered with a page that lists nothing.")
        return items

    def ask(self, address: str, body: Any, **query: str | None) -> Document:
        """Post a question, which changes nothing when it is repeated."""
        return self._document(self._answer("POST", address, body, query=query, repeatable=True))

    def send(
        self, address: str, content: bytes, *, key: str | None = None, **query: str | None
    ) -> Document:
        """Post a file as it is, again where no answer came.

        Under an ``Idempotency-Key`` it is taken in once however often it is sent.
        """
        headers = {"Content-Type": "application/octet-stream"} | _named(key)
        return self._document(
            self._answer("POST", address, content, query=query, headers=headers, repeatable=True)
        )

    def post(
        self,
        address: str,
        body: Any = None,
        *,
        key: str | None = None,
        revision: int | None = None,
        **query: str | None,
    ) -> Document:
        """Post a change; under an ``Idempotency-Key`` it is one change however often it is sent.

        With the ``revision`` that was read, a resource that has changed since is left as it is.
        """
        headers = _conditions(revision) | _named(key)
        repeatable = key is not None
        return self._document(
            self._answer("POST", address, body, query=query, headers=headers, repeatable=repeatable)
        )

    def put(
        self,
        address: str,
        body: Any,
        *,
        content_type: str = JSON,
        revision: int | None = None,
    ) -> Document:
        """Put a document: bytes as they are, anything else as JSON."""
        headers = _conditions(revision) | {"Content-Type": content_type}
        return self._document(self._answer("PUT", address, body, headers=headers))

    def patch(self, address: str, body: Any, *, revision: int | None = None) -> Document:
        """Change some fields of a resource."""
        return self._document(self._answer("PATCH", address, body, headers=_conditions(revision)))

    def delete(self, address: str, *, revision: int | None = None) -> None:
        """Delete a resource."""
        response = self._answer("DELETE", address, headers=_conditions(revision))
        responses.nothing_of(response, name=self.name, hidden=self._token)

    def erase(self, address: str) -> Document:
        """Delete a resource, and return what is said of what went with it."""
        return self._document(self._answer("DELETE", address))

    def _document(self, response: httpx.Response) -> Document:
        return responses.document_of(response, name=self.name, hidden=self._token)

    def _answer(
        self,
        method: str,
        address: str,
        body: Any = None,
        *,
        query: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> httpx.Response:
        content = body if body is None or isinstance(body, bytes) else _encoded(body)
        all_headers = {} if content is None else {"Content-Type": JSON}
        all_headers |= headers or {}
        parameters = {name: value for name, value in (query or {}).items() if value is not None}
        if repeatable is None:
            repeatable = method in REPEATABLE and "If-Match" not in all_headers
        request = self._request(method, address, parameters, content, all_headers)
        return self._tried(request, repeatable=repeatable)

    def _request(
        self,
        method: str,
        address: str,
        query: Mapping[str, str],
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Request:
        try:
            return self._http.build_request(
                method,
                self._server + address,
                params=query or None,  # an empty one would take away what the address has
                content=content,
                headers=headers,
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise self._invalid_address(error) from error

    def _tried(self, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
        longest = time.monotonic() + LONGEST_CALL_SECONDS
        deadline = longest if self._deadline is None else self._deadline
        seconds = deadline - time.monotonic()
        policy = retrying(tries=self._tries, seconds=seconds, repeatable=repeatable)
        try:
            return policy(self._attempt, request, deadline)
        except (queue.Empty, httpx.TimeoutException) as error:
            raise NoAnswerInTime(self._too_late()) from error
        except (httpx.UnsupportedProtocol, UnicodeError) as error:
            raise self._invalid_address(error) from error
        except httpx.HTTPError as error:
            tries = policy.statistics["attempt_number"]
            tried = f" (tried {tries} times)" if tries > 1 else ""
            reason = error if str(error) else type(error).__name__
            raise Unreachable(f"{self.name} does not answer: {reason}{tried}.") from error

    def _attempt(self, request: httpx.Request, deadline: float) -> httpx.Response:
        if self._local:
            return fetch(self._http, request)
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0:
            raise NoAnswerInTime(self._too_late())
        silence = min(self._timeout, seconds_left)
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), silence)
        return within(seconds_left, lambda: fetch(self._http, request))

    def _too_late(self) -> str:
        seconds = self._timeout if self._total is None else self._total
        return f"{self.name} did not answer within {seconds:g} second{'' if seconds == 1 else 's'}."

    def _invalid_address(self, error: Exception) -> InvalidAddress:
        return InvalidAddress(
            f"{self.name!r} is not a valid address: {error}. Use one such as http://127.0.0.1:8000."
        )


def _conditions(revision: int | None) -> dict[str, str]:
    return {} if revision is None else {"If-Match": f'"{revision}"'}


def _named(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Idempotency-Key": key}


def _visible(token: str | None) -> str | None:
    """Refuse a token that no header can carry; httpx would repeat it in its error."""
    if token is not None and not all("!" <= letter <= "~" for letter in token):
        raise InvalidToken
    return token


def _encoded(body: Any) -> bytes:
    return json.dumps(body, default=str).encode()
