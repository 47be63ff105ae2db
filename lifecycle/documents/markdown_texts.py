"""Markdown that people wrote, shown safely: what looks like HTML is text, nothing is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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


class Notation(NamedTuple):
    """How what Markdown marks is written in another notation; ``link`` takes text and address."""

    text: Callable[[str], str]
    code: Callable[[str], str]
    link: Callable[[str, str], str]
    strong: str = ""
    emphasis: str = ""


def write_markdown(text: str, notation: Notation) -> str:
    """Return a text in another notation, its paragraphs and lists line by line."""
    return _written(SyntaxTreeNode(_MARKDOWN.parse(text)), notation)


def write_plainly(text: str) -> str:
    r"""Return a text without its marks; where a link leads stands behind it.

    >>> print(write_plainly("Call **`/v2`**, as [the *guide*](https://x.test) says:\n\n- or _not_"))
    Call /v2, as the guide (https://x.test) says:
    <BLANKLINE>
    - or not
    """
    return write_markdown(text, _PLAINLY)


def _link_plainly(text: str, url: str) -> str:
    return text if url in {text, f"mailto:{text}"} else f"{text} ({url})"


_PLAINLY: Final = Notation(str, str, _link_plainly)


def _written(node: SyntaxTreeNode, notation: Notation) -> str:
    if not node.children:
        return _write_leaf(node, notation)
    if node.type in {"bullet_list", "ordered_list"}:
        return "\n".join(_list_items(node, notation))
    inner = [_written(child, notation) for child in node.children]
    match node.type:
        case "strong":
            return f"{notation.strong}{''.join(inner)}{notation.strong}"
        case "em":
            return f"{notation.emphasis}{''.join(inner)}{notation.emphasis}"
        case "link":
            return notation.link("".join(inner), str(node.attrs["href"]))
        case "paragraph" | "inline":
            return "".join(inner)
    return ("\n" if node.type == "list_item" else "\n\n").join(inner)


def _write_leaf(node: SyntaxTreeNode, notation: Notation) -> str:
    match node.type:
        case "text":
            return notation.text(node.content)
        case "code_inline":
            return notation.code(node.content)
        case "fence" | "code_block":
            return "\n".join(notation.code(line) for line in node.content.splitlines() if line)
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            url = str(node.attrs["href"])
            return notation.link(url, url)
    return ""


def _list_items(node: SyntaxTreeNode, notation: Notation) -> Iterator[str]:
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        mark = "- " if node.type == "bullet_list" else f"{number}. "
        yield mark + _written(item, notation).replace("\n", "\n" + " " * len(mark))


def _rendered(tokens: Sequence[Token]) -> Markup:
    for block in tokens:
        for token in block.children or []:
            if token.type == "link_open":
                token.attrSet("rel", "nofollow noopener")
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(html)  # noqa: S704 -- HTML in it is text
