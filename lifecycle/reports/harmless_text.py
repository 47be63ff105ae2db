"""Making foreign text harmless: no terminal obeys it, no parser chokes on it, no log drowns."""

from __future__ import annotations

import re
from typing import Any

LIMIT = 4_000
SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # titles, links, the clipboard
)
# What ends a line, and what else no printed text holds: other controls, marks that turn the
# direction of writing, halves of pairs, and what XML does not allow.
BREAK = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
UNPRINTABLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
LEADING = re.compile(r"(?m)^(\s*)::")
ANYWHERE = re.compile(r"(?i)##(?=\[|vso\[)")
INVALID = re.compile(r"[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def block(text: str, limit: int = LIMIT) -> str:
    r"""Return text of several lines without anything that is not printed, cut at ``limit``.

    >>> block("\x1b[31mred\x1b[0m\r\nthen \x07more")
    'red\nthen  more'
    """
    text_kept = BREAK.sub("\n", SEQUENCE.sub("", text[: 2 * limit]))
    text_kept = INVALID.sub("\ufffd", UNPRINTABLE.sub(" ", text_kept))
    if len(text) <= 2 * limit and len(text_kept) <= limit:
        return text_kept.strip()
    return f"{text_kept[:limit].strip()}… (cut; {len(text)} characters)"


def line(text: str, limit: int = LIMIT) -> str:
    r"""Return text on one line.

    >>> line("one\n  two")
    'one two'
    """
    return " ".join(block(text, limit).split())


def harmless(text: str) -> str:
    r"""Part what a CI runner takes for a command: at a line's beginning, or wherever it stands.

    >>> harmless("one ::two\n ::error::three ##[group]")
    'one ::two\n : :error::three # #[group]'
    """
    return ANYWHERE.sub("# #", LEADING.sub(r"\1: :", text))


def path(text: str) -> str:
    """Return a file's path, whose spaces count."""
    return block(text).replace("\n", " ")


def value(fact: Any) -> str:
    """Return a piece of evidence on one line.

    >>> value({"enterprise": 3, "pro": 1}), value(["a", "b"]), value(None), value(True)
    ('enterprise: 3, pro: 1', 'a, b', '-', 'yes')
    """
    return line(_flat(fact, 4), 500)


def _flat(fact: Any, depth: int) -> str:
    if fact is None or fact in ({}, [], ()):
        return "-"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, dict):
        return ", ".join(f"{name}: {_inner(item, depth)}" for name, item in fact.items())
    if isinstance(fact, list | tuple):
        return ", ".join(_inner(item, depth) for item in fact)
    return str(fact)


def _inner(fact: Any, depth: int) -> str:
    if not fact or not isinstance(fact, dict | list | tuple):
        return _flat(fact, depth)
    return f"({_flat(fact, depth - 1) if depth else '…'})"
