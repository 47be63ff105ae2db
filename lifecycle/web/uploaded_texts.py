"""Texts that come in as files: decoded, and refused by name where they are something else."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from lifecycle.documents import UnreadableDocument, decode
from lifecycle.documents.parsed_documents import refuse_control
from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

AS_SHOWN: Final = "_as_shown"
"""Ends the name of the hidden field that tells a text which was typed from one that was shown."""
_ZIP: Final = b"PK\x03\x04"
"""With this begin archives, and what office programs save unless they are told to save text."""


class UploadedFile(NamedTuple):
    """A file that came with a form, under the name it has where it came from."""

    name: str
    content: bytes


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


def only_file(files: Sequence[UploadedFile], *, field: str) -> UploadedFile | None:
    """Return the file that was chosen, None if there is none; refuse several, and an empty one.

    >>> only_file([UploadedFile("", b"")], field="list_file")  # as browsers send that none is
    >>> only_file([UploadedFile("e.csv", b"")], field="list_file")
    Traceback (most recent call last):
    lifecycle.errors.BadRequest: list_file cannot be read: e.csv is empty.
    """
    chosen = [file for file in files if file.name or file.content]
    if len(chosen) > 1:
        fault = f"holds {len(chosen)} files; choose one of them"
        raise BadRequest(f"{field} {fault}.", problems=[Problem(field, fault)])
    if chosen and not chosen[0].content:
        fault = f"cannot be read: {chosen[0].name} is empty"
        raise BadRequest(f"{field} {fault}.", problems=[Problem(field, fault)])
    return chosen[0] if chosen else None


def both_given(field: str, file_field: str) -> BadRequest:
    """Refuse a file that was chosen beside a text: either would be dropped unseen."""
    return BadRequest(
        "A text was typed and a file was chosen.",
        problems=[
            Problem(field, "holds a text, and a file was chosen as well; empty it or choose none"),
            Problem(file_field, "was chosen beside a text; empty the text, and choose it again"),
        ],
    )


def digest_text(text: str) -> str:
    """Return a short digest of a text, without the spaces around it."""
    return blake2b(text.strip().encode(), digest_size=6).hexdigest()


NOTHING: Final = digest_text("")


def with_breaks(text: str) -> str:
    r"""Return a text with the line breaks that are the same on every machine.

    >>> with_breaks("a\r\nb\rc")
    'a\nb\nc'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")
