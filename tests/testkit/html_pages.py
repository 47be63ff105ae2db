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
