"""The demo as a site: a server, and everything that its pages lead to."""

from __future__ import annotations

import contextlib
import copy
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx

from testkit.crawls import Crawl
from testkit.scales import WALK_SCALE
from testkit.server_processes import Server

DAY = "2026-11-30"
DEMO = ("serve", "--demo", "--at", DAY, "--no-worker", "--port", "0")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MOST_ALIKE = max(8, round(40 * WALK_SCALE))
"""How many addresses of a route are asked; those with a query are counted apart.

Fewer do not show deprecations in every state, each of which leads to pages of its own.
"""
USUAL_BYTES = 16_000
"""How long a page may be that is looked at for its route where not all are."""
LINKS = {
    "a": "href",
    "area": "href",
    "img": "src",
    "link": "href",
    "script": "src",
    "source": "srcset",
}
NOT_FOLLOWED = {"canonical", "nofollow"}
NOTHING = "no-such-thing"
EXAMPLES = {"product": "clairdash", "version": "3.35.2"}


@contextlib.contextmanager
def demo(folder, store=None, **environment):
    """Serve the demo of a certain day, to anybody and without bounds, from a folder or a store."""
    environment["LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE"] = "0"
    with Server(
        store or f"sqlite:///{folder}/demo.sqlite3", folder, command=DEMO, **environment
    ) as server:
        yield server.ready()


class References(HTMLParser):
    """What a page leads to, and the places in it that others can lead to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.places.add(values.get("id"))
        address = values.get(LINKS.get(tag))
        if address and not NOT_FOLLOWED & set((values.get("rel") or "").split()):
            self.links.append(address)


@dataclass
class Answer:
    """What the site answers at an address, and the route that does."""

    path: str
    route: str
    response: httpx.Response
    links: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    @property
    def media_type(self):
        return self.response.headers["content-type"].partition(";")[0]

    @property
    def is_page(self):
        headers = self.response.headers
        is_download = headers.get("content-disposition", "").startswith("attachment")
        return (
            self.media_type == "text/html" and self.response.status_code == 200 and not is_download
        )


class Site:
    """Everything that can be reached from the first page, by address."""

    def __init__(self, address, routes, *, unlinked=(), starts=("/",), headers=None):
        """Follow links between pages, whose ``routes`` are paths with parameters.

        Paths that no page leads to are ``unlinked``: they are asked for, and not followed. Pages
        that are not for everybody are asked for with a token's ``headers``.
        """
        self.address = self._walked_at = address
        self.headers = headers
        self._patterns = [(_pattern(route), route) for route in sorted(routes, key=_parameters)]
        with httpx.Client(base_url=address, headers=HTML | (headers or {}), timeout=60) as client:
            crawl = Crawl(
                lambda path: self._ask(client, path),
                starts,
                targets=self._targets,
                alike=lambda path: (self.route_of(path), "?" in path),
                most=MOST_ALIKE,
            )
            self.answers, self.referrers = crawl.answers, crawl.named
            for path in unlinked:
                self.answers.setdefault(path, Answer(path, "", client.get(path)))

    def served_at(self, address):
        """Return what was walked as the site of another server that serves the same."""
        site = copy.copy(self)
        site.address = address
        return site

    def _ask(self, client, path):
        answer = Answer(path, self.route_of(path), client.get(path))
        if answer.is_page and answer.route:
            read = References(answer.response.text)
            answer.links, answer.places = read.links, read.places
        return answer

    def _targets(self, path, answer):
        targets = (self.own_path(path, link) for link in answer.links)
        return [target for target in targets if target is not None]

    def own_path(self, path, link):
        """Return the path and query that a link leads to, None where it leaves the site."""
        whole = urldefrag(urljoin(self._walked_at + path, link)).url
        parts = urlsplit(whole)
        if f"{parts.scheme}://{parts.netloc}" != self._walked_at:
            return None
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def route_of(self, path):
        """Return the page's route that answers an address, empty where none does."""
        plain = path.partition("?")[0]
        return next((route for pattern, route in self._patterns if pattern.fullmatch(plain)), "")

    @property
    def pages(self):
        """Every page, that is what answers in HTML by a route of pages."""
        return [answer for answer in self.answers.values() if answer.is_page and answer.route]

    @property
    def refusals(self):
        """The pages that answer where something is asked for that does not exist."""
        return [
            answer
            for answer in self.answers.values()
            if NOTHING in answer.path and answer.response.status_code >= 400
            if answer.media_type == "text/html"
        ]

    @property
    def pictures(self):
        """Every picture of its own."""
        return [a for a in self.answers.values() if a.media_type == "image/svg+xml"]

    def examples(self, *, widely=False):
        """Return pages that stand for all that are alike.

        At full scale these are the longest page of each route, with and without a query; or the
        first as well. Else it is one page of each route, the longest of those of a usual length.
        """
        alike = {}
        for page in [*self.pages, *self.refusals]:
            has_query = WALK_SCALE >= 1 and "?" in page.path
            alike.setdefault((page.route, has_query), []).append(page)
        if WALK_SCALE < 1:
            return [max(pages, key=_usualness) for pages in alike.values()]
        longest = [max(pages, key=_length) for pages in alike.values()]
        firsts = [pages[0] for pages in alike.values()] if widely else []
        return [*longest, *(page for page in firsts if page not in longest)]

    def broken_links(self):
        """Return what pages lead to that does not answer, or has no such place."""
        broken = {
            f"{self.referrers.get(path)} -> {path}": answer.response.status_code
            for path, answer in self.answers.items()
            if answer.response.status_code >= 400 and path in self.referrers
        }
        for page in self.pages:
            for link in page.links:
                place = unquote(urlsplit(link).fragment)
                target = self.answers.get(self.own_path(page.path, link))
                if place and target and target.places and place not in target.places:
                    broken[f"{page.path} -> {link}"] = "no such place"
        return broken


def refused_path(route):
    """Return an address of a route at which nothing is."""
    return re.sub(r"\{\w+\}", NOTHING, route)


def example_path(route):
    """Return an address of a route at which the demo has something."""
    return re.sub(r"\{(\w+)\}", lambda name: EXAMPLES[name[1]], route)


def _pattern(route):
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route)))


def _parameters(route):
    return route.count("{"), route


def _length(answer):
    return len(answer.response.content)


def _usualness(answer):
    """Rank a page by its length, and those that are longer than usual behind all others."""
    length = _length(answer)
    return length if length <= USUAL_BYTES else -length
