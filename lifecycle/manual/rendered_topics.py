"""The manual as HTML: anchors on headings, tables and blocks that scroll, links between topics."""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lifecycle.manual.contents import Topic

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_TO_TOPIC: Final = re.compile(r"(\w+)\.md(?:#(.*))?")
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")


class Heading(msgspec.Struct, frozen=True):
    """A heading below the title, by the anchor that leads to it."""

    level: int
    anchor: str
    text: str


class RenderedTopic(msgspec.Struct, frozen=True):
    """A page of the manual in HTML: the paragraph below its title, the rest, the headings in it."""

    lead: str
    html: str
    headings: tuple[Heading, ...]


def rendered(topic: Topic, address: Callable[[str, str], str]) -> RenderedTopic:
    """Return a page as HTML; ``address`` is that of another topic, at an anchor of it or at none.

    What looks like HTML in the source is text, and pictures are not loaded.
    """
    _, lead, text = topic.text.split("\n\n", 2)
    tokens = _MARKDOWN.parse(text)
    anchors = _Anchors()
    headings = tuple(_headings(tokens, anchors))
    shown = [shown_token for token in tokens for shown_token in _shown(token, address)]
    html = _MARKDOWN.renderer.render(shown, _MARKDOWN.options, {})
    return RenderedTopic(rendered_line(lead, address), html, headings)


def rendered_line(text: str, address: Callable[[str, str], str]) -> str:
    """Return one line of Markdown, such as a table's cell, as HTML.

    >>> rendered_line("see `nearest` in [the API](api.md#lists)", lambda *place: "#".join(place))
    'see <code>nearest</code> in <a href="api#lists">the API</a>'
    """
    tokens = _MARKDOWN.parseInline(text)
    for token in tokens:
        _lead_on(token, address)
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return html


class _Anchors:
    """Names for headings, as GitHub gives them, so that the same links lead there and here."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def name(self, text: str) -> str:
        anchor = _NOT_IN_ANCHORS.sub("", text.lower()).replace(" ", "-")
        self._given[anchor] += 1
        repeated = self._given[anchor] - 1
        return f"{anchor}-{repeated}" if repeated else anchor


def _headings(tokens: Sequence[Token], anchors: _Anchors) -> Iterator[Heading]:
    """Give every heading its anchor, and a link to it."""
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        children = tokens[place + 1].children or []
        text = "".join(child.content for child in children)
        anchor = anchors.name(text)
        token.attrSet("id", anchor)
        link = f' <a class="anchor" href="#{escape(anchor)}" aria-label="Link to {escape(text)}">'
        children.append(Token("html_inline", "", 0, content=f"{link}#</a>"))
        yield Heading(int(token.tag[1:]), anchor, text)


def _shown(token: Token, address: Callable[[str, str], str]) -> Iterator[Token]:
    """Yield what stands for a token: what may be wider than the page scrolls, also by keyboard."""
    if token.type == "fence":
        yield _raw(f'<pre tabindex="0"><code>{escape(token.content, quote=False)}</code></pre>\n')
        return
    if token.type == "table_open":
        yield _raw('<div class="scroller" tabindex="0">\n')
    if token.type == "th_open":
        token.attrSet("scope", "col")
    _lead_on(token, address)
    yield token
    if token.type == "table_close":
        yield _raw("</div>\n")


def _lead_on(inline: Token, address: Callable[[str, str], str]) -> None:
    """Let links between the sources of topics lead to the topics' pages."""
    for child in inline.children or []:
        match = _TO_TOPIC.fullmatch(str(child.attrGet("href") or ""))
        if match:
            child.attrSet("href", address(match[1], match[2] or ""))


def _raw(html: str) -> Token:
    return Token("html_block", "", 0, content=html)
