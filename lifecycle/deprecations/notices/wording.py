"""Days, versions and changes in words, for people (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from lifecycle.calendar.days import write_day
from lifecycle.documents.word_lists import listed
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
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


day = write_day


def in_days(count: int) -> str:
    """Say how far away a day is.

    >>> in_days(98), in_days(1), in_days(0), in_days(-1), in_days(-3)
    ('in 98 days', 'tomorrow', 'today', 'yesterday', '3 days ago')
    """
    near = {1: "tomorrow", 0: "today", -1: "yesterday"}
    return near.get(count) or (f"in {count} days" if count > 0 else f"{-count} days ago")


def versions(written: str) -> str:
    """Say a range of versions in words.

    >>> versions("vers:semver/>=3.0.0|<3.35.0"), versions("vers:semver/*")
    ('versions from 3.0.0, before 3.35.0', 'all versions')
    """
    _, _, constraints = written.partition("/")
    if constraints.strip() in {"*", ""}:
        return "all versions"
    return f"versions {', '.join(_constraint(part) for part in constraints.split('|'))}"


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


def harmless(text: str) -> str:
    """Write a text so that chat services make no link, mention or format of a name in it.

    >>> harmless("`x` [here](https://evil.example)")
    "'x' (here)(https://evil.example)"
    """
    return text.translate(_HARMLESS)


def _feature(changed: What) -> str:
    named = changed.feature_name and changed.feature_name != changed.feature
    return f"{changed.feature_name} ({changed.feature})" if named else f"{changed.feature}"


def _constraint(part: str) -> str:
    part = part.strip()
    for sign, words in _COMPARED.items():
        if part.startswith(sign):
            return words.format(unquote(part.removeprefix(sign)))
    return unquote(part)
