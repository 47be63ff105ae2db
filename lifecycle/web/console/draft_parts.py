"""A draft in parts, so that two people's texts of it can be laid side by side (pure)."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.deprecations.notices.wording import KINDS
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.tier_labels import tier_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn

MINE, SAVED = "mine", "saved"


class Part(msgspec.Struct, frozen=True):
    """A part of a draft that one decides on as a whole: its name, and the fields it holds."""

    label: str
    fields: tuple[str, ...]


PARTS = {
    "what": Part("What changes", ("lines", "range", "feature", "whole_product")),
    "kind": Part("Kind of change", ("kind",)),
    "tiers": Part("Tiers", ("tiers",)),
    "when": Part("When it takes effect", ("effective_on",)),
    "from_version": Part("Version that brings it", ("from_version",)),
    "reason": Part("Reason", ("reason",)),
    "migration": Part("What to do", ("migration",)),
    "replacement": Part("Replacement", ("replacement",)),
    "links": Part("Links", ("links",)),
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A part in which two texts differ.

    ``choice`` is ``mine`` or ``saved`` where only one of the two was changed, or where somebody has
    chosen; empty where both were.
    """

    part: str
    label: str
    mine: str
    saved: str
    choice: str


def differences(
    mine: DeprecationIn, saved: DeprecationIn, began: str, choices: Mapping[str, str]
) -> list[Difference]:
    """Compare what somebody typed with what was saved meanwhile.

    ``began`` are the digests of what both began with, ``choices`` what was chosen already.
    """
    digests = read_digests(began)
    return [
        Difference(
            part=key,
            label=part.label,
            mine=_written(mine, key),
            saved=_written(saved, key),
            choice=choices.get(key) or _changed_by(key, mine, saved, digests),
        )
        for key, part in PARTS.items()
        if _values(mine, part) != _values(saved, part)
    ]


def merged(mine: DeprecationIn, saved: DeprecationIn, choices: Mapping[str, str]) -> DeprecationIn:
    """Return what was decided, part by part; a part that differs and was not decided is refused."""
    values: dict[str, Any] = {}
    problems = []
    for key, part in PARTS.items():
        if _values(mine, part) == _values(saved, part) or choices.get(key) == MINE:
            continue
        if choices.get(key) == SAVED:
            values |= _values(saved, part)
        else:
            problems.append(Problem(f"keep-{key}", f"choose which text of “{part.label}” to keep"))
    if problems:
        raise BadRequest("Choose one of the two texts wherever they differ.", problems=problems)
    return msgspec.structs.replace(mine, **values)


def write_digests(content: DeprecationIn) -> str:
    """Write short digests of the parts of a draft, by which it is seen later what was changed."""
    return " ".join(f"{key}:{_digest(content, part)}" for key, part in PARTS.items())


def read_digests(written: str) -> dict[str, str]:
    """Read what ``write_digests`` wrote; anything else counts as nothing known.

    >>> read_digests("kind:0a1b nonsense")
    {'kind': '0a1b'}
    """
    pairs = (word.partition(":") for word in written.split())
    return {key: digest for key, _, digest in pairs if key in PARTS}


def _changed_by(
    key: str, mine: DeprecationIn, saved: DeprecationIn, digests: Mapping[str, str]
) -> str:
    """Return whose text was changed, where it is only one's."""
    part, start = PARTS[key], digests.get(key)
    if _digest(mine, part) == start:
        return SAVED
    return MINE if _digest(saved, part) == start else ""


def _digest(content: DeprecationIn, part: Part) -> str:
    text = msgspec.json.encode(_values(content, part), order="deterministic")
    return blake2b(text, digest_size=6).hexdigest()


def _values(content: DeprecationIn, part: Part) -> dict[str, Any]:
    return {field: getattr(content, field) for field in part.fields}


def _written(content: DeprecationIn, key: str) -> str:
    """Write a part as text, as one reads it."""
    match key:
        case "what":
            return _scope(content)
        case "kind":
            return KINDS[content.kind]
        case "tiers":
            return "all tiers" if content.tiers is None else ", ".join(content.tiers)
        case "when":
            return write_days(content)
        case "links":
            return "\n".join(f"{link.title} {link.url}".strip() for link in content.links)
        case _:
            return getattr(content, key) or ""


def _scope(content: DeprecationIn) -> str:
    if content.lines is not None:
        return f"lines {', '.join(content.lines)}"
    if content.feature is not None:
        return f"the feature {content.feature}"
    return content.range or "the whole product"


def write_days(content: DeprecationIn) -> str:
    """Write when a draft is to take effect.

    >>> from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    >>> write_days(DeprecationIn(product="p", kind="removal", effective_on=date(2027, 1, 31)))
    '31 January 2027'
    """
    days = content.effective_on
    if days is None:
        return "the earliest permissible day"
    if isinstance(days, date):
        return write_day(days)
    by_tier = (f"{tier_label(tier)}: {write_day(day)}" for tier, day in days.items())
    return ", ".join(by_tier) or "no day yet"
