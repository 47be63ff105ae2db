"""Pages for people who follow a link: no script, nothing loaded from anywhere."""

from __future__ import annotations

from importlib.resources import files

import msgspec
from litestar import MediaType
from litestar.response import Response
from markupsafe import Markup

from lifecycle.deprecations.notices.letters import Passage
from lifecycle.deprecations.notices.templates import content_policy, environment

_CSS = (files("lifecycle.web") / "templates" / "page.css").read_text(encoding="utf-8").strip()
_PAGE = environment("lifecycle.web").get_template("page.html")

HEADERS = {
    "content-security-policy": content_policy(_CSS),
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}
"""A token stands in the address of these pages: it goes nowhere else, and into no cache."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says; ``button`` sends it back as a POST. A link is a text and its address."""

    label: str
    title: str
    paragraphs: tuple[str, ...] = ()
    sections: tuple[Passage, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    button: str | None = None
    note: str | None = None
    tone: str = ""


def shown(page: Page, *, status: int = 200) -> Response[str]:
    """Answer with a page."""
    # The sheet is ours, and its hash is of the text as it stands there.
    html = _PAGE.render(page=page, css=Markup(_CSS))  # noqa: S704
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def refusal(
    title: str, *paragraphs: str, status: int, links: tuple[tuple[str, str], ...] = ()
) -> Response[str]:
    """Answer that a link does nothing, and what to do about it."""
    page = Page(
        label="This did not work", title=title, paragraphs=paragraphs, links=links, tone="warn"
    )
    return shown(page, status=status)
