"""Following every link of a site from its first page, as far as its own addresses go."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

MOST_OF_A_KIND = 4
"""Pages of one kind that are asked for; of the others, only the addresses are looked at."""
IN_MARKUP = re.compile(r"""(?:\s(?:href|src|action|poster|data|content)|URL)=["']([^"']+)["']""")
IN_CALENDARS = re.compile(r"^URL(?:;[^:]*)?:(\S+)", re.MULTILINE)
IN_HEADERS = re.compile(r"<([^>]*)>")
ADDRESS = re.compile(r"^(https?://|/|\?|\.)")


class Crawl:
    """What was asked for, and every own address that an answer named, with where it stood."""

    def __init__(self, client, start, *, published):
        """Begin at an address; what is on the host of the ``published`` one is our own."""
        self.client = client
        self.host = urlsplit(published).netloc
        self.named, self.answers = {start: None}, {}
        self.kinds, waiting = Counter(), [start]
        while waiting:
            address = waiting.pop(0)
            self.kinds[kind_of(address)] += 1
            if self.kinds[kind_of(address)] > MOST_OF_A_KIND:
                continue
            answer = self.answers[address] = client.get(address)
            for own in self._own(address, answer):
                if own not in self.named:
                    self.named[own] = address
                    waiting.append(own)

    def _own(self, address, answer):
        """Yield the addresses of ours that an answer names, without their fragments."""
        for text in addresses_in(answer):
            full = urldefrag(urljoin(address, text)).url
            parts = urlsplit(full)
            if parts.scheme in {"http", "https"} and parts.netloc == self.host:
                yield full

    @property
    def failed(self):
        """Return what did not answer as a link should, and where it was named."""
        return {
            address: (answer.status_code, self.named[address])
            for address, answer in self.answers.items()
            if answer.status_code >= 400
        }


def addresses_in(answer):
    """Yield what an answer's headers and its body lead to."""
    yield from IN_HEADERS.findall(answer.headers.get("link", ""))
    if location := answer.headers.get("location"):
        yield location
    kind = answer.headers.get("content-type", "")
    if "html" in kind or "xml" in kind or "css" in kind:
        texts = [unescape(text) for text in IN_MARKUP.findall(answer.text)]
        yield from (text for text in texts if ADDRESS.match(text))
        yield from re.findall(r"url\((?![\"']?(?:data:|#))[\"']?([^\"')]+)", answer.text)
    elif "calendar" in kind:
        yield from IN_CALENDARS.findall(answer.text.replace("\r\n ", ""))


def kind_of(address):
    """Return an address with every number, value and compound name in it replaced.

    >>> kind_of("http://a/life/products/clairdash/lines/3.35?tier=pro")
    'life/products/clairdash/lines/* tier'
    """
    parts = urlsplit(address)
    segments = parts.path.strip("/").split("/")
    words = [
        segment if re.fullmatch(r"[a-z]+(\.[a-z]+)?", segment) else "*" for segment in segments
    ]
    names = [pair.partition("=")[0] for pair in parts.query.split("&") if pair]
    return f"{'/'.join(words)} {'&'.join(names)}".strip()
