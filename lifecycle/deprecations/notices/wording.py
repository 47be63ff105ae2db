"""Days, versions and changes in words, for people (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from lifecycle.calendar.days import write_day
from lifecycle.deprecations.states import RevisionChange
from lifecycle.documents.markdown_texts import Notation, write_markdown
from lifecycle.documents.word_lists import listed
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.deprecations.notices.notice_facts import AffectedInstance, What

KINDS = {
    Kind.END_OF_SUPPORT: "End of support",
    Kind.REMOVAL: "Removal",
    Kind.BREAKING_CHANGE: "Breaking change",
    Kind.DISCONTINUATION: "Discontinuation",
}
NOUNS = {
    Kind.END_OF_SUPPORT: "end of support for {}",
    Kind.REMOVAL: "removal of {}",
    Kind.BREAKING_CHANGE: "breaking change to {}",
    Kind.DISCONTINUATION: "discontinuation of {}",
}
FUTURE = {
    Kind.END_OF_SUPPORT: "support for {} will end",
    Kind.REMOVAL: "{} will be removed",
    Kind.BREAKING_CHANGE: "{} will change incompatibly",
    Kind.DISCONTINUATION: "{} will be discontinued",
}
PAST = {
    Kind.END_OF_SUPPORT: "support for {} ended",
    Kind.REMOVAL: "the removal of {} took effect",
    Kind.BREAKING_CHANGE: "the breaking change to {} took effect",
    Kind.DISCONTINUATION: "{} was discontinued",
}
CHANGES = {
    RevisionChange.ANNOUNCED: "announced",
    RevisionChange.POSTPONED: "postponed",
    RevisionChange.BROUGHT_FORWARD: "brought forward",
    RevisionChange.WIDENED: "widened",
    RevisionChange.NARROWED: "narrowed",
    RevisionChange.CHANGED: "changed",
    RevisionChange.WITHDRAWN: "withdrawn",
}
_COMPARED = {
    ">=": "from {}",
    "<=": "up to {}",
    "!=": "except {}",
    ">": "after {}",
    "<": "before {}",
    "=": "{}",
}
_HARMLESS = str.maketrans(
    {"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "`": "'", "*": "\u2217", "\\": "/"}
    | {"@": "@\u200b"}
)
_HARMLESS_IN_CODE = str.maketrans({"<": "\u2039", ">": "\u203a", "`": "'"})
_IN_ADDRESSES = {ord(sign): quote(sign, safe="") for sign in "()<>[]`*\\@|"}
_ADDRESS = re.compile(r"(https?://\S+)")


day = write_day


def versions(written: str) -> str:
    """Say a range of versions in words.

    >>> versions("vers:semver/>=3.0.0|<3.35.0"), versions("vers:semver/*")
    ('versions from 3.0.0, before 3.35.0', 'all versions')
    """
    _, _, constraints = written.partition("/")
    if constraints.strip() in {"*", ""}:
        return "all versions"
    return f"versions {', '.join(_constraint(part) for part in constraints.split('|'))}"


def name_changes(changes: Iterable[RevisionChange]) -> str:
    """Say what a revision did.

    >>> name_changes([RevisionChange.BROUGHT_FORWARD, RevisionChange.NARROWED])
    'brought forward and narrowed'
    """
    return listed([CHANGES[change] for change in changes])


def label_changes(changes: Iterable[RevisionChange]) -> str:
    """Say what a revision did as a label, such as before a colon.

    >>> label_changes([RevisionChange.BROUGHT_FORWARD, RevisionChange.NARROWED])
    'Brought forward and narrowed'
    """
    named = name_changes(changes)
    return named[:1].upper() + named[1:]


def thing(product: str, scope_of: What) -> str:
    """Name what changes, with its product."""
    if scope_of.feature:
        return f"{_feature(scope_of)} in {product}"
    return product if scope_of.whole_product else f"{product} {scope(scope_of)}"


def scope(changed: What) -> str:
    """Name what of a product changes."""
    if changed.feature:
        return _feature(changed)
    if changed.lines:
        return listed(changed.lines)
    return versions(changed.range) if changed.range else "the whole product"


def instance(affected: AffectedInstance) -> str:
    """Name an instance, with what it runs.

    >>> from lifecycle.deprecations.notices.notice_facts import AffectedInstance
    >>> instance(AffectedInstance("prod", "3.34.2", "production"))
    'prod (production) runs 3.34.2'
    >>> instance(AffectedInstance("production", "3.34.2", "production"))
    'production runs 3.34.2'
    """
    named = affected.environment in {None, "", affected.name}
    environment = "" if named else f" ({affected.environment})"
    return f"{affected.name}{environment} runs {affected.version}"


def capital(text: str) -> str:
    """Begin a sentence; a name that begins it keeps its letters."""
    return text[:1].upper() + text[1:] if text.startswith(("support", "the ", "versions")) else text


def printable(text: str) -> str:
    """Replace what does not print by spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def harmless(text: str) -> str:
    """Write a text so that chat services make no link, mention or format of a name in it.

    >>> harmless("`x` [here](https://evil.example)")
    "'x' (here)(https://evil.example)"
    """
    return text.translate(_HARMLESS)


def harmless_markdown(text: str) -> str:
    r"""Write Markdown so that chat services show its form and its links, and nothing else.

    >>> ascii(harmless_markdown("**Call** [the guide](https://x.test/@a) with `@a/b` <!here>"))
    "'**Call** [the guide](https://x.test/%40a) with `@a/b` \\u2039!here\\u203a'"
    """
    return write_markdown(text, _CHAT)


def _code_in_chat(code: str) -> str:
    shown = code.translate(_HARMLESS_IN_CODE)
    return f"`{shown}`" if shown.strip() else shown


def _link_in_chat(text: str, url: str) -> str:
    address = url if url.startswith("mailto:") else url.translate(_IN_ADDRESSES)
    return f"[{text}]({address})"


def _text_in_chat(text: str) -> str:
    """Make a text harmless, but leave addresses in it working."""
    parts = _ADDRESS.split(text)
    parts[::2] = map(harmless, parts[::2])
    parts[1::2] = [part.translate(_IN_ADDRESSES) for part in parts[1::2]]
    written = "".join(parts)
    return f"{written}\u200b" if written.endswith("!") else written  # or a link were a picture


_CHAT: Final = Notation(_text_in_chat, _code_in_chat, _link_in_chat, strong="**", emphasis="*")


def _feature(changed: What) -> str:
    named = changed.feature_name and changed.feature_name != changed.feature
    return f"{changed.feature_name} ({changed.feature})" if named else f"{changed.feature}"


def _constraint(part: str) -> str:
    part = part.strip()
    for sign, words in _COMPARED.items():
        if part.startswith(sign):
            return words.format(unquote(part.removeprefix(sign)))
    return unquote(part)
