"""Days, versions and changes in words, for people (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from lifecycle.calendar.days import write_day
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.deprecations.notices.notice_facts import ToldInstance, What

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


def listed(names: Sequence[str]) -> str:
    """Join names as people do.

    >>> listed(["3.32", "3.33", "3.34"])
    '3.32, 3.33 and 3.34'
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def versions(written: str) -> str:
    """Say a range of versions in words.

    >>> versions("vers:semver/>=3.0.0|<3.35.0"), versions("vers:semver/*")
    ('versions from 3.0.0, before 3.35.0', 'all versions')
    """
    _, _, rest = written.partition("/")
    if rest.strip() in {"*", ""}:
        return "all versions"
    return f"versions {', '.join(_constraint(part) for part in rest.split('|'))}"


def thing(product: str, what: What) -> str:
    """Name what changes, with its product."""
    if what.feature:
        return f"{_feature(what)} in {product}"
    return product if what.whole_product else f"{product} {scope(what)}"


def scope(what: What) -> str:
    """Name what of a product changes."""
    if what.feature:
        return _feature(what)
    if what.lines:
        return listed(what.lines)
    return versions(what.range) if what.range else "the whole product"


def instance(each: ToldInstance) -> str:
    """Name an instance, with what it runs.

    >>> from lifecycle.deprecations.notices.notice_facts import ToldInstance
    >>> instance(ToldInstance("prod", "3.34.2", "production"))
    'prod (production) runs 3.34.2'
    >>> instance(ToldInstance("production", "3.34.2", "production"))
    'production runs 3.34.2'
    """
    named = each.environment in {None, "", each.name}
    environment = "" if named else f" ({each.environment})"
    return f"{each.name}{environment} runs {each.version}"


def capital(text: str) -> str:
    """Begin a sentence; a name that begins it keeps its letters."""
    return text[:1].upper() + text[1:] if text.startswith(("support", "the ", "versions")) else text


def harmless(text: str) -> str:
    """Write a text so that chat services make no link, mention or format of a name in it.

    >>> harmless("`x` [here](https://evil.example)")
    "'x' (here)(https://evil.example)"
    """
    return text.translate(_HARMLESS)


def _feature(what: What) -> str:
    named = what.feature_name and what.feature_name != what.feature
    return f"{what.feature_name} ({what.feature})" if named else f"{what.feature}"


def _constraint(part: str) -> str:
    part = part.strip()
    for sign, words in _COMPARED.items():
        if part.startswith(sign):
            return words.format(unquote(part.removeprefix(sign)))
    return unquote(part)
