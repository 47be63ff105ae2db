"""The README and the manual's pages as tests read them: blocks, headings, links, inline code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "lifecycle/manual"
README = ROOT / "README.md"
PAGES = [README, *sorted(MANUAL.glob("*.md"))]


class Block(NamedTuple):
    """A fenced block: its language, its text, and the file it shows, where the page names one."""

    language: str
    text: str
    file: str | None


def name_of(path):
    return path.stem


def tokens(path):
    return MarkdownIt().enable("table").parse(path.read_text("utf-8"))


def inlines(path):
    return [token for token in tokens(path) if token.type == "inline"]


def blocks(path):
    """Give a page's fenced blocks; a YAML one names its file in a comment, others before them."""
    found, before = [], ""
    for token in tokens(path):
        if token.type == "inline":
            before = token.content
        elif token.type == "fence":
            in_comment = re.match(r"# ([\w.-]+\.\w+)\n", token.content)
            in_text = re.search(rf"`([\w.-]+\.{token.info})`", before) if token.info else None
            named = in_comment or in_text
            found.append(Block(token.info, token.content, named[1] if named else None))
    return found


def headings(path):
    """Give the anchors of a page's headings, as GitHub makes them."""
    parsed = tokens(path)
    texts = [parsed[place + 1] for place, one in enumerate(parsed) if one.type == "heading_open"]
    shown = ("".join(child.content for child in text.children) for text in texts)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in shown}


def links(path):
    return [
        child.attrs["href"]
        for inline in inlines(path)
        for child in inline.children
        if child.type == "link_open"
    ]


def code(path):
    """Give what stands in backticks outside of blocks."""
    return [
        child.content
        for inline in inlines(path)
        for child in inline.children
        if child.type == "code_inline"
    ]


def table(path, header):
    """Give the cells of each table whose first column has this header, row by row."""
    tables = path.read_text("utf-8").split(f"| {header} |")[1:]
    lines = [line for text in tables for line in text.partition("\n\n")[0].splitlines()[2:]]
    return [[cell.strip() for cell in re.split(r" \|(?= |$)", line[1:])[:-1]] for line in lines]
