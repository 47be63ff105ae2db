"""Asking for what everybody may read: answers as they come, and lists whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from lifecycle.errors import Unauthorized, Unavailable

OK: Final = 200
NOT_FOUND: Final = 404
NEEDS_TOKEN: Final = 401
LONGEST_PAGE: Final = 500
_HAS_MORE: Final = re.compile(rb'"next":"[^"]+"\}$')


class PrivateReads(Unauthorized):
    """The service answers nobody without a token, so nothing of it is public."""


class UnexpectedStatus(Unavailable):
    """The service did not answer as it does."""


class Answer(NamedTuple):
    """What the service answered.

    ``is_static`` says that a page was made for a file, ``is_shared`` that scripts of any site may
    read the answer, ``policy`` what a browser may do with it (Content-Security-Policy).
    """

    status: int
    content_type: str
    content: bytes
    is_static: bool = False
    is_shared: bool = False
    policy: str = ""


Ask = Callable[[str], Answer]
"""Asks for an address, with its query, as somebody without a token does."""


class ListPage(msgspec.Struct):
    """A page of a list; its items stay the bytes that they are."""

    items: list[msgspec.Raw]
    next: str | None = None


class PublicReads:
    """Answers by their addresses; what is read as a document first is not asked for again."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._kept: dict[str, Answer] = {}
        self.absent: list[str] = []
        """Addresses under which there is nothing (404)."""

    def get(self, address: str, query: str = "") -> Answer | None:
        """Return an answer; None where there is nothing at an address, which is noted."""
        answer = self._kept.pop(address, None) or self._fetch(address, query)
        if answer.status == NOT_FOUND:
            self.absent.append(address)
            return None
        return answer

    def document(self, address: str, query: str = "") -> Any:
        """Return a JSON document that names others, which is kept until it is got."""
        answer = self._fetch(address, query)
        if answer.status == NOT_FOUND:
            raise UnexpectedStatus(
                f"{address} was not found, though the service had just named it: something was "
                "removed or renamed meanwhile. Export again."
            )
        self._kept[address] = answer
        return msgspec.json.decode(answer.content)

    def text(self, address: str) -> str:
        """Return a page's text, which is kept until it is got."""
        answer = self._kept[address] = self._fetch(address, "")
        return answer.content.decode()

    def missing(self, address: str) -> Answer:
        """Return the page that says that there is nothing at an address."""
        return self._fetch(address, "")

    def _fetch(self, address: str, query: str) -> Answer:
        answer = self._ask(f"{address}?{query}" if query else address)
        if answer.status == NEEDS_TOKEN:
            raise PrivateReads(
                "Nothing here is public: reads need a token (LIFECYCLE_PUBLIC_READS is false), and "
                "an export publishes what it reads. To publish it all the same, export on the "
                "machine of the store with LIFECYCLE_PUBLIC_READS=true; what is marked as not "
                "public stays out."
            )
        if answer.status not in {OK, NOT_FOUND}:
            raise UnexpectedStatus(f"{address} was answered with status {answer.status}.")
        if address.startswith("/v1/") and _HAS_MORE.search(answer.content[-300:]):
            return self._whole(address, answer)
        return answer

    def _whole(self, address: str, first: Answer) -> Answer:
        """Join the pages of a list: a file has no second one."""
        page = msgspec.json.decode(first.content, type=ListPage)
        items = page.items
        while page.next is not None:
            more = self._ask(f"{address}?limit={LONGEST_PAGE}&cursor={page.next}")
            if more.status != OK:
                raise UnexpectedStatus(f"{address} was answered with status {more.status}.")
            following = msgspec.json.decode(more.content, type=ListPage)
            if following.next == page.next:
                raise UnexpectedStatus(f"{address} was answered with a list that has no end.")
            page = following
            items += page.items
        return first._replace(content=msgspec.json.encode(ListPage(items)))
