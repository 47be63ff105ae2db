"""What stands on a page: its text, its rows, and the days it names."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class Texts(HTMLParser):
    """The texts of a page, each below the tags that hold it."""

    def __init__(self):
        super().__init__()
        self.parts = []

    def handle_data(self, data):
        self.parts.append(data)


class Prose(HTMLParser):
    """What a page says to people: its texts and labels, but not code, nor what can be typed."""

    QUOTED = frozenset({"code", "pre", "script", "style", "textarea"})
    LABELS = frozenset({"alt", "aria-label", "title"})
    EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "source"})

    def __init__(self, html):
        super().__init__()
        self.said, self._within = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self._within.append(tag)
        self.said += [value for name, value in attrs if name in self.LABELS and value]

    def handle_endtag(self, tag):
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data):
        if not self.QUOTED & {*self._within}:
            self.said.append(data)


MADE_FOR_PROGRAMS = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b[a-z]+(?:_[a-z]+)+\b")


def words_for_programs(html):
    """Return the days and the names of kinds that a page shows as programs write them."""
    return [word for text in Prose(html).said for word in MADE_FOR_PROGRAMS.findall(text)]


def text_of(html):
    """Return the text of a page or a part of one, with single spaces."""
    parser = Texts()
    parser.feed(html)
    return " ".join("".join(parser.parts).split())


def rows_of(html, table_class):
    """Return the cells of the tables of a class, row by row, each as HTML."""
    tables = re.findall(rf'<table class="{table_class}\b[^"]*">.*?</table>', html, re.DOTALL)
    bodies = re.findall(r"<tbody>.*?</tbody>", "".join(tables), re.DOTALL)
    rows = re.findall(r"<tr>.*?</tr>", "".join(bodies), re.DOTALL)
    return [re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL) for row in rows]


def days_in(html):
    """Return the days that a part of a page names, as YYYY-MM-DD, in its order."""
    return re.findall(r'<time datetime="(\d{4}-\d{2}-\d{2})"', html)
