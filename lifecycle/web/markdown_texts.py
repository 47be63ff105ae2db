"""Markdown that people wrote, shown safely: what looks like HTML is text, nothing is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True})
_MARKDOWN.disable(["image", "heading", "lheading", "html_block", "html_inline"])
_SCHEMES: Final = ("https://", "http://", "mailto:")


def _is_outside(url: str) -> bool:
    return url.lower().startswith(_SCHEMES)


_MARKDOWN.validateLink = _is_outside  # type: ignore[method-assign]


def render_markdown(text: str) -> Markup:
    """Return a text as HTML, without pictures and headings, whose links recommend nothing.

    >>> print(render_markdown("Call **v2**: [x](http://x.test) <b>").strip())
    <p>Call <strong>v2</strong>: <a href="http://x.test" rel="nofollow noopener">x</a> &lt;b&gt;</p>
    >>> print(render_markdown("[x](javascript:alert(1)) [y](/console)").strip())
    <p>[x](javascript:alert(1)) [y](/console)</p>
    """
    return _rendered(_MARKDOWN.parse(text))


def render_markdown_line(text: str) -> Markup:
    """Return a line as HTML that stands within a sentence.

    >>> print(render_markdown_line("`/v2` & **more**"))
    <code>/v2</code> &amp; <strong>more</strong>
    """
    return _rendered(_MARKDOWN.parseInline(text))


def _rendered(tokens: Sequence[Token]) -> Markup:
    for block in tokens:
        for token in block.children or []:
            if token.type == "link_open":
                token.attrSet("rel", "nofollow noopener")
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(html)  # noqa: S704 -- HTML in it is text
