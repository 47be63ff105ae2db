"""What stands on paper, or in the file that a browser prints to."""

from __future__ import annotations

import unicodedata

from pypdf import PdfReader


def without_spaces(text):
    """Return a text's letters: what a browser prints says of spaces only where letters stand."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def printed_text(path):
    """Return the text of all pages without spaces, and without what lies beside the paper."""
    texts = []
    for page in PdfReader(path).pages:
        page.extract_text(visitor_text=_beside_none(texts, float(page.mediabox.width)))
    return without_spaces("".join(texts))


def _beside_none(texts, width):
    def visit(text, page, line, *_):
        if 0 <= line[4] * page[0] + page[4] < width:
            texts.append(text)

    return visit
