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
    """What answered at which address, and where each address was named first."""

    def __init__(self, ask, starts, *, targets, alike, most):
        """Ask for the ``starts`` and what they lead to: of addresses that are ``alike``, the first.

        ``targets`` are the own addresses that an answer leads to, given where it stood.
        """
        self.named, self.answers = dict.fromkeys(starts), {}
        kinds, waiting = Counter(), list(starts)
        while waiting:
            address = waiting.pop(0)
            if kinds[alike(address)] == most:
                continue
            kinds[alike(address)] += 1
            answer = self.answers[address] = ask(address)
            for target in targets(address, answer):
                if target not in self.named:
                    self.named[target] = address
                    waiting.append(target)


class HostCrawl(Crawl):
    """All that a host serves, pages or not, by full addresses."""

    def __init__(self, client, start, *, published):
        """Begin at an address; what is on the host of the ``published`` one is our own."""
        self.host = urlsplit(published).netloc
        super().__init__(client.get, [start], targets=self._own, alike=kind_of, most=MOST_OF_A_KIND)

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
