"""Texts that come in as files: decoded, and refused by name where they are something else."""

from __future__ import annotations

from typing import Final

from lifecycle.documents import UnreadableDocument, decode
from lifecycle.documents.parsed_documents import refuse_control
from lifecycle.errors import BadRequest, Problem

_ZIP: Final = b"PK\x03\x04"
"""With this begin archives, and what office programs save unless they are told to save text."""


def read_text(content: bytes, *, field: str) -> str:
    r"""Return the text of a file, with line breaks as on every machine.

    It is as long as a body may be; what reads the text has a limit of its own.

    >>> read_text("day: 1\r\n".encode("utf-16"), field="policy_file")
    'day: 1\n'
    >>> read_text("café".encode("latin-1"), field="policy_file")
    Traceback (most recent call last):
    lifecycle.errors.BadRequest: The document is not UTF-8 text (at position 4); save it as UTF-8.
    """
    if content.startswith(_ZIP):
        fault = "is a spreadsheet or an archive, not text; save it as CSV or as plain text"
        raise BadRequest(f"The file {fault}.", problems=[Problem(field, fault)])
    try:
        text = decode(content, limit=len(content))
        refuse_control(text)
    except UnreadableDocument as refusal:
        problem = Problem(field, f"cannot be read: {refusal.detail}")
        raise BadRequest(refusal.detail, problems=[problem]) from None
    return with_breaks(text)


def with_breaks(text: str) -> str:
    r"""Return a text with the line breaks that are the same on every machine.

    >>> with_breaks("a\r\nb\rc")
    'a\nb\nc'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")
